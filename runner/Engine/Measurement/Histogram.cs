using HdrHistogram;
using HdrHistogram.Iteration;

namespace Mysticeti.Engine.Measurement;

/// <summary>
/// A high-dynamic-range histogram of durations: HdrHistogram's buckets keep three significant digits from 1 µs to 1 h in
/// bounded memory (189 KB, however much is recorded). Count, mean and standard deviation come from exact running sums, percentiles
/// from the buckets (at most 0.1% too high, or 1 µs). Recording allocates nothing. Histograms merge exactly; percentiles
/// never do. Not thread-safe.
/// </summary>
public sealed class Histogram
{
    /// <summary>Longest duration with a bucket of its own; longer ones count there (their exact value stays in max and sums).</summary>
    public static readonly TimeSpan Highest = TimeSpan.FromHours(1);

    /// <summary>Buckets in the first, linear stretch: the power of two above 2 · 10³ that three digits need.</summary>
    public const int SubBuckets = 2048;

    private const long HighestUs = 3_600_000_000;

    /// <summary>The end of the last bucket, beyond the one of <see cref="HighestUs"/>: no recorded duration gets there.</summary>
    private const long LostUs = (1L << 32) - 1;

    private readonly LongHistogram _buckets = new(1, HighestUs, 3);
    private Int128 _sumNs;
    private UInt128 _sumSquaresNs;

    /// <summary>Stretches of buckets of the same width; each is twice as wide as the one before.</summary>
    public int Stretches => _buckets.BucketCount;

    /// <summary>Number of recorded durations.</summary>
    public long Count => _buckets.TotalCount;

    /// <summary>Shortest recorded duration in nanoseconds, exact; 0 while empty.</summary>
    public long MinNs { get; private set; }

    /// <summary>Longest recorded duration in nanoseconds, exact; 0 while empty.</summary>
    public long MaxNs { get; private set; }

    /// <summary>Exact sum of the durations in nanoseconds.</summary>
    public Int128 SumNs => _sumNs;

    /// <summary>Exact sum of the squared durations in square nanoseconds.</summary>
    public UInt128 SumSquaresNs => _sumSquaresNs;

    /// <summary>Mean in nanoseconds from the exact sum; null while empty.</summary>
    public double? MeanNs => Count == 0 ? null : (double)_sumNs / Count;

    /// <summary>Standard deviation of the recorded durations (dividing by n) in nanoseconds; null while empty.</summary>
    public double? StandardDeviationNs
    {
        get
        {
            if (Count == 0) return null;

            var mean = (double)_sumNs / Count;
            return Math.Sqrt(Math.Max(0, (double)_sumSquaresNs / Count - mean * mean));
        }
    }

    /// <summary>Adds one duration; negative ones (a clock's rounding) count as 0.</summary>
    public void Record(long durationNs)
    {
        var ns = Math.Max(0, durationNs);
        MinNs = Count == 0 ? ns : Math.Min(MinNs, ns);
        MaxNs = Math.Max(MaxNs, ns);
        _sumNs += ns;
        _sumSquaresNs += (UInt128)ns * (UInt128)ns;
        _buckets.RecordValue(ToUs(ns));
    }

    /// <summary>Adds everything that <paramref name="other"/> recorded, as if it had been recorded here.</summary>
    public void Merge(Histogram other)
    {
        if (other.Count == 0) return;

        MinNs = Count == 0 ? other.MinNs : Math.Min(MinNs, other.MinNs);
        MaxNs = Math.Max(MaxNs, other.MaxNs);
        _sumNs += other._sumNs;
        _sumSquaresNs += other._sumSquaresNs;
        _buckets.Add(other._buckets);
    }

    /// <summary>
    /// The nearest-rank percentile in nanoseconds: the highest value of the bucket that holds sample number
    /// <c>ceil(percent / 100 · (Count + lost))</c>, never above <see cref="MaxNs"/>.
    /// </summary>
    /// <param name="percent">Above 0, up to 100.</param>
    /// <param name="lost">Samples that never ended; they lie at infinity, behind all recorded ones.</param>
    /// <returns>Null where there is no sample, or where the percentile falls among the lost ones.</returns>
    public long? PercentileNs(double percent, long lost = 0)
    {
        var total = Count + lost;
        var rank = Rank(percent, total);
        if (total == 0 || rank > Count) return null;

        foreach (var (highestNs, upTo) in Cumulative())
        {
            if (upTo >= rank) return highestNs;
        }

        return MaxNs;
    }

    /// <summary>
    /// The buckets that hold something, ascending: what a percentile in there is said to be, in nanoseconds, and how many durations
    /// were recorded up to there.
    /// </summary>
    public IEnumerable<(long HighestNs, long UpTo)> Cumulative() =>
        _buckets.RecordedValues().Select(bucket => (InNs(bucket), bucket.TotalCountToThisValue));

