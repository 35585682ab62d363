using FsCheck;
using FsCheck.Fluent;
using HdrHistogram;
using Mysticeti.Engine.Measurement;
using Mysticeti.Engine.Reports;
using Histogram = Mysticeti.Engine.Measurement.Histogram;

namespace Mysticeti.Runner.Tests.Reports;

public sealed class HgrmTextTests
{
    [Fact]
    public void The_distribution_is_written_as_plotters_read_it() => Assert.Equal(
        """
               Value     Percentile TotalCount 1/(1-Percentile)

               0.001 0.000000000000          2           1.00
               0.001 0.100000000000          2           1.11
               0.001 0.200000000000          2           1.25
               0.002 0.300000000000          3           1.43
               0.003 0.400000000000          4           1.67
               0.003 0.500000000000          4           2.00
               1.000 0.550000000000          5           2.22
               1.000 0.600000000000          5           2.50
               2.000 0.650000000000          6           2.86
               2.000 0.700000000000          6           3.33
               2.000 0.750000000000          6           4.00
               5.003 0.775000000000          7           4.44
               5.003 0.800000000000          7           5.00
               5.003 0.825000000000          7           5.71
               5.003 0.850000000000          7           6.67
               5.003 0.875000000000          7           8.00
              45.200 0.887500000000          8           8.89
              45.200 1.000000000000          8
        #[Mean    =        6.651, StdDeviation   =       14.659]
        #[Max     =       45.200, Total count    =            8]
        #[Buckets =           22, SubBuckets     =         2048]

        """,
        HgrmText.Render(Of(1, 1, 2, 3, 1_000, 2_000, 5_000, 45_200).ToData()));

    [Fact]
    public void The_distribution_ends_where_the_lost_ones_begin() => Assert.Equal(
        """
               Value     Percentile TotalCount 1/(1-Percentile)

               1.000 0.000000000000          1           1.00
               1.000 0.100000000000          1           1.11
               2.000 0.200000000000          2           1.25
               3.001 0.300000000000          3           1.43
               4.001 0.400000000000          4           1.67
               5.003 0.500000000000          5           2.00
               6.003 0.550000000000          6           2.22
               6.003 0.600000000000          6           2.50
               7.003 0.650000000000          7           2.86
               7.003 0.700000000000          7           3.33
               8.000 0.750000000000          8           4.00
               8.000 0.775000000000          8           4.44
               8.000 0.800000000000          8
        #[Mean    =        4.500, StdDeviation   =        2.291]
        #[Max     =  3600000.000, Total count    =           10]
        #[Buckets =           22, SubBuckets     =         2048]
        #[Lost    =            2, Committed      =            8]

        """,
        HgrmText.Render(Of(1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 8_000).ToData(lost: 2)));

    [Fact]
    public void Where_nothing_was_committed_there_is_no_row_and_no_figure()
    {
        Assert.Empty(Hgrm.Rows(HgrmText.Render(Of().ToData(lost: 3))));
        Assert.Contains("#[Mean    =          NaN,", HgrmText.Render(Of().ToData()), StringComparison.Ordinal);
    }

    /// <summary>Below 2,048 µs a bucket is 1 µs wide, so that nothing that is ours alone can differ; the deviation may, in its last digit.</summary>
    [Fact]
    public void Without_losses_it_is_what_the_library_writes() => Prop.ForAll(Gen.Choose(0, 2047).ArrayOf().Where(us => us.Length > 0).ToArbitrary(), us =>
    {
        var buckets = new LongHistogram(1, 3_600_000_000, 3);
        foreach (var value in us) buckets.RecordValue(value);
        using var expected = new StringWriter(System.Globalization.CultureInfo.InvariantCulture);
        buckets.OutputPercentileDistribution(expected, outputValueUnitScalingRatio: 1000);
        return WithoutMean(expected.ToString()).SequenceEqual(WithoutMean(HgrmText.Render(Of([.. us.Select(value => (long)value)]).ToData())));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Each_row_has_the_percentile_of_the_histogram_and_the_last_one_the_share_that_was_committed() => Prop.ForAll(
        Gen.Choose(0, 300_000).ArrayOf().Where(us => us.Length > 0).ToArbitrary(), Gen.Choose(0, 30).ToArbitrary(), (int[] us, int lost) =>
        {
            var histogram = Of([.. us.Select(value => (long)value)]);
            Hgrm.Row[] rows = [.. Hgrm.Rows(HgrmText.Render(histogram.ToData(lost)))];
            var committed = (double)us.Length / (us.Length + lost);
            return rows.SkipLast(1).All(row => row.Ms == Figures.Round(histogram.PercentileNs(100 * row.Percentile, lost) / 1e6)
                    && row.UpTo >= row.Percentile * (us.Length + lost) - 1e-6 && row.Percentile < committed)
                && Math.Abs(rows[^1].Percentile - committed) < 1e-11 && rows[^1].UpTo == us.Length && rows[^1].Ms == histogram.MaxNs / 1e6;
        }).QuickCheckThrowOnFailure();

    private static string[] WithoutMean(string text) => [.. text.Split('\n').Where(line => !line.StartsWith("#[Mean", StringComparison.Ordinal))];

    private static Histogram Of(params long[] us)
    {
        var histogram = new Histogram();
        foreach (var value in us) histogram.Record(value * 1_000);
        return histogram;
    }
}
