using Mysticeti.Engine.Load;
using Mysticeti.Engine.Load.Workers;
using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Plan;
using Mysticeti.Runner.Tests.Benchmark;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Tests.Load.Workers;

/// <summary>Real workers behind pipes against fake nodes: who sends what, and what the runner hears of it.</summary>
public sealed class WorkerPoolTests : IAsyncDisposable
{
    private const int Count = 300;

    private readonly FakeNetwork _network = new();
    private readonly List<PipedWorker> _hosts = [];
    private readonly LoadClock _clock = new(TimeProvider.System);
    private LoadRecord? _record;

    public ValueTask DisposeAsync() => _network.DisposeAsync();

    [Fact]
    public async Task Three_workers_send_each_transaction_once_and_tell_of_all()
    {
        // Nodes of this flavor commit what they accept: the workers tell of the whole fate.
        _network.Flavor = NetworkOutputs.ScalarOrg;
        _network.Chain.FateOf = header => header.Sequence % 60 == 59 ? Fate.Reject : Fate.Commit;
        var pool = Pool(3);
        await RunAsync(pool, CancellationToken.None);
        await Eventually.HoldsAsync(() => _record!.AnsweredCount == Count);
        await pool.DisposeAsync();
        Assert.Equal((Count, 0, 5), (_record!.SentCount, pool.WindowUnsent, _record.RejectedCount));
        Assert.Equal(Count - 5, _record.CommittedCount);
        Assert.Equal(5, Assert.Single(_record.RejectionReasons).Value);
        Assert.Equal(Count, pool.DueCount);
        Assert.Equal(Count / 4, _network.Nodes[0].Taken);
        Assert.All(Enumerable.Range(0, Count), i => Assert.True(_record.SentNs(i) >= _record.Schedule.TimeNs(i) - (long)(pool.ClockErrorMs * 1e6) - 1, $"{i} was early"));
        Assert.Equal(3, pool.UseElsewhere.Count());
        Assert.InRange(pool.ClockErrorMs, 1e-6, 1_000);
    }

    [Fact]
    public async Task A_load_that_is_stopped_balances()
    {
        using var stop = new CancellationTokenSource();
        var pool = Pool(2, seconds: 60);
        var running = RunAsync(pool, stop.Token);
        await Eventually.HoldsAsync(() => _record!.SentCount > 20);
        await stop.CancelAsync();
        await running;
        await pool.DisposeAsync();
        Assert.InRange(pool.DueCount, 20, 60 * Count - 1);
        Assert.Equal(pool.DueCount, _record!.SentCount + pool.WindowUnsent);
    }

    [Fact]
    public async Task A_worker_that_ends_ends_the_load()
    {
        var pool = Pool(2, seconds: 60);
        var running = RunAsync(pool, CancellationToken.None);
        await Eventually.HoldsAsync(() => _record is { SentCount: > 0 });
        _hosts[1].Cut();
        var failure = await Assert.ThrowsAsync<NetworkException>(() => running);
        Assert.Contains("load worker 1 ended before the load did", failure.Message, StringComparison.Ordinal);
        await pool.DisposeAsync();
    }

    [Fact]
    public async Task A_plan_that_a_worker_cannot_carry_out_is_refused_with_its_reason()
    {
        var pool = Pool(2, targets: "weighted:1,2");
        await pool.PrepareAsync(TestContext.Current.CancellationToken);
        var failure = await Assert.ThrowsAsync<NetworkException>(() => pool.ConnectAsync(TestContext.Current.CancellationToken));
        Assert.Contains("2 weights were given for 4 nodes", failure.Message, StringComparison.Ordinal);
        await pool.DisposeAsync();
    }

    private WorkerPool Pool(int workers, double seconds = 1, string targets = "round-robin")
    {
        var plan = new LoadPlan
        {
            Number = 1, Load = Count, WarmUp = TimeSpan.Zero, Duration = TimeSpan.FromSeconds(seconds), DrainTimeout = TimeSpan.FromSeconds(5), Arrival = Arrival.Constant,
            TransactionSize = 100, TransactionType = TransactionType.Opaque, Seed = 5, Targets = TargetChoice.Parse(targets)!,
            Submission = new SubmissionSettings { Mode = SubmissionMode.Single, Workers = workers },
        };
        _record = new LoadRecord(plan.CreateSchedule(), nodes: 4);
        return new WorkerPool(plan, _network.Outputs, 77, _record, _clock, Host, TimeProvider.System);
    }

    private PipedWorker Host()
    {
        _hosts.Add(new PipedWorker());
        return _hosts[^1];
    }

    private async Task RunAsync(WorkerPool pool, CancellationToken stop)
    {
        await pool.PrepareAsync(TestContext.Current.CancellationToken);
        await pool.ConnectAsync(TestContext.Current.CancellationToken);
        _clock.Start(pool.Lead);
        await pool.RunAsync(stop);
    }
}
