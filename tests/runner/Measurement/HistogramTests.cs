using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Mysticeti.Engine.Measurement;

namespace Mysticeti.Runner.Tests.Measurement;

public sealed class HistogramTests
{
    private static Arbitrary<long[]> Durations => Gen.OneOf(
            Gen.Choose(0, 5_000_000).Select(n => (long)n),
            Gen.Choose(0, int.MaxValue).Select(n => n * 1_000L),
            Gen.Choose(0, 3_600).Select(n => n * 1_000_000_000L))
        .ArrayOf().ToArbitrary();

    [Fact]
    public void Percentiles_are_those_of_exact_sorting_to_three_digits() => Prop.ForAll(
        Durations, Gen.Choose(1, 1000).Select(p => p / 10.0).ToArbitrary(), (long[] durations, double percent) =>
        {
            var histogram = Of(durations);
            if (durations.Length == 0) return histogram.PercentileNs(percent) is null;

            long[] sorted = [.. durations.Order()];
            var exact = sorted[(int)Math.Ceiling(percent / 100 * sorted.Length - 1e-6) - 1];
            var reported = histogram.PercentileNs(percent)!.Value;
            return reported >= exact - 1_000 && reported <= exact * 1.001 + 1_000;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Count_extremes_mean_and_deviation_are_exact() => Prop.ForAll(Durations, durations =>
    {
        var histogram = Of(durations);
        if (durations.Length == 0) return histogram is { Count: 0, MeanNs: null, StandardDeviationNs: null };

        var mean = durations.Average(d => (double)d);
        var deviation = Math.Sqrt(durations.Average(d => (d - mean) * (d - mean)));
        return histogram.Count == durations.Length && histogram.MinNs == durations.Min() && histogram.MaxNs == durations.Max()
            && Math.Abs(histogram.MeanNs!.Value - mean) <= 1e-9 * mean + 1e-3
            && Math.Abs(histogram.StandardDeviationNs!.Value - deviation) <= 1e-6 * mean + 1;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Merging_is_recording_everything_in_one() => Prop.ForAll(Durations, Durations, (long[] a, long[] b) =>
    {
        var merged = Of(a);
        merged.Merge(Of(b));
        return Text(merged) == Text(Of([.. a, .. b]));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Json_restores_every_figure() => Prop.ForAll(Durations, durations =>
    {
        var before = Of(durations);
        var after = Histogram.FromData(JsonSerializer.Deserialize<HistogramData>(Text(before))!);
        return Text(after) == Text(before) && after.PercentileNs(99) == before.PercentileNs(99) && after.MeanNs == before.MeanNs;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Json_whose_buckets_contradict_its_count_is_refused()
    {
        var data = Of([1_000_000, 2_000_000]).ToData();
        Assert.Throws<FormatException>(() => Histogram.FromData(data with { Count = 3 }));
        Assert.Throws<FormatException>(() => Histogram.FromData(data with { Buckets = [[1, 2, 3]] }));
    }

    [Fact]
    public void A_percentile_among_the_lost_has_no_figure()
    {
        var histogram = Of([.. Enumerable.Range(1, 98).Select(i => i * 1_000_000L)]);
        Assert.Equal(90_000_000, histogram.PercentileNs(90, lost: 2)!.Value, 90_000.0);
        Assert.Equal(98_000_000, histogram.PercentileNs(98, lost: 2));
        Assert.Null(histogram.PercentileNs(99, lost: 2));
        Assert.Null(new Histogram().PercentileNs(50, lost: 5));
    }

    [Fact]
    public void Durations_over_the_range_stay_exact_in_the_maximum()
    {
        var histogram = Of([TimeSpan.FromHours(3).Ticks * 100]);
        Assert.Equal(TimeSpan.FromHours(3).Ticks * 100, histogram.MaxNs);
        Assert.Equal(1, histogram.Count);
    }

    [Fact]
    public void A_summary_says_why_a_percentile_is_missing()
    {
        var few = LatencySummary.Of(Of([.. Enumerable.Repeat(5_000_000L, 150)]), lost: 0);
        Assert.Equal(5, few.P99.Ms!.Value, 0.01);
        Assert.Equal("150 samples; at least 1000 are needed", few.P999.Reason);

        var lossy = LatencySummary.Of(Of([.. Enumerable.Repeat(5_000_000L, 980)]), lost: 20);
        Assert.NotNull(lossy.P95.Ms);
        Assert.Contains("20 of 1000", lossy.P99.Reason, StringComparison.Ordinal);
        Assert.Null(lossy.MaxMs);

        Assert.Equal("no samples", LatencySummary.Of(new Histogram(), 0).P50.Reason);
    }

    private static Histogram Of(long[] durations)
    {
        var histogram = new Histogram();
        foreach (var duration in durations) histogram.Record(duration);

        return histogram;
    }

    private static string Text(Histogram histogram) => JsonSerializer.Serialize(histogram.ToData());
}
