using System.Numerics;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Mysticeti.Engine.Measurement;

namespace Mysticeti.Runner.Tests.Measurement;

/// <summary>The histogram against a model that keeps every duration in a sorted list and knows of buckets only how wide they are.</summary>
public sealed class HistogramModelTests
{
    private static readonly Gen<long> Duration = Gen.OneOf(
        Gen.Choose(-5_000, 5_000).Select(ns => (long)ns),
        Gen.Choose(0, 300_000).Select(us => us * 1_000L),
        Gen.Choose(0, 3_700).Select(s => s * 1_000_000_000L),
        // Where buckets begin and values are rounded: powers of two of microseconds, a half more or less.
        Gen.Choose(0, 32).SelectMany(bit => Gen.Choose(-3, 3).Select(halves => (1L << bit) * 1_000 + halves * 500)),
        Gen.Elements(3_600_000_000_000 - 1, 3_600_000_000_000, 3_600_000_000_001, 10_800_000_000_000, 900_000_000_000_000_000));

    private static Arbitrary<long[]> Durations => Duration.ArrayOf().ToArbitrary();

    [Fact]
    public void Every_percentile_is_the_one_of_the_sorted_list() => Prop.ForAll(
        Durations, Gen.Choose(1, 1000).ToArbitrary(), Gen.Choose(0, 20).ToArbitrary(), (long[] durations, int permille, int lost) =>
            Of(durations).PercentileNs(permille / 10.0, lost) == new Model(durations).PercentileNs(permille, lost)).QuickCheckThrowOnFailure();

    [Fact]
    public void Counts_sums_extremes_and_buckets_are_those_of_the_sorted_list() => Prop.ForAll(Durations, durations =>
        Text(Of(durations).ToData(lost: 3)) == Text(new Model(durations).ToData(lost: 3))).QuickCheckThrowOnFailure();

    [Fact]
    public void Merged_and_restored_histograms_are_those_of_the_sorted_list() => Prop.ForAll(Durations, Durations, (long[] a, long[] b) =>
    {
        var merged = Restored(Of(a).ToData());
        merged.Merge(Restored(Of(b).ToData()));
        return Text(merged.ToData()) == Text(new Model([.. a, .. b]).ToData(lost: 0));
    }).QuickCheckThrowOnFailure();

    /// <summary>Drawing a replicate looks percentiles up here; it must find what the histogram says.</summary>
    [Fact]
    public void Cumulative_counts_end_at_the_count_and_give_the_percentiles() => Prop.ForAll(Durations, Gen.Choose(1, 1000).ToArbitrary(), (long[] durations, int permille) =>
    {
        var histogram = Of(durations);
        var rank = (permille * histogram.Count + 999) / 1000;
        return histogram.Cumulative().Select(bucket => bucket.UpTo).LastOrDefault() == durations.Length
            && (durations.Length == 0 || histogram.Cumulative().First(bucket => bucket.UpTo >= rank).HighestNs == histogram.PercentileNs(permille / 10.0));
    }).QuickCheckThrowOnFailure();

    /// <summary>As it stands in the results of runs that were sealed before HdrHistogram kept the buckets.</summary>
    [Fact]
    public void Sealed_histograms_keep_their_bytes_and_figures()
    {
        const string sealedText = """
            {"Unit":"us","SignificantDigits":3,"SubBuckets":2048,"Count":13,"Lost":2,"MinNs":0,"MaxNs":7200000000001,"SumNs":"10801141854999","SumSquaresNs":"64800001006166057009904003","Buckets":[[0,3],[1,1],[2047,1],[2048,2],[45184,2],[45280,1],[999936,1],[3598712832,2]]}
            """;
        var data = JsonSerializer.Deserialize<HistogramData>(sealedText)!;
        var histogram = Histogram.FromData(data);
        Assert.Equal(sealedText, Text(histogram.ToData(data.Lost)));
        Assert.Equal<long?>([0, 45_215_000, 3_600_809_983_000, null], [.. new double[] { 10, 50, 75, 90 }.Select(percent => histogram.PercentileNs(percent, data.Lost))]);
    }

    [Fact]
    public void Recording_allocates_nothing_and_memory_is_bounded()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var histogram = new Histogram();
        var created = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100_000; i++) histogram.Record(i * 40_000_000L);

        var recorded = GC.GetAllocatedBytesForCurrentThread();
        Assert.InRange(created - before, 1, 200_000);
        Assert.Equal(created, recorded);
    }

    [Fact]
    public void The_longest_duration_that_there_is_lies_in_the_last_bucket()
    {
        var histogram = Of([0, long.MaxValue]);
        Assert.Equal((3_600_809_983_000, long.MaxValue), (histogram.PercentileNs(100), histogram.MaxNs));
    }

    private static Histogram Of(long[] durations)
    {
        var histogram = new Histogram();
        foreach (var duration in durations) histogram.Record(duration);

        return histogram;
    }

    private static Histogram Restored(HistogramData data) => Histogram.FromData(JsonSerializer.Deserialize<HistogramData>(Text(data))!);

    private static string Text(HistogramData data) => JsonSerializer.Serialize(data);

    private sealed class Model(long[] durations)
    {
        private readonly long[] _sorted = [.. durations.Select(ns => Math.Max(0, ns)).Order()];

        public long? PercentileNs(long permille, int lost)
        {
            var rank = (permille * (_sorted.Length + lost) + 999) / 1000;
            if (rank == 0 || rank > _sorted.Length) return null;

            var us = Us(_sorted[rank - 1]);
            return Math.Clamp((Lowest(us) + Width(us) - 1) * 1000, _sorted[0], _sorted[^1]);
        }

        public HistogramData ToData(long lost) => new()
        {
            Count = _sorted.Length,
            Lost = lost,
            MinNs = _sorted.FirstOrDefault(),
            MaxNs = _sorted.LastOrDefault(),
            SumNs = _sorted.Aggregate(BigInteger.Zero, (sum, ns) => sum + ns).ToString(),
            SumSquaresNs = _sorted.Aggregate(BigInteger.Zero, (sum, ns) => sum + (BigInteger)ns * ns).ToString(),
            Buckets = [.. _sorted.GroupBy(ns => Lowest(Us(ns))).Select(bucket => new[] { bucket.Key, bucket.Count() })],
        };

        /// <summary>Rounded, a half upwards; whatever is longer than an hour counts as one.</summary>
        private static long Us(long ns) => (long)Math.Min(3_600_000_000m, Math.Floor(ns / 1000m + 0.5m));

        /// <summary>1 µs below 2,048 µs; from there on a bucket is twice as wide after each doubling.</summary>
        private static long Width(long us)
        {
            long width = 1;
            for (long from = 2048; from <= us; from *= 2) width *= 2;

            return width;
        }

        private static long Lowest(long us) => us / Width(us) * Width(us);
    }
}
