using Mysticeti.Engine.Measurement;
using Mysticeti.Engine.Reports;

namespace Mysticeti.Runner.Tests.Measurement;

public sealed class LoadStatisticsTests
{
    [Fact]
    public void Repeats_give_intervals_around_the_merged_figures()
    {
        var s = Assert.Single(LoadStatistics.OfRepeats(
            [Run(1, 10, 900), Run(2, 20, 1_000), Run(3, 30, 1_100)], seed: 5));
        Assert.Equal((100, 3, 3), (s.Load, s.Repeats, s.Used));
        Assert.Equal(100, s.Throughput.Value);
        Assert.Equal(1, s.Efficiency.Value);
        // Resamples of three runs reach from three times the worst to three times the best, each with probability 1/27 > 2.5%.
        Assert.Equal((90, 110), (s.Throughput.Low, s.Throughput.High));
        Assert.Equal((0.9, 1.1), (s.Efficiency.Low, s.Efficiency.High));
        Assert.InRange(s.P50Ms.Value!.Value, 20, 20.1);
        Assert.InRange(s.P50Ms.Low!.Value, 10, 10.1);
        Assert.InRange(s.P50Ms.High!.Value, 30, 30.1);
    }

    [Fact]
    public void The_interval_has_the_width_that_the_normal_theory_says()
    {
        var random = new Random(1);
        LoadReport[] runs = [.. Enumerable.Range(1, 40).Select(i => Run(i, 10, 1_000 + random.Next(-100, 101)))];
        var e = Assert.Single(LoadStatistics.OfRepeats(runs, seed: 5)).Throughput;
        double[] values = [.. runs.Select(r => r.Results.Throughput!.Value)];
        var deviation = Math.Sqrt(values.Average(v => Math.Pow(v - values.Average(), 2)));
        var expected = 2 * 1.96 * deviation / Math.Sqrt(values.Length);
        Assert.InRange((e.High - e.Low)!.Value, 0.9 * expected, 1.1 * expected);
    }

    [Fact]
    public void The_seed_decides_the_intervals()
    {
        LoadReport[] runs = [.. Enumerable.Range(1, 10).Select(i => Run(i, 10 + i, 1_000 + 7 * i * i))];
        Assert.Equal(LoadStatistics.OfRepeats(runs, 5)[0], LoadStatistics.OfRepeats(runs, 5)[0]);
        Assert.NotEqual(LoadStatistics.OfRepeats(runs, 5)[0].Throughput, LoadStatistics.OfRepeats(runs, 6)[0].Throughput);
    }

    [Fact]
    public void What_is_invalid_or_alone_gives_no_interval()
    {
        Assert.Empty(LoadStatistics.OfRepeats([Run(1, 10, 1_000)], 5));
        var alone = Assert.Single(LoadStatistics.OfRepeats([Run(1, 10, 1_000), Run(2, 10, 1_000, verdict: VerdictStatus.Invalid)], 5));
        Assert.Equal((2, 1, new Estimate(null, null, null)), (alone.Repeats, alone.Used, alone.Throughput));
        var s = Assert.Single(LoadStatistics.OfRepeats([Run(1, 10, 1_000), Run(2, 10, 1_000), Run(3, 10, 10, verdict: VerdictStatus.Invalid)], 5));
        Assert.Equal((3, 2, 100), (s.Repeats, s.Used, s.Throughput.Value));
    }

    [Fact]
    public void A_percentile_among_lost_transactions_has_no_figure_and_no_upper_end()
    {
        var s = Assert.Single(LoadStatistics.OfRepeats([Run(1, 10, 1_000), Run(2, 10, 1_000, lost: 1_000), Run(3, 10, 1_000)], 5));
        Assert.Null(s.P99Ms.Value);
        Assert.InRange(s.P50Ms.Value!.Value, 10, 20);
        Assert.Null(s.P99Ms.High);
    }

    [Fact]
    public void One_run_alone_varies_as_its_transactions_do()
    {
        // 95% take 10 ms, the rest up to 20 ms, evenly: the p99 is 18 ms.
        var sample = LoadSample.Of([Run(1, 10, 10_000)]);
        var random = new Random(3);
        LoadFigures[] drawn = [.. Enumerable.Range(0, 500).Select(_ => sample.Draw(random))];
        Assert.All(drawn, f => Assert.InRange(f.P50Ms!.Value, 9.9, 10.1));
        Assert.All(drawn, f => Assert.InRange(f.P99Ms!.Value, 10, 20.1));
        Assert.True(drawn.Select(f => f.P99Ms).Distinct().Count() > 1);
        // The k-th of N by one Beta draw: the p99's rank varies by sqrt(N p (1 - p)) = 10 of 10,000.
        double[] ranks = [.. drawn.Select(f => 1 - (20 - f.P99Ms!.Value) / 10 * 0.05).Order()];
        Assert.InRange(ranks.Average(), 0.985, 0.995);
    }

    private static LoadReport Run(int repeat, double latencyMs, long committed, long lost = 0, VerdictStatus verdict = VerdictStatus.Valid) =>
        SampleReports.Run(latencyMs, committed, 10, lost, number: repeat, repeat: repeat, verdict: verdict);
}
