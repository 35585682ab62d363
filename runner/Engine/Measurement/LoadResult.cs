using System.Collections.Immutable;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Resources;

namespace Mysticeti.Engine.Measurement;

/// <summary>What one measurement came to: one load, one time.</summary>
public sealed record LoadResult
{
    /// <summary>Number within the run, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>Offered load in transactions a second.</summary>
    public required int Load { get; init; }

    /// <summary>Which repeat of the load, from 1.</summary>
    public required int Repeat { get; init; }

    /// <summary>Start of the measured window.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Length of the window that was measured: the configured one, shorter only when the run was cut off.</summary>
    public required double WindowSeconds { get; init; }

    /// <summary>From the window's start to its end or to the last commit, whichever is later.</summary>
    public double SecondsToLastCommit { get; init; }

    public required Ledger Ledger { get; init; }

    /// <summary>Transactions whose commit was observed within the window, whenever they were sent.</summary>
    public required long CommittedInWindow { get; init; }

    /// <summary>Those of them that the warm-up had sent.</summary>
    public required long WarmUpCommittedInWindow { get; init; }

    /// <summary>
    /// <see cref="CommittedInWindow"/> / <see cref="WindowSeconds"/>; null when nothing was measured. What the warm-up left
    /// in flight counts up to what the window itself leaves in flight: in a steady state the two are equal, and a backlog
    /// of the warm-up that is worked off in the window must not show as throughput above what was offered.
    /// </summary>
    public double? Throughput => WindowSeconds > 0 ? Math.Min(CommittedInWindow, Ledger.Committed) / WindowSeconds : null;

    /// <summary>Mean over the window of what was offered, in transactions a second, where the load's shape makes it another than <see cref="Load"/>.</summary>
    public double? OfferedRate { get; init; }

    /// <summary>Throughput / offered load.</summary>
    public double? Efficiency => Throughput / (OfferedRate ?? Load);

    /// <summary>From the scheduled time to the observed commit; lost and unsent ones at infinity.</summary>
    public required LatencySummary Latency { get; init; }

    /// <summary>From the actual sending to the observed commit, of the committed ones.</summary>
    public required LatencySummary Service { get; init; }

    /// <summary>From the scheduled time to the actual sending, of the sent ones.</summary>
    public required LatencySummary Lag { get; init; }

    /// <summary>Bound of the error between the clocks that sent and observed, which the figures above are uncertain by; 0: it was one clock.</summary>
    public double ClockErrorMs { get; init; }

    /// <summary>The latencies that <see cref="Latency"/> sums up.</summary>
    public required Histogram Histogram { get; init; }

    public required ImmutableArray<TimeSeriesRow> TimeSeries { get; init; }

    public required Verdict Verdict { get; init; }

    public required SafetyReport Safety { get; init; }

    /// <summary>Why transactions were refused, warm-up included.</summary>
    public required ImmutableSortedDictionary<string, long> RejectionReasons { get; init; }

    public required InstrumentUse Instrument { get; init; }

    /// <summary>How the leader slots of each authority were decided in the window.</summary>
    public LeaderOutcomes Leaders { get; init; } = LeaderOutcomes.Without("they were not collected");

    public LatencyBreakdown LatencyBreakdown { get; init; } = LatencyBreakdown.Without("it was not collected");

    /// <summary>The run was stopped within this load: its figures are over the time that it ran.</summary>
    public bool Interrupted { get; init; }

    /// <summary>Nodes that stopped by themselves during the load.</summary>
    public ImmutableArray<NodeFailure> NodeFailures { get; init; } = [];

    /// <summary>What the nodes used of their machines, second by second; empty where that could not be seen.</summary>
    public ImmutableArray<ResourceSample> Resources { get; init; } = [];

    /// <summary>What is to be known about them; null: nothing.</summary>
    public string? ResourcesNote { get; init; }

    /// <summary>What the network costs while it is up, in US dollars an hour; null where that is not known or nothing.</summary>
    public double? CostPerHourUsd { get; init; }

    /// <summary>Dollars for a million committed transactions at this <see cref="Throughput"/>; null without a price or commits.</summary>
    public double? CostPerMillionUsd => Throughput > 0 ? CostPerHourUsd / 3600 / Throughput * 1e6 : null;

    /// <summary>What was done to nodes on purpose.</summary>
    public ImmutableArray<FaultReport> Faults { get; init; } = [];
}
