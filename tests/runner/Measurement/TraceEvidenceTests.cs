using System.Net;
using System.Security.Cryptography;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Measurement;
using Mysticeti.Engine.Nodes;

namespace Mysticeti.Runner.Tests.Measurement;

public sealed class TraceEvidenceTests
{
    private const long Ms = 1_000_000;
    private static readonly NodeEndpoint[] Nodes = [new(0, "node0", new Uri("http://127.0.0.1:1")), new(1, "node1", new Uri("http://127.0.0.1:2"))];

    [Fact]
    public void Leader_slots_are_the_difference_of_two_readings()
    {
        var before = LeaderCounts.Parse(Metrics((0, "direct_commit", 10), (1, "direct_skip", 2)))!;
        var after = LeaderCounts.Parse(Metrics((0, "direct_commit", 25), (0, "indirect_commit", 1), (1, "direct_skip", 6), (1, "indirect_skip", 3)))!;
        Assert.Equal([new LeaderOutcome(0, "node0", 15, 1, 0, 0), new LeaderOutcome(1, "node1", 0, 0, 4, 3)], after.Since(before, Nodes)!.Value);
    }

    [Fact]
    public void A_validator_that_was_restarted_between_the_readings_is_left_out() =>
        Assert.Null(LeaderCounts.Parse(Metrics((0, "direct_commit", 3)))!.Since(LeaderCounts.Parse(Metrics((0, "direct_commit", 10)))!, Nodes));

    [Fact]
    public void Metrics_of_another_flavor_are_no_counts() => Assert.Null(LeaderCounts.Parse("cometbft_consensus_height 7\n"));

    [Fact]
    public async Task The_validator_that_decided_most_is_reported()
    {
        var reading = 0;
        var evidence = Evidence(request => Metrics((0, "direct_commit", request.Port == 2 && Interlocked.Increment(ref reading) > 1 ? 9 : 1)));
        evidence.BeginWindow(TestContext.Current.CancellationToken);
        var outcomes = await evidence.EndWindowAsync(TestContext.Current.CancellationToken);
        Assert.Equal(("node1", 8), (outcomes.Node, outcomes.Authorities[0].DirectCommit));
    }

    [Fact]
    public async Task Validators_that_do_not_answer_leave_a_reason()
    {
        var evidence = Evidence(_ => null);
        evidence.BeginWindow(TestContext.Current.CancellationToken);
        Assert.NotNull((await evidence.EndWindowAsync(TestContext.Current.CancellationToken)).Missing);
        var (factory, record, clock) = Load();
        Assert.NotNull((await evidence.FollowTransactionsAsync(factory, record, clock, 10, TestContext.Current.CancellationToken)).Missing);
    }

    [Fact]
    public async Task Traced_transactions_are_followed_through_every_stage()
    {
        var (factory, record, clock) = Load();
        var zero = clock.StartedAtUnixNs;
        var due4 = record.Schedule.TimeNs(4);
        record.Sent(4, due4 + 1 * Ms);
        record.Committed(4, record.Targets.NodeOf(4), due4 + 31 * Ms);
        // The other validator sees the commit too, but did not receive the transaction from a client.
        var hash = Hash(factory, 4);
        var evidence = Evidence(request => request.Port == 1
            ? Trace((zero + due4 + 3 * Ms, "tx_received", hash), (zero + due4 + 7 * Ms, "tx_included", hash), (zero + due4 + 15 * Ms, "tx_committed", hash))
            : Trace((zero + due4 + 14 * Ms, "tx_committed", hash)));
        var breakdown = await evidence.FollowTransactionsAsync(factory, record, clock, 10, TestContext.Current.CancellationToken);
        Assert.Equal((1, true), (breakdown.Samples, breakdown.OneClock));
        Assert.Equal([("queue", 1), ("submit", 2), ("inclusion", 4), ("commit", 8), ("observation", 16)], breakdown.Stages.Select(s => (s.Stage, s.MeanMs)));
    }

    [Fact]
    public void Means_of_the_stages_add_up_to_the_mean_latency()
    {
        var breakdown = LatencyBreakdown.Of([new(0, 1 * Ms, 2 * Ms, 5 * Ms, 9 * Ms, 10 * Ms), new(5 * Ms, 6 * Ms, 9 * Ms, 9 * Ms, 20 * Ms, 25 * Ms)], oneClock: false);
        Assert.Equal(15, breakdown.Stages.Sum(s => s.MeanMs), 1e-9);
        Assert.Equal(new LatencyStage("commit", 7.5, 4, 11), breakdown.Stages[3]);
    }

    private static TraceEvidence Evidence(Func<Uri, string?> answer) => new(new NodeClient(handler: new Answers(answer)), Nodes, TimeProvider.System);

    private static (TransactionFactory Factory, LoadRecord Record, LoadClock Clock) Load()
    {
        var clock = new LoadClock(TimeProvider.System);
        var schedule = Schedule.Create(Arrival.Constant, 10, TimeSpan.Zero, TimeSpan.FromSeconds(1), 1);
        clock.Start();
        return (new TransactionFactory(TransactionType.Opaque, 100, 1, 2, 1, schedule, clock), new LoadRecord(schedule, 2), clock);
    }

    private static string Hash(TransactionFactory factory, int sequence)
    {
        var bytes = new byte[100];
        factory.Write(sequence, bytes);
        return Convert.ToHexStringLower(SHA256.HashData(bytes));
    }

    private static string Metrics(params (int Authority, string Status, int Count)[] slots) =>
        "# TYPE mysticeti_leader_slots_total counter\n"
        + string.Concat(slots.Select(s => $"mysticeti_leader_slots_total{{authority=\"{s.Authority}\",status=\"{s.Status}\"}} {s.Count}\n"));

    private static string Trace(params (long Ns, string Kind, string Hash)[] entries) =>
        "{\"entries\":[" + string.Join(",", entries.Select((e, i) => $"{{\"seq\":{i + 1},\"ts_ns\":{e.Ns},\"kind\":\"{e.Kind}\",\"tx\":\"{e.Hash}\"}}")) + "]}";

    private sealed class Answers(Func<Uri, string?> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(
            answer(request.RequestUri!) is string text
                ? new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(text) }
                : new HttpResponseMessage(HttpStatusCode.NotFound));
    }
}
