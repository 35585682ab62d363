using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Plan;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Load.Workers;

/// <summary>Several workers that offer one load together, each its share, by one clock; what they tell goes into one record.</summary>
internal sealed class WorkerPool : ILoadSource
{
    private const int PingRounds = 32;
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestFinish = TimeSpan.FromSeconds(10);

    private readonly LoadPlan _plan;
    private readonly NetworkOutputs _outputs;
    private readonly ulong _runId;
    private readonly LoadRecord _record;
    private readonly LoadClock _clock;
    private readonly Func<IWorkerHost> _start;
    private readonly TimeProvider _time;
    private PooledWorker[] _workers = [];
    private bool _disposed;

    /// <param name="record">Schedule and targets of the whole load, and where outcomes go.</param>
    /// <param name="start">Starts one worker.</param>
    public WorkerPool(LoadPlan plan, NetworkOutputs outputs, ulong runId, LoadRecord record, LoadClock clock, Func<IWorkerHost> start, TimeProvider time) =>
        (_plan, _outputs, _runId, _record, _clock, _start, _time) = (plan, outputs, runId, record, clock, start, time);

    /// <inheritdoc/>
    public TimeSpan Lead => TimeSpan.FromMilliseconds(100);

    /// <inheritdoc/>
    public double ClockErrorMs => _workers.Max(w => w.Offset.ErrorNs) / 1e6;

    /// <inheritdoc/>
    public string Note =>
        FormattableString.Invariant(
            $"{_workers.Length} worker processes sent the load by clocks that agree with the observers' within {ClockErrorMs:0.000} ms: latency, service time and lag are uncertain by that");

    /// <inheritdoc/>
    public IEnumerable<InstrumentUse> UseElsewhere => _workers.Select(w => w.Result?.Use).OfType<InstrumentUse>();

    /// <inheritdoc/>
    public int DueCount => _workers.Max(w => w.Result?.Due ?? 0);

    /// <inheritdoc/>
    public long EndedNs => _workers.Max(w => w.Result?.EndedNs ?? 0);

    /// <inheritdoc/>
    public long WindowUnsent => _workers.Sum(w => w.WindowUnsent + NotReached(w));

    /// <inheritdoc/>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(LongestStart, _time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            _workers = [.. Enumerable.Range(0, _plan.Submission.Workers).Select(i =>
                new PooledWorker(_start(), new WorkerShare(_record.Targets.Group, i, _plan.Submission.Workers), _record))];
            foreach (var worker in _workers)
            {
                // One after the other: a clock is asked best while nothing else goes on.
                await worker.PrepareAsync(WorkerPlan.Of(_plan, _outputs, _runId, worker.Share.Worker), _clock, PingRounds, end.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new NetworkException($"the load workers did not start within {LongestStart.TotalSeconds:0} s");
        }
    }

    /// <inheritdoc/>
    public Task ConnectAsync(CancellationToken cancellationToken) => Task.WhenAll(_workers.Select(w => w.Connected)).WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await Task.WhenAll(_workers.Select(w => w.StartAsync(_clock)));
        var offering = Task.WhenAll(_workers.Select(OfferAsync));
        await Task.WhenAny(offering, Task.Delay(Timeout.Infinite, ending.Token));
        if (!offering.IsCompleted) await Task.WhenAll(_workers.Select(w => w.StopAsync()));

        await offering;

        async Task OfferAsync(PooledWorker worker)
        {
            try
            {
                await worker.Offered;
            }
            catch (NetworkException)
            {
                // Without its share the load is not what it should be.
                await ending.CancelAsync();
                throw;
            }
        }
    }

    /// <summary>Takes the workers' last word, and ends them.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;

        _disposed = true;
        using var late = new CancellationTokenSource(LongestFinish, _time);
        foreach (var worker in _workers) await worker.FinishAsync(late.Token);
    }

    /// <summary>Transactions of a worker's window whose time came only when others were still sending: a load that was cut off does not end everywhere at once.</summary>
    private long NotReached(PooledWorker worker)
    {
        long count = 0;
        var due = DueCount;
        for (var sequence = worker.Share.From(Math.Max(worker.Result?.Due ?? 0, _record.Schedule.WarmUpCount)); sequence < due; sequence = worker.Share.From(sequence + 1))
        {
            count++;
        }

        return count;
    }
}
