using Mysticeti.Engine.Benchmark;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Measurement;
using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Plan;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Tests.Benchmark;

/// <summary>A load of 400 tx/s: sequences 0 to 39 are warm-up, 40 to 279 the window of 0.6 s. Counts are exact, times are not asserted but by lower bounds.</summary>
public sealed class LoadRunTests : IAsyncDisposable
{
    private const int WarmUp = 40;
    private const int Window = 240;

    private readonly FakeNetwork _network = new();

    private BenchmarkSettings _settings = new()
    {
        NetworkType = "embedded",
        Committee = 4,
        Loads = [400],
        Duration = TimeSpan.FromSeconds(0.6),
        WarmUp = TimeSpan.FromSeconds(0.1),
        TransactionSize = 200,
        Seed = 11,
        DrainTimeout = TimeSpan.FromSeconds(30),
    };

    public ValueTask DisposeAsync() => _network.DisposeAsync();

    [Theory]
    [InlineData(TransactionType.Opaque, Arrival.Constant)]
    [InlineData(TransactionType.Kv, Arrival.Poisson)]
    public async Task A_good_network_commits_everything(TransactionType type, Arrival arrival)
    {
        _settings = _settings with { TransactionType = type, Arrival = arrival };
        var result = await RunAsync();
        Assert.Equal(result.Ledger.Scheduled, result.Ledger.Committed);
        Assert.True(arrival == Arrival.Poisson || result.Ledger.Scheduled == Window);
        AssertSettled(result);
        Assert.Equal(result.Ledger.Scheduled, result.Histogram.Count);
        Assert.Equal(0, result.Ledger.Duplicates);
        Assert.True(result.Safety.Safe);
        Assert.True(result.Safety.Digests.Compared > 0);
        Assert.True(result.Safety.AppHashAgreement);
        Assert.Equal(4, result.Safety.Digests.Last.Count(n => n.CommitIndex > 0));
        Assert.Equal(result.Ledger.Scheduled, result.TimeSeries.Sum(r => r.Scheduled));
        Assert.Equal(result.Ledger.Sent, result.TimeSeries.Sum(r => r.Sent));
        Assert.Equal(result.Ledger.Committed + result.WarmUpCommittedInWindow, result.TimeSeries.Sum(r => r.Committed));
        Assert.Equal(Math.Min(result.CommittedInWindow, result.Ledger.Committed) / 0.6, result.Throughput!.Value, 1e-6);
        Assert.True(_network.Nodes.All(n => n.Taken > 0));
    }

    [Fact]
    public async Task Dropped_transactions_are_lost_and_lie_in_the_tail()
    {
        _settings = _settings with { DrainTimeout = TimeSpan.FromSeconds(5) };
        _network.Chain.FateOf = header => header.Sequence % 60 == 59 ? Fate.Drop : Fate.Commit;
        var result = await RunAsync();
        Assert.Equal((Window - 4, 0, 4), (result.Ledger.Committed, result.Ledger.Rejected, result.Ledger.Lost));
        AssertSettled(result);
        Assert.Null(result.Latency.P99.Ms);
        Assert.Contains("4 of 240", result.Latency.P99.Reason, StringComparison.Ordinal);
        Assert.NotNull(result.Latency.P90.Ms);
    }

    [Fact]
    public async Task Refused_transactions_are_rejected_with_the_reason()
    {
        _network.Chain.FateOf = header => header.Sequence % 60 == 59 ? Fate.Reject : Fate.Commit;
        var result = await RunAsync();
        Assert.Equal((Window - 4, 4, 0), (result.Ledger.Committed, result.Ledger.Rejected, result.Ledger.Lost));
        AssertSettled(result);
        Assert.Equal(4, Assert.Single(result.RejectionReasons, r => r.Key == "Internal error: mempool is full").Value);
    }

