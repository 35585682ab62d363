using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Mysticeti.Consensus;
using Mysticeti.Protocol;
using Mysticeti.Validator.Emulation;
using Mysticeti.Validator.Faults;
using Mysticeti.Validator.Tests.Links;

namespace Mysticeti.Validator.Tests.Faults;

public sealed class FaultControlTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly FaultControl _control;
    private int _changes;

    public FaultControlTests() => _control = new FaultControl(_time, NullLogger.Instance) { Changed = () => _changes++ };

    public void Dispose() => _control.Dispose();

    [Fact]
    public void Faults_end_by_themselves_when_their_time_is_over()
    {
        var change = _control.NextChange;
        _control.Set(Faults("""{"expires_after_ms": 1000, "pause": true}"""));
        Assert.True(change.IsCompleted);
        Assert.Equal(1000, _control.Remaining.TotalMilliseconds);
        _time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.True(_control.Current.Pause);
        Assert.Equal(1, _control.Remaining.TotalMilliseconds);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Same(FaultState.None, _control.Current);
        Assert.Equal(TimeSpan.Zero, _control.Remaining);
        Assert.Equal(2, _changes);
    }

    [Fact]
    public void A_new_state_replaces_the_whole_old_one_and_its_timer()
    {
        _control.Set(Faults("""{"expires_after_ms": 1000, "pause": true}"""));
        _time.Advance(TimeSpan.FromMilliseconds(900));
        _control.Set(Faults("""{"expires_after_ms": 1000, "equivocate": true}"""));
        Assert.False(_control.Current.Pause);
        _time.Advance(TimeSpan.FromMilliseconds(900));
        Assert.True(_control.Current.Equivocate);
        _control.Clear();
        Assert.False(_control.Current.Equivocate);
        Assert.Equal(0, _time.Waiting);
    }

    [Fact]
    public void The_worst_of_all_that_name_a_peer_holds_for_it()
    {
        var state = Faults("""
            {"expires_after_ms": 1, "links": [{"delay_ms": 10, "loss": 0.2}, {"peers": [1, 2], "delay_ms": 30, "jitter_ms": 5}, {"peers": [3], "blocked": true}]}
            """);
        Assert.False(state.Blocks(1));
        Assert.True(state.Blocks(3));
        Assert.Equal((30, 5, 0.2), Of(1));
        Assert.Equal((10, 0, 0.2), Of(3));
        Assert.True(Faults("""{"expires_after_ms": 1, "pause": true}""").Blocks(1));
        Assert.Equal(LinkConditions.None, Faults("""{"expires_after_ms": 1}""").Conditions(1));

        (double, double, double) Of(int peer) =>
            (state.Conditions(peer).OneWay.TotalMilliseconds, state.Conditions(peer).Jitter.TotalMilliseconds, state.Conditions(peer).Loss);
    }

    [Theory]
    [InlineData("{}", "expires_after_ms")]
    [InlineData("""{"expires_after_ms": 0}""", "expires_after_ms")]
    [InlineData("""{"expires_after_ms": 600001}""", "expires_after_ms")]
    [InlineData("""{"expires_after_ms": 1, "clock_skew_ms": 60001}""", "clock_skew_ms")]
    [InlineData("""{"expires_after_ms": 1, "withhold_from": [4]}""", "withhold_from")]
    [InlineData("""{"expires_after_ms": 1, "withhold_from": [0]}""", "other authorities than 0 itself")]
    [InlineData("""{"expires_after_ms": 1, "withhold_from": null}""", "withhold_from")]
    [InlineData("""{"expires_after_ms": 1, "links": [null]}""", "links")]
    [InlineData("""{"expires_after_ms": 1, "links": [{"peers": [-1]}]}""", "peers")]
    [InlineData("""{"expires_after_ms": 1, "links": [{"delay_ms": 10001}]}""", "delay_ms")]
    [InlineData("""{"expires_after_ms": 1, "links": [{"jitter_ms": -1}]}""", "jitter_ms")]
    [InlineData("""{"expires_after_ms": 1, "links": [{"loss": 1}]}""", "loss")]
    public void What_is_out_of_range_is_named(string json, string named) =>
        Assert.Contains(named, Faults(json).Broken(self: 0, committeeSize: 4), StringComparison.Ordinal);

    [Fact]
    public void Unknown_names_are_refused() => Assert.Throws<JsonException>(() => Faults("""{"expires_after_ms": 1, "blockd": true}"""));

    [Fact]
    public void The_clock_is_wrong_for_as_long_as_the_fault_lasts_and_delays_are_not()
    {
        var clock = new SkewedClock(_control, _time);
        _control.Set(Faults("""{"expires_after_ms": 1000, "clock_skew_ms": -2500}"""));
        Assert.Equal(_time.GetUtcNow().AddMilliseconds(-2500), clock.GetUtcNow());
        Assert.Equal(_time.GetTimestamp(), clock.GetTimestamp());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(_time.GetUtcNow(), clock.GetUtcNow());
    }

    [Fact]
    public void An_equivocator_shows_half_of_its_peers_another_valid_block_of_the_same_round()
    {
        using var network = new TestNetwork();
        var injection = new FaultInjection(_control, self: 0, new Ed25519BlockSigner(network.Keys[0]), _time);
        var verifier = new Ed25519BlockVerifier(network.Committee);
        var checker = new BlockChecker(network.Committee, network.Genesis.Consensus, verifier);
        var own = network.Blocks(2, "a", "b").Where(block => block.Author == 0).ToList();
        injection.Proposed(own[0]);
        _control.Set(Faults("""{"expires_after_ms": 1000, "equivocate": true}"""));
        injection.Proposed(own[1]);

        Assert.Same(own[0], injection.Shown(own[0], 1));
        Assert.Same(own[1], injection.Shown(own[1], 2));
        var twin = injection.Shown(own[1], 1)!;
        Assert.Same(twin, injection.Shown(own[1], 3));
        Assert.NotEqual(own[1].Reference, twin.Reference);
        Assert.Equal((0, 2), (twin.Author, twin.Round));
        Assert.Null(checker.Check(twin));
        Assert.Equal("b 2 0", Encoding.UTF8.GetString(twin.Transaction(0).Span));
        _control.Clear();
        Assert.Same(twin, injection.Shown(own[1], 1));
    }

    [Fact]
    public void Withheld_are_own_blocks_only_and_only_from_those_that_are_named()
    {
        using var network = new TestNetwork();
        var injection = new FaultInjection(_control, self: 0, new Ed25519BlockSigner(network.Keys[0]), _time);
        var blocks = network.Blocks(1).ToList();
        _control.Set(Faults("""{"expires_after_ms": 1000, "withhold_from": [2]}"""));
        Assert.Null(injection.Shown(blocks[0], 2));
        Assert.Same(blocks[0], injection.Shown(blocks[0], 1));
        Assert.True(injection.Withholds(blocks[0], 2));
        Assert.False(injection.Withholds(blocks[1], 2));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Same(blocks[0], injection.Shown(blocks[0], 2));
    }

    [Fact]
    public void A_full_disk_is_what_the_system_would_report()
    {
        using var network = new TestNetwork();
        var injection = new FaultInjection(_control, self: 0, new Ed25519BlockSigner(network.Keys[0]), _time);
        injection.CheckDisk();
        _control.Set(Faults("""{"expires_after_ms": 1000, "disk_full": true}"""));
        Assert.Contains("No space left", Assert.Throws<IOException>(injection.CheckDisk).Message, StringComparison.Ordinal);
    }

    private static FaultState Faults(string json) => FaultState.Parse(Encoding.UTF8.GetBytes(json));
}
