using System.Diagnostics;
using Mysticeti.Engine.Benchmark;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Measurement;
using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Plan;

namespace Mysticeti.Runner.Tests.Benchmark;

/// <summary>
/// A server that stands still for 2 s of a load of 20 s: it takes, answers and commits nothing. Who counts from the schedule sees the slowest
/// hundredth, 0.2 s of transactions, wait for 1.8 s and more, at any rate; who waits for answers sees a few slow requests.
/// </summary>
public sealed class FrozenServerTests
{
    private const int Load = 250;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Stall = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task The_p99_has_the_stall_in_it_however_transactions_are_handed_over()
    {
        // With few requests at a time the generator itself has to wait, as a tool that waits for answers does.
        SubmissionSettings[] ways = [.. Enum.GetValues<SubmissionMode>().Select(mode => new SubmissionSettings { Mode = mode }), new SubmissionSettings { Mode = SubmissionMode.Single, InFlight = 1, Connections = 4 }];
        var runs = await Task.WhenAll(ways.Select(RunAsync));
        Assert.All(runs, run =>
        {
            Assert.True(run.Result.Ledger.Balanced, run.Result.Ledger.ToString());
            Assert.Equal(Load * (long)Duration.TotalSeconds, run.Result.Ledger.Committed);
            // The transaction that stopped the servers was due before, so this is a lower bound on any machine; the upper one leaves it time to catch up.
            var expected = run.StallMs - (Duration.TotalMilliseconds / 100);
            Assert.InRange(run.Result.Latency.P99.Ms!.Value, expected, expected + 1_000);
        });
        var waiting = runs[^1].Result;
        Assert.True(waiting.Service.P99.Ms < Stall.TotalMilliseconds / 2, "few requests were on their way during the stall");
        Assert.True(waiting.Lag.P99.Ms > Stall.TotalMilliseconds / 2, "the others waited for their sending");
        Assert.Equal(VerdictStatus.Invalid, waiting.Verdict.Status);
    }

    private static async Task<(LoadResult Result, double StallMs)> RunAsync(SubmissionSettings submission)
    {
        var settings = new BenchmarkSettings
        {
            NetworkType = "embedded",
            Committee = 1,
            Loads = [Load],
            Duration = Duration,
            Seed = 11,
            Submission = submission,
            DrainTimeout = TimeSpan.FromSeconds(30),
        };
        await using var network = new FakeNetwork(nodes: 1);
        var stall = StallAsync(network.Chain, sequence: Load * 10);
        var screen = Screen.On(TextWriter.Null, enabled: false);
        var run = new LoadRun(LoadPlan.Of(settings, 1, Load, 1), network, NodeEndpoints.Of(network.Outputs), 77, screen, TimeProvider.System);
        return (await run.ExecuteAsync(TestContext.Current.CancellationToken), await stall);
    }

    /// <summary>Freezes everything when a transaction arrives.</summary>
    /// <returns>How long it was, in milliseconds.</returns>
    private static async Task<double> StallAsync(FakeChain chain, int sequence)
    {
        var reached = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thaw = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        chain.FateOf = header =>
        {
            if (header.Sequence == sequence)
            {
                chain.Thaw = thaw.Task;
                reached.SetResult(Stopwatch.GetTimestamp());
            }

            return Fate.Commit;
        };
        var from = await reached.Task.WaitAsync(TestContext.Current.CancellationToken);
        await Task.Delay(Stall, TestContext.Current.CancellationToken);
        var length = Stopwatch.GetElapsedTime(from).TotalMilliseconds;
        thaw.SetResult();
        return length;
    }
}
