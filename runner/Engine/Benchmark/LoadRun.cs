using System.Collections.Concurrent;
using System.Collections.Immutable;
using Mysticeti.Engine.Calibration;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Faults;
using Mysticeti.Engine.Flavors;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Load.Workers;
using Mysticeti.Engine.Measurement;
using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Nodes;
using Mysticeti.Engine.Observation;
using Mysticeti.Engine.Plan;
using Mysticeti.Engine.Resources;

namespace Mysticeti.Engine.Benchmark;

/// <summary>One measurement of one load: observers and connections, warm-up, window, drain, figures.</summary>
internal sealed class LoadRun
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan DrainInterval = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestOpening = TimeSpan.FromSeconds(2);

    /// <summary>Longest drain of a run that was cut off.</summary>
    private static readonly TimeSpan ShortDrain = TimeSpan.FromSeconds(1);

    /// <summary>How long a node may take to report what another has reported already.</summary>
    private static readonly TimeSpan ElsewhereWait = TimeSpan.FromMilliseconds(500);

    private readonly LoadPlan _plan;
    private readonly INetwork _network;
    private readonly IReadOnlyList<NodeEndpoint> _nodes;
    private readonly TimeProvider _time;
    private readonly Flavor _flavor;
    private readonly LoadClock _clock;
    private readonly LoadRecord _record;
    private readonly TransactionFactory _factory;
    private readonly SafetyAudit _audit;
    private readonly LiveProgress _progress;
    private readonly Screen _screen;
    private readonly ConcurrentQueue<string> _events = new();

    /// <summary>Nodes that end by themselves because of a fault that they are to have.</summary>
    private readonly ImmutableHashSet<int> _toEnd;
    private ImmutableArray<NodeFailure> _failures = [];

    public LoadRun(LoadPlan plan, INetwork network, IReadOnlyList<NodeEndpoint> nodes, ulong runId, Screen screen, TimeProvider time)
    {
        (_plan, _network, _nodes, _screen, _time) = (plan, network, nodes, screen, time);
        _flavor = Flavor.Of(network.Outputs.Flavor);
        var schedule = plan.CreateSchedule();
        _clock = new LoadClock(time);
        _record = new LoadRecord(schedule, plan.Targets.For(network.Outputs.Nodes, plan.Load, FaultSchedule.DownThroughout(plan.Faults)));
        _factory = plan.CreateFactory(_flavor, runId, schedule, _clock);
        _audit = new SafetyAudit([.. nodes.Select(n => n.Name)]);
        _toEnd = [.. plan.Faults.Where(f => f.Kind == FaultKind.DiskFull).SelectMany(f => f.Nodes)];
        _progress = new LiveProgress(screen, _record, _clock);
    }

    /// <summary>Measures. A cancelled token or a failing node ends it early; the result then is over the time that it ran.</summary>
    public async Task<LoadResult> ExecuteAsync(CancellationToken cancellationToken)
    {
        using var client = new NodeClient(TimeSpan.FromSeconds(10));
        ICommitObserver[] observers = [.. _nodes.Select((node, position) =>
            _flavor.Observe(node, client, _clock, new CommitLedger(position, node.Name, _factory, _record, _audit))).OfType<ICommitObserver>()];
        var evidence = new TraceEvidence(client, _nodes, _time);
        LeaderOutcomes leaders;
        var generator = _plan.CreateSource(_network.Outputs, _factory, _record, _clock, _time);
        InstrumentUse use;
        ImmutableArray<FaultObservation> faults;
        ImmutableArray<ResourceSample> resources;
        try
        {
            await generator.PrepareAsync(cancellationToken);
            await OpenAsync(generator, observers, cancellationToken);
            await using var sampler = new ResourceSampler(_network.Resources, [.. _nodes.Select(n => n.Name)], _clock, _record.Schedule.WindowStartNs, _time);
            (use, faults) = await OfferAsync(generator, evidence, cancellationToken);
            leaders = await evidence.EndWindowAsync(cancellationToken);
            resources = await sampler.StopAsync();
            await DrainAsync(generator, cancellationToken);
        }
        finally
        {
            await generator.DisposeAsync();
            foreach (var observer in observers) await observer.DisposeAsync();
        }

        var result = LoadMeasurement.Compute(
            new LoadEvidence
            {
                Record = _record,
                Clock = _clock,
                DueCount = generator.DueCount,
                WindowUnsent = generator.WindowUnsent,
                StoppedNs = generator.EndedNs,
                Digests = _audit.Conclude(),
                Tallies = [.. observers.Select(o => o.Tally())],
                Instrument = generator.UseElsewhere.Aggregate(use, (all, one) => all.With(one)),
                ClockErrorMs = generator.ClockErrorMs,
                ObservesCommits = _flavor.ObservesCommits,
                Notes = [.. new[] { _flavor.Note, generator.Note, CalibrationReport.Cite(_plan.Submission.Mode) }.OfType<string>()],
            },
            _plan.Number, _plan.Load, _plan.Repeat);
        var cost = _network.Outputs.CostPerHourUsd;
        return (result with
        {
            Resources = resources,
            ResourcesNote = resources.IsEmpty ? null : _network.Resources?.Note,
            CostPerHourUsd = cost > 0 ? cost : null,
            Leaders = leaders,
            LatencyBreakdown = await evidence.FollowTransactionsAsync(_factory, _record, _clock, generator.DueCount, cancellationToken),
            Interrupted = cancellationToken.IsCancellationRequested || !_failures.IsEmpty,
            NodeFailures = _failures,
        }).WithFaults(FaultReport.Of(faults, _record, generator.DueCount));
    }

    /// <summary>Opens everything before the clock starts; a node that is not there shows in the figures, not in an exception.</summary>
    private async Task OpenAsync(ILoadSource generator, ICommitObserver[] observers, CancellationToken cancellationToken)
    {
        try
        {
            var open = Task.WhenAll([generator.ConnectAsync(cancellationToken), .. observers.Select(o => o.Opened)]);
            await open.WaitAsync(LongestOpening, _time, cancellationToken);
        }
        catch (Exception error) when (error is TimeoutException or OperationCanceledException)
        {
            // What is open is used; the token ends the load at its first step.
        }

        InstrumentMeter.Settle();
        _clock.Start(generator.Lead);
    }

    /// <summary>Offers the load while the faults are carried out; when it returns, they are undone.</summary>
    private async Task<(InstrumentUse Use, ImmutableArray<FaultObservation> Faults)> OfferAsync(
        ILoadSource generator, TraceEvidence evidence, CancellationToken cancellationToken)
    {
        using var ended = new CancellationTokenSource();
        var faults = FaultExecutor.RunAsync(
            _plan.Faults, _network, _nodes, _clock, _record.Schedule.WindowStartNs, _events.Enqueue, _time, ended.Token);
        try
        {
            return (await OfferLoadAsync(generator, evidence, cancellationToken), await EndAsync());
        }
        finally
        {
            await EndAsync();
        }

        async Task<ImmutableArray<FaultObservation>> EndAsync()
        {
            await ended.CancelAsync();
            var seen = await faults;
            ShowEvents();
            return seen;
        }
    }

    private async Task<InstrumentUse> OfferLoadAsync(ILoadSource generator, TraceEvidence evidence, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var meter = InstrumentMeter.Start();
        var inWindow = false;
        var generating = generator.RunAsync(stop.Token);
        while (!generating.IsCompleted)
        {
            await Task.WhenAny(generating, Task.Delay(WatchInterval, _time, CancellationToken.None));
            if (!inWindow && _clock.NowNs >= _record.Schedule.WindowStartNs)
            {
                inWindow = true;
                meter = InstrumentMeter.Start();
                evidence.BeginWindow(cancellationToken);
            }

            _progress.Tick();
            ShowEvents();
            if (_failures.IsEmpty && _network.Failures().Where(f => !_toEnd.Contains(f.Index)).ToImmutableArray() is { IsEmpty: false } failures)
            {
                _failures = failures;
                await stop.CancelAsync();
            }
        }

        await generating;
        return meter.Stop();
    }

    private void ShowEvents()
    {
        while (_events.TryDequeue(out var line)) _screen.Line($"  {line}");
    }

    private async Task DrainAsync(ILoadSource generator, CancellationToken cancellationToken)
    {
        var start = _time.GetTimestamp();
        long? elsewhere = null;
        var end = generator.DueCount;
        while (!_record.IsSettled(end, anyNode: false))
        {
            var cutOff = cancellationToken.IsCancellationRequested || !_failures.IsEmpty;
            var longest = cutOff && ShortDrain < _plan.DrainTimeout ? ShortDrain : _plan.DrainTimeout;
            if (_time.GetElapsedTime(start) >= longest) return;

            if (_record.IsSettled(end, anyNode: true))
            {
                elsewhere ??= _time.GetTimestamp();
                if (_time.GetElapsedTime(elsewhere.Value) >= ElsewhereWait) return;
            }

            _progress.Tick();
            await Task.Delay(DrainInterval, _time, CancellationToken.None);
        }
    }
}
