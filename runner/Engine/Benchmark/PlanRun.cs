using Mysticeti.Engine.Console;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Measurement;
using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Plan;

namespace Mysticeti.Engine.Benchmark;

/// <summary>
/// Measures plans one after another on a network that is up. A benchmark and an experiment of the service are both a sequence of plans on one
/// of these.
/// </summary>
public sealed class PlanRun
{
    private const ulong RunIdPurpose = 1;

    private readonly INetwork _network;
    private readonly IReadOnlyList<NodeEndpoint> _nodes;
    private readonly ulong _runId;
    private readonly Screen _screen;
    private readonly TimeProvider _time;
    private readonly List<LoadResult> _results = [];

    /// <param name="network">Started and ready.</param>
    /// <param name="seed">Seed of the whole run, that of every plan.</param>
    /// <exception cref="NetworkException">The network has no nodes that can be loaded.</exception>
    public PlanRun(INetwork network, ulong seed, Screen screen, TimeProvider time)
    {
        (_network, _screen, _time) = (network, screen, time);
        _nodes = NodeEndpoints.Of(network.Outputs);
        _runId = RunIdOf(seed);
    }

    /// <summary>What was measured, in order; the last one is cut short where it was cancelled or where a node failed.</summary>
    public IReadOnlyList<LoadResult> Results => _results;

    /// <summary>Whether a node has stopped by itself, so that there is no network any more to go on with.</summary>
    public bool HasFailed => _results is [.., { NodeFailures.IsEmpty: false }];

    /// <summary>The id in the header of every transaction of the runs with this seed.</summary>
    public static ulong RunIdOf(ulong seed) => SplitMix64.Derive(seed, RunIdPurpose);

    /// <summary>Measures one plan; a cancelled token or a failing node ends it early, with a result over the time that it ran.</summary>
    public async Task<LoadResult> MeasureAsync(LoadPlan plan, CancellationToken cancellationToken)
    {
        var result = await _screen.WatchAsync(() => new LoadRun(plan, _network, _nodes, _runId, _screen, _time).ExecuteAsync(cancellationToken));
        _results.Add(result);
        return result;
    }
}

/// <summary>Says which plan comes next. What was measured is all that it depends on, so that it needs no network to be tested.</summary>
public interface IPlanSequence
{
    /// <param name="results">Everything measured so far, in order.</param>
    /// <returns>Null at the end.</returns>
    LoadPlan? Next(IReadOnlyList<LoadResult> results);
}

/// <summary>Every load of the settings, each as often as they say.</summary>
public sealed class LoadGrid(BenchmarkSettings settings) : IPlanSequence
{
    public LoadPlan? Next(IReadOnlyList<LoadResult> results)
    {
        var (load, repeat) = Math.DivRem(results.Count, settings.Repeat);
        return load < settings.Loads.Length ? LoadPlan.Of(settings, results.Count + 1, settings.Loads[load], repeat + 1) : null;
    }
}
