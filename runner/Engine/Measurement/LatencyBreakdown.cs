using System.Collections.Immutable;

namespace Mysticeti.Engine.Measurement;

/// <summary>Where the latency of the transactions goes that the validators traced.</summary>
/// <param name="Samples">Transactions that are known at every point of their way.</param>
/// <param name="CoveredSeconds">Time between the first and the last of them that was due: the validators keep a limited number of trace entries.</param>
/// <param name="OneClock">Whether runner and validators share a machine; else the offset of their clocks moves time between submit and observation.</param>
/// <param name="Stages">In the order of the way; their means add up to the mean latency of the samples.</param>
/// <param name="Missing">Why there are none.</param>
public sealed record LatencyBreakdown(int Samples, double CoveredSeconds, bool OneClock, ImmutableArray<LatencyStage> Stages, string? Missing)
{
    public static LatencyBreakdown Without(string reason) => new(0, 0, false, [], reason);

    /// <summary>Sums up what is known of each transaction; without any, says so.</summary>
    public static LatencyBreakdown Of(IReadOnlyList<TracedTransaction> transactions, bool oneClock)
    {
        if (transactions.Count == 0) return Without("the validators traced none of the transactions from end to end");

        var covered = (transactions.Max(t => t.DueNs) - transactions.Min(t => t.DueNs)) / 1e9;
        return new LatencyBreakdown(
            transactions.Count, Math.Round(covered, 1), oneClock,
            [
                Stage("queue", t => t.SentNs - t.DueNs),
                Stage("submit", t => t.ReceivedNs - t.SentNs),
                Stage("inclusion", t => t.IncludedNs - t.ReceivedNs),
                Stage("commit", t => t.CommittedNs - t.IncludedNs),
                Stage("observation", t => t.ObservedNs - t.CommittedNs),
            ], null);

        LatencyStage Stage(string name, Func<TracedTransaction, long> duration)
        {
            long[] sorted = [.. transactions.Select(duration).Order()];
            return new LatencyStage(name, Math.Round(sorted.Average() / 1e6, 4), At(sorted, 0.5), At(sorted, 0.99));
        }
    }

    private static double At(long[] sorted, double share) => Math.Round(sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length - 1e-9) - 1)] / 1e6, 4);
}

/// <summary>One stage of the way; milliseconds.</summary>
public sealed record LatencyStage(string Stage, double MeanMs, double P50Ms, double P99Ms);

/// <summary>When one transaction passed each point; nanoseconds since the Unix epoch.</summary>
public sealed record TracedTransaction(long DueNs, long SentNs, long ReceivedNs, long IncludedNs, long CommittedNs, long ObservedNs);