    [Fact]
    public async Task Refused_but_committed_transactions_are_committed()
    {
        _network.Chain.FateOf = header => header.Sequence % 60 == 59 ? Fate.RejectAndCommit : Fate.Commit;
        // The drain does not wait for commits of what was refused, so the last one may not be seen committed.
        var result = await RunAsync();
        Assert.Equal(Window, result.Ledger.Committed + result.Ledger.Rejected);
        Assert.True(result.Ledger.RejectedButCommitted >= 3);
        AssertSettled(result);
    }

    [Fact]
    public async Task A_second_effect_breaks_the_audit()
    {
        _network.Chain.FateOf = header => header.Sequence == 100 ? Fate.CommitTwice : Fate.Commit;
        var result = await RunAsync();
        Assert.Equal((Window, 1), (result.Ledger.Committed, result.Ledger.Duplicates));
        Assert.Equal(1, result.Safety.Duplicates);
        Assert.False(result.Safety.Safe);
        AssertSettled(result);
    }

    [Fact]
    public async Task A_flagged_repetition_is_counted_and_breaks_nothing()
    {
        _network.Chain.FateOf = header => header.Sequence == 100 ? Fate.CommitTwiceFlagged : Fate.Commit;
        var result = await RunAsync();
        Assert.Equal((Window, 1), (result.Ledger.Committed, result.Ledger.Duplicates));
        Assert.Equal((0, 1), (result.Safety.Duplicates, result.Safety.FlaggedDuplicates));
        Assert.True(result.Safety.Safe);
    }

    [Fact]
    public async Task Answers_that_come_twice_are_counted_apart()
    {
        _network.Nodes[1].AnswersTwice = true;
        var result = await RunAsync();
        Assert.Equal(Window, result.Ledger.Committed);
        Assert.True(result.Ledger.DuplicateAnswers > 0);
        AssertSettled(result);
    }

    [Fact]
    public async Task A_foreign_commit_breaks_the_audit()
    {
        _network.Chain.FateOf = header =>
        {
            if (header.Sequence == 100) _network.Chain.Submit("not ours"u8.ToArray());

            return Fate.Commit;
        };
        var result = await RunAsync();
        Assert.Equal(1, result.Safety.Foreign);
        Assert.Contains("foreign", Assert.Single(result.Safety.Violations), StringComparison.Ordinal);
        Assert.Equal(Window, result.Ledger.Committed);
    }

    [Fact]
    public async Task Disagreeing_digests_break_the_audit()
    {
        _network.Nodes[2].DisagreesFrom = 20;
        var result = await RunAsync();
        Assert.False(result.Safety.Agreement);
        Assert.Equal(20, result.Safety.Digests.FirstDisagreement!.Index);
        Assert.False(result.Safety.Safe);
    }

    [Fact]
    public async Task A_node_that_makes_something_else_of_the_same_commits_breaks_the_audit()
    {
        _network.Nodes[1].ExecutesDifferentlyFrom = 20;
        var result = await RunAsync();
        Assert.True(result.Safety.Agreement);
        Assert.False(result.Safety.AppHashAgreement);
        Assert.Equal(20, result.Safety.Digests.Application.FirstDisagreement!.Index);
        Assert.False(result.Safety.Safe);
    }

    /// <summary>Each outcome happens to one transaction in a hundred, whichever way they are handed over.</summary>
    [Theory]
    [InlineData(SubmissionMode.Single)]
    [InlineData(SubmissionMode.Batch)]
    [InlineData(SubmissionMode.WebSocket)]
    [InlineData(SubmissionMode.Stream)]
    public async Task Each_outcome_has_a_line_of_its_own_in_every_mode(SubmissionMode mode)
    {
        _settings = _settings with { Submission = new SubmissionSettings { Mode = mode } };
        _network.Chain.FateOf = header => (header.Sequence - WarmUp) switch
        {
            10 or 110 => Fate.Drop,
            20 or 120 => Fate.Reject,
            30 or 130 => Fate.CommitTwice,
            40 or 140 when _network.Chain.Submit("not ours"u8.ToArray()) => Fate.Commit,
            _ => Fate.Commit,
        };
        _settings = _settings with { DrainTimeout = TimeSpan.FromSeconds(5) };
        var result = await RunAsync();
        Assert.Equal((Window - 4, 2, 2), (result.Ledger.Committed, result.Ledger.Rejected, result.Ledger.Lost));
        Assert.Equal(2, Assert.Single(result.RejectionReasons, r => r.Key.Contains("mempool is full", StringComparison.Ordinal)).Value);
        Assert.Equal((2, 2, 2), (result.Ledger.Duplicates, result.Safety.Duplicates, result.Safety.Foreign));
        AssertSettled(result);
        Assert.False(result.Safety.Safe);
    }

