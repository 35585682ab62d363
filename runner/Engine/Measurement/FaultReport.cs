using System.Collections.Immutable;
using System.Globalization;
using Mysticeti.Engine.Faults;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Networks;

namespace Mysticeti.Engine.Measurement;

/// <summary>One fault of a load as reports tell it. Times are in seconds from the start of the measured window.</summary>
public sealed record FaultReport
{
    /// <summary>The word of <see cref="FaultText"/>.</summary>
    public required string Kind { get; init; }

    public required ImmutableArray<int> Nodes { get; init; }

    /// <summary>The other ends of the links in question; empty: all other nodes.</summary>
    public required ImmutableArray<int> Peers { get; init; }

    /// <summary>The fault as it was asked for.</summary>
    public required string Description { get; init; }

    public required double Start { get; init; }

    /// <summary>When it was undone; null: it could not be.</summary>
    public required double? End { get; init; }

    public required bool TookEffect { get; init; }

    /// <summary>What was seen from outside when it was brought about.</summary>
    public required string Probe { get; init; }

    /// <summary>What went wrong in bringing it about or undoing it.</summary>
    public required string? Error { get; init; }

    /// <summary>Seconds from the undoing until all nodes concerned were ready and had caught up; null: not while they were watched.</summary>
    public required double? TimeToRecover { get; init; }

    /// <summary>What it did to the load; null where that is not worked out.</summary>
    public FaultImpact? Impact { get; init; }

    /// <summary>How far each node got while the fault was in force.</summary>
    public required ImmutableArray<NodeProgress> Progress { get; init; }

    /// <summary>Commits that the foremost node made while the fault was in force; null: it was not seen in force.</summary>
    public long? CommitsMeanwhile
    {
        get
        {
            if (Progress.IsEmpty) return null;
            var (first, last) = (Progress.Max(node => node.FirstCommit), Progress.Max(node => node.LastCommit));
            return last - first;
        }
    }

    /// <summary>A fault of a simulation: it takes effect exactly as asked for.</summary>
    public static FaultReport Simulated(FaultEvent fault) => new()
    {
        Kind = FaultText.WordOf(fault.Kind),
        Nodes = fault.Nodes,
        Peers = fault.Peers,
        Description = fault.ToString(),
        Start = fault.At.TotalSeconds,
        End = fault.Until?.TotalSeconds,
        TookEffect = true,
        Probe = "simulated",
        Error = null,
        TimeToRecover = null,
        Progress = [],
    };

    internal static ImmutableArray<FaultReport> Of(ImmutableArray<FaultObservation> observations, LoadRecord record, int dueCount)
    {
        if (observations.IsEmpty) return [];
        var origin = record.Schedule.WindowStartNs;
        var (quiet, begins) = (observations.Min(seen => seen.StartNs), observations.Select(seen => seen.StartNs).Order().ToArray());
        var impacts = new FaultImpacts(record, dueCount, quiet);
        return
        [
            .. observations.Select(seen => new FaultReport
            {
                Kind = FaultText.WordOf(seen.Fault.Kind),
                Nodes = seen.Fault.Nodes,
                Peers = seen.Fault.Peers,
                Description = seen.Fault.ToString(),
                Start = Seconds(seen.StartNs - origin),
                End = seen.EndNs is { } end ? Seconds(end - origin) : null,
                TookEffect = seen.SeenNs is not null,
                Probe = seen.Probe,
                Error = seen.Error,
                TimeToRecover = seen.RecoveredNs is { } recovered && seen.EndNs is { } undone ? Seconds(recovered - undone) : null,
                Impact = impacts.Of(seen, nextStartNs: begins.FirstOrDefault(begin => begin > (seen.EndNs ?? long.MaxValue), long.MaxValue)),
                Progress = seen.Progress,
            }),
        ];
    }

    /// <summary>Two lines for the console and the summary.</summary>
    public IEnumerable<string> Lines()
    {
        var invariant = CultureInfo.InvariantCulture;
        yield return $"Fault: {Description}: " + (!TookEffect ? $"DID NOT TAKE EFFECT ({Probe})"
            : End is not { } end ? $"from {Start.ToString("0.0", invariant)}s on, NOT UNDONE ({Error})"
            : string.Create(invariant, $"in force from {Start:0.0}s to {end:0.0}s, ")
                + (TimeToRecover is { } recovery ? string.Create(invariant, $"nodes well again after {recovery:0.0}s") : "nodes NOT well again while they were watched"));
        yield return "  " + Impact + (CommitsMeanwhile is { } commits ? $", commits meanwhile {commits}" : "");
    }

    private static double Seconds(long ns) => Math.Round(ns / 1e9, 3);
}

/// <summary>What faults mean for the result of the load in which they were carried out.</summary>
internal static class FaultResults
{
    /// <summary>The result with its faults. One that did not take effect spoils the measurement, one that could not be undone is a failure of the network.</summary>
    public static LoadResult WithFaults(this LoadResult result, ImmutableArray<FaultReport> faults)
    {
        var missing = faults.Where(fault => !fault.TookEffect).Select(fault => $"the fault '{fault.Description}' did not take effect: {fault.Probe}").ToArray();
        var stuck = faults.Where(fault => fault.End is null)
            .Select(fault => new NodeFailure(fault.Nodes[0], $"node {string.Join(',', fault.Nodes)}", $"is still under the fault '{fault.Description}': {fault.Error}"));
        return result with
        {
            Faults = faults,
            NodeFailures = [.. result.NodeFailures, .. stuck],
            Verdict = missing.Length == 0 ? result.Verdict : result.Verdict with { Status = VerdictStatus.Invalid, Reasons = [.. result.Verdict.Reasons, .. missing] },
        };
    }
}