    /// <summary>
    /// The distribution as HdrHistogram's plotters take it: five percentiles in the lower half, five in the lower half of the rest, and so on, each
    /// with its value in nanoseconds and the durations recorded up to there. The last one is where the recorded durations end: at 100, or below
    /// with <paramref name="lost"/> samples at infinity. Nothing while empty.
    /// </summary>
    public IEnumerable<(double Percent, long ValueNs, long UpTo)> Distribution(long lost = 0)
    {
        if (Count == 0) yield break;

        var end = 100.0 * Count / (Count + lost);
        var all = _buckets.Copy();
        all.RecordValueWithCount(LostUs, lost);
        foreach (var step in all.Percentiles(percentileTicksPerHalfDistance: 5).TakeWhile(step => step.PercentileLevelIteratedTo < end))
        {
            yield return (step.PercentileLevelIteratedTo, InNs(step), step.TotalCountToThisValue);
        }

        yield return (end, MaxNs, Count);
    }

    /// <summary>The number, from 1, of the sample that is the nearest-rank percentile of <paramref name="total"/> samples.</summary>
    /// <remarks>The small allowance keeps 99% of 1,000 at 990 although 0.99 has no exact binary form.</remarks>
    public static long Rank(double percent, long total) => Math.Max(1, (long)Math.Ceiling(percent / 100 * total - 1e-6));

    /// <summary>The highest value, in µs, of the bucket that <paramref name="us"/> falls into.</summary>
    public long HighestOfBucketUs(long us) => _buckets.HighestEquivalentValue(us);

    /// <summary>The buckets that hold something, ascending: lowest value in µs and count.</summary>
    public IEnumerable<(long LowestUs, long Count)> Buckets() =>
        _buckets.RecordedValues().Select(bucket => (_buckets.LowestEquivalentValue(bucket.ValueIteratedTo), bucket.CountAtValueIteratedTo));

    /// <summary>The compact form for JSON.</summary>
    public HistogramData ToData(long lost = 0) => new()
    {
        Count = Count,
        Lost = lost,
        MinNs = MinNs,
        MaxNs = MaxNs,
        SumNs = _sumNs.ToString(System.Globalization.CultureInfo.InvariantCulture),
        SumSquaresNs = _sumSquaresNs.ToString(System.Globalization.CultureInfo.InvariantCulture),
        Buckets = [.. Buckets().Select(b => new[] { b.LowestUs, b.Count })],
    };

    /// <summary>Restores what <see cref="ToData"/> gave; every figure is the same again.</summary>
    /// <exception cref="FormatException">The data contradict themselves.</exception>
    public static Histogram FromData(HistogramData data)
    {
        var histogram = new Histogram
        {
            MinNs = data.MinNs,
            MaxNs = data.MaxNs,
            _sumNs = Int128.Parse(data.SumNs, System.Globalization.CultureInfo.InvariantCulture),
            _sumSquaresNs = UInt128.Parse(data.SumSquaresNs, System.Globalization.CultureInfo.InvariantCulture),
        };
        foreach (var bucket in data.Buckets)
        {
            if (bucket is not [>= 0 and <= HighestUs, > 0]) throw new FormatException("a histogram bucket must be [value in us, count]");

            histogram._buckets.RecordValueWithCount(bucket[0], bucket[1]);
        }

        return histogram.Count == data.Count
            ? histogram
            : throw new FormatException($"the histogram's buckets hold {histogram.Count} samples, its count is {data.Count}");
    }

    private long InNs(HistogramIterationValue bucket) => Math.Clamp(bucket.ValueIteratedTo * 1000, MinNs, MaxNs);

    private static long ToUs(long ns) => ns >= HighestUs * 1000 ? HighestUs : (ns + 500) / 1000;
}

/// <summary>A histogram as JSON holds it: parameters, exact sums (as text: they exceed 64 bits) and the buckets that are not empty.</summary>
public sealed record HistogramData
{
    public string Unit { get; init; } = "us";

    public int SignificantDigits { get; init; } = 3;

    public int SubBuckets { get; init; } = Histogram.SubBuckets;

    public required long Count { get; init; }

    /// <summary>Samples at infinity, which no bucket holds.</summary>
    public required long Lost { get; init; }

    public required long MinNs { get; init; }

    public required long MaxNs { get; init; }

    public required string SumNs { get; init; }

    public required string SumSquaresNs { get; init; }

    /// <summary>[lowest value of the bucket in µs, count], ascending.</summary>
    public required IReadOnlyList<long[]> Buckets { get; init; }
}