    [Fact]
    public async Task Cut_connections_are_opened_again_and_the_ledger_balances()
    {
        _settings = _settings with { DrainTimeout = TimeSpan.FromSeconds(5) };
        _network.Chain.FateOf = header =>
        {
            if (header.Sequence == 120) _network.Nodes[0].Cut();

            return Fate.Commit;
        };
        var result = await RunAsync();
        AssertSettled(result);
        Assert.True(result.Ledger.Committed > Window * 0.8);
        Assert.True(result.Safety.Safe);
        Assert.Equal(0, result.Safety.Nodes[0].Missed);
        Assert.True(result.Safety.Nodes[0].Reconnects >= 1);
    }

    [Fact]
    public async Task A_node_without_stream_is_observed_at_the_others()
    {
        _network.Nodes[3].HasStream = false;
        var result = await RunAsync();
        Assert.Equal((Window, Window / 4), (result.Ledger.Committed, result.Ledger.ObservedElsewhere));
        AssertSettled(result);
    }

    [Fact]
    public async Task Without_any_stream_the_measurement_is_invalid()
    {
        _settings = _settings with { DrainTimeout = TimeSpan.FromSeconds(0.2) };
        foreach (var node in _network.Nodes) node.HasStream = false;

        var result = await RunAsync();
        Assert.Equal(VerdictStatus.Invalid, result.Verdict.Status);
        Assert.Equal(Window, result.Ledger.Lost);
        Assert.Null(result.Latency.MeanMs);
    }

