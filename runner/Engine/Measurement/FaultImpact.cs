using System.Globalization;
using Mysticeti.Engine.Faults;
using Mysticeti.Engine.Load;

namespace Mysticeti.Engine.Measurement;

/// <summary>What a fault did to the load, over the transactions that were due from its start until the throughput was back.</summary>
public sealed record FaultImpact
{
    /// <summary>
    /// Seconds from the undoing to the end of the last second in which less than 90% of what was due was committed; 0: there was none.
    /// Null: the load ended, or the next fault began, before the throughput was back.
    /// </summary>
    public required double? ThroughputRestored { get; init; }

    /// <summary>Committed, but later than twice the p99 latency before the first fault; null: too few were due before it.</summary>
    public required long? Delayed { get; init; }

    /// <summary>Sent, not refused, and never seen committed.</summary>
    public required long Lost { get; init; }

    /// <summary>Refused, for example because their node was down.</summary>
    public required long Rejected { get; init; }

    /// <summary>Area between what was due and what was committed, summed over the seconds in which less was committed, in transactions.</summary>
    public required long LostThroughputArea { get; init; }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"throughput back {(ThroughputRestored is { } restored ? $"{restored:0.#}s after it" : "NOT while it was watched")}, ")
        + $"delayed {(Delayed is { } delayed ? delayed : "-")}, lost {Lost}, rejected {Rejected}, area of lost throughput {LostThroughputArea} tx";
}

/// <summary>Works out impacts from a load's record, once nobody writes to it any more.</summary>
internal sealed class FaultImpacts
{
    private const long BinNs = 100_000_000;

    /// <summary>Bins in the sliding second over which throughput is judged.</summary>
    private const int Second = 10;

    private const double RestoredShare = 0.9;
    private const int LeastSamples = 100;

    private readonly LoadRecord _record;
    private readonly int _due;
    private readonly long[] _scheduled;
    private readonly long[] _committed;
    private readonly long? _longestUsualNs;

    /// <param name="due">Sequences from here on were never due.</param>
    /// <param name="quietUntilNs">Start of the first fault.</param>
    public FaultImpacts(LoadRecord record, int due, long quietUntilNs)
    {
        (_record, _due) = (record, due);
        var bins = (int)(record.Schedule.WindowEndNs / BinNs) + 1;
        (_scheduled, _committed) = (new long[bins], new long[bins]);
        var usual = new Histogram();
        for (var i = 0; i < due; i++)
        {
            var (time, commit) = (record.Schedule.TimeNs(i), record.CommitNs(i));
            _scheduled[Math.Min(bins - 1, time / BinNs)]++;
            if (commit != 0 && commit / BinNs < bins) _committed[commit / BinNs]++;
            if (commit != 0 && commit < quietUntilNs) usual.Record(commit - time);
        }

        _longestUsualNs = usual.Count >= LeastSamples ? (long?)(2 * usual.PercentileNs(99)) : null;
    }

    /// <param name="nextStartNs">When the next fault after this one's end began; <see cref="long.MaxValue"/>: none.</param>
    public FaultImpact Of(FaultObservation seen, long nextStartNs)
    {
        var first = Bin(seen.StartNs);
        var last = Math.Min(Bin(nextStartNs), Bin(_record.Schedule.WindowEndNs) - 1);
        var undone = seen.EndNs is { } end ? Bin(end) : last;
        var slow = LastSlowBin(undone, last);
        // Slow in the very last second that was watched: nobody knows how long it went on.
        var restored = slow is not { } bin ? undone : bin < last ? bin + 1 : (int?)null;
        var (delayed, lost, rejected) = Outcomes(seen.StartNs, restored is { } back ? (back + 1) * BinNs : Math.Min(nextStartNs, _record.Schedule.WindowEndNs));
        return new FaultImpact
        {
            ThroughputRestored = restored is { } r && undone <= last ? Math.Max(0, Math.Round(((r * BinNs) - (undone * BinNs)) / 1e9, 1)) : null,
            Delayed = _longestUsualNs is null ? null : delayed,
            Lost = lost,
            Rejected = rejected,
            LostThroughputArea = Area(first, restored ?? last),
        };
    }

    private int Bin(long ns) => (int)Math.Clamp(ns / BinNs, 0, _scheduled.Length - 1);

    /// <summary>The last bin at which the second that ends there saw too few commits.</summary>
    private int? LastSlowBin(int from, int to)
    {
        for (var bin = to; bin >= Math.Max(from, Second); bin--)
        {
            if (Sum(_committed, bin) < RestoredShare * Sum(_scheduled, bin)) return bin;
        }

        return null;
    }

    private static long Sum(long[] counts, int end) => Sum(counts.AsSpan(end - Second + 1, Second));

    private static long Sum(ReadOnlySpan<long> counts)
    {
        long sum = 0;
        foreach (var count in counts) sum += count;
        return sum;
    }

    private long Area(int first, int last)
    {
        long area = 0;
        for (var begin = first; begin <= last; begin += Second)
        {
            var length = Math.Min(Second, last - begin + 1);
            area += Math.Max(0, Sum(_scheduled.AsSpan(begin, length)) - Sum(_committed.AsSpan(begin, length)));
        }

        return area;
    }

    private (long Delayed, long Lost, long Rejected) Outcomes(long fromNs, long untilNs)
    {
        var (delayed, lost, rejected) = (0L, 0L, 0L);
        for (var i = 0; i < _due; i++)
        {
            var time = _record.Schedule.TimeNs(i);
            // What was on its way when the fault came is hit by it, too.
            if (time > untilNs || (time < fromNs && _record.CommitNs(i) is var early && early != 0 && early < fromNs)) continue;
            if (_record.CommitNs(i) is var commit and not 0) delayed += commit - time > _longestUsualNs ? 1 : 0;
            else if (_record.IsRejected(i)) rejected++;
            else if (_record.SentNs(i) != 0) lost++;
        }

        return (delayed, lost, rejected);
    }
}