    [Fact]
    public async Task A_node_that_is_down_rejects_its_share()
    {
        _network.Nodes[2].Kill();
        var result = await RunAsync();
        Assert.Equal((Window * 3 / 4, Window / 4), (result.Ledger.Committed, result.Ledger.Rejected));
        AssertSettled(result);
        Assert.Contains(result.RejectionReasons, r => r.Key.StartsWith("node2: no connection", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(SubmissionMode.Single)]
    [InlineData(SubmissionMode.Batch)]
    public async Task Nodes_with_the_rpc_of_cometbft_are_followed_block_by_block(SubmissionMode mode)
    {
        _network.Flavor = NetworkOutputs.CometBft;
        _settings = _settings with { Submission = new SubmissionSettings { Mode = mode } };
        _network.Chain.FateOf = header => header.Sequence % 60 == 59 ? Fate.Reject : Fate.Commit;
        var result = await RunAsync();
        Assert.Equal((Window - 4, 4, 0), (result.Ledger.Committed, result.Ledger.Rejected, result.Ledger.Lost));
        AssertSettled(result);
        Assert.True(result.Safety.Safe && result.Safety.Digests.Compared > 0);
        Assert.Contains(result.Verdict.Notes, n => n.Contains("asking for the next block", StringComparison.Ordinal));
        Assert.StartsWith("a=4d594231", System.Text.Encoding.ASCII.GetString(Enumerable.Range(1, _network.Chain.Count)
            .SelectMany(i => _network.Chain.Block(i)!.Value.Transactions).First()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nodes_that_tell_nothing_of_commits_are_measured_by_acceptance_and_the_verdict_says_so()
    {
        _network.Flavor = NetworkOutputs.ScalarOrg;
        _settings = _settings with { Submission = new SubmissionSettings { Mode = SubmissionMode.Single } };
        _network.Chain.FateOf = header => header.Sequence % 60 == 59 ? Fate.Reject : Fate.Commit;
        var result = await RunAsync();
        Assert.Equal((Window - 4, 4, 0), (result.Ledger.Committed, result.Ledger.Rejected, result.Ledger.Lost));
        AssertSettled(result);
        Assert.Equal(4, Assert.Single(result.RejectionReasons, r => r.Key == "HTTP 503").Value);
        Assert.Contains(result.Verdict.Notes, n => n.Contains("'committed' is accepted", StringComparison.Ordinal));
        Assert.DoesNotContain(result.Verdict.Reasons, r => r.Contains("commit stream", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Weighted_targets_get_their_shares()
    {
        _settings = _settings with { Targets = TargetChoice.Parse("weighted:4,3,0,1")! };
        var result = await RunAsync();
        Assert.Equal((Window, 0), (result.Ledger.Committed, result.Ledger.Lost));
        Assert.Equal([140, 105, 0, 35], _network.Nodes.Select(n => n.Taken));
    }

    [Fact]
    public async Task Nothing_is_sent_to_nodes_that_are_down_throughout()
    {
        _settings = _settings with { Faults = 1 };
        _network.Nodes[3].Kill();
        var result = await RunAsync();
        Assert.Equal((Window, 0), (result.Ledger.Committed, result.Ledger.Rejected));
        AssertSettled(result);
        Assert.Equal(0, _network.Nodes[3].Taken);
        Assert.True(_network.Nodes[..3].All(n => n.Taken > 0));
    }

    [Fact]
    public async Task Chunked_answers_and_closing_servers_work()
    {
        // What a closing server has not read is lost, and waited for until then.
        _settings = _settings with { DrainTimeout = TimeSpan.FromSeconds(5) };
        _network.Nodes[0].AnswersChunked = true;
        _network.Nodes[1].ClosesAfterEachAnswer = true;
        var result = await RunAsync();
        AssertSettled(result);
        Assert.True(result.Ledger.Committed >= Window * 0.75);
    }

    [Theory]
    [InlineData(NetworkOutputs.Mysticeti, SubmissionMode.Single)]
    [InlineData(NetworkOutputs.Mysticeti, SubmissionMode.Batch)]
    [InlineData(NetworkOutputs.Mysticeti, SubmissionMode.WebSocket)]
    [InlineData(NetworkOutputs.Mysticeti, SubmissionMode.Stream)]
    [InlineData(NetworkOutputs.CometBft, SubmissionMode.Batch)]
    public async Task An_rpc_address_may_have_a_path_of_its_own(string flavor, SubmissionMode mode)
    {
        foreach (var node in _network.Nodes) node.BasePath = $"/nodes/{node.Index}";
        _network.Flavor = flavor;
        _settings = _settings with { Submission = new SubmissionSettings { Mode = mode }, DrainTimeout = TimeSpan.FromSeconds(5) };
        var result = await RunAsync();
        AssertSettled(result);
        Assert.Equal(Window, result.Ledger.Committed);
        Assert.All(result.Safety.Nodes, tally => Assert.True(tally.Connected, tally.Error));
    }

    private async Task<LoadResult> RunAsync()
    {
        var screen = Screen.On(TextWriter.Null, enabled: false);
        var run = new LoadRun(LoadPlan.Of(_settings, 1, 400, 1), _network, NodeEndpoints.Of(_network.Outputs), 77, screen, TimeProvider.System);
        return await run.ExecuteAsync(TestContext.Current.CancellationToken);
    }

    private static void AssertSettled(LoadResult result)
    {
        Assert.True(result.Ledger.Balanced, result.Ledger.ToString());
        Assert.Equal(0, result.Ledger.Unsent);
        Assert.DoesNotContain(result.Verdict.Reasons, r => r.Contains("balance", StringComparison.Ordinal));
    }
}
