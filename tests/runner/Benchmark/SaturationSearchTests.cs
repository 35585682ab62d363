using Mysticeti.Engine.Benchmark;
using Mysticeti.Engine.Measurement;
using Mysticeti.Engine.Plan;
using Mysticeti.Engine.Reports;
using Mysticeti.Runner.Tests.Measurement;

namespace Mysticeti.Runner.Tests.Benchmark;

public sealed class SaturationSearchTests
{
    private static readonly BenchmarkSettings Settings = SampleReports.Settings(100, 400) with { Search = true, Repeat = 3 };

    [Theory]
    [InlineData(130)]
    [InlineData(1_000)]
    [InlineData(1_700)]
    [InlineData(50_000)]
    public void The_capacity_is_found_to_five_percent(int capacity)
    {
        var (found, results) = Search(Settings, load => Measured(load, Math.Min(load, capacity)));
        Assert.True(found.Finished);
        // Sustained is what is committed to 95%: a network with this capacity sustains that much more.
        Assert.InRange(found.Load!.Value, 0.94 * capacity, capacity / 0.95);
        Assert.InRange(found.NotSustained!.Value, capacity, capacity / 0.95 * 1.06);
        Assert.True(found.NotSustained - found.Load <= Math.Max(1, SaturationSearch.Precision * found.Load.Value));
        Assert.Equal(SaturationLimit.Network, found.LimitedBy);
        Assert.Equal(100, results[0].Load);
        Assert.True(results.Count(r => r.Load == found.Load) >= 2 && results.Count(r => r.Load == found.NotSustained) >= 2);
        Assert.True(results.Count <= 30, $"{results.Count} measurements");
        Assert.Equal(Enumerable.Range(1, results.Count), results.Select(r => r.Number));
    }

    [Fact]
    public void The_knee_of_the_latency_is_a_limit_though_all_is_committed()
    {
        var (found, _) = Search(Settings, load => SampleReports.Result(load, load <= 900 ? 10 : 80, committed: load * 10L, seconds: 10));
        Assert.InRange(found.Load!.Value, 850, 900);
    }

    [Fact]
    public void Thresholds_say_what_sustained_means_where_there_are_any()
    {
        var settings = Settings with { Thresholds = [Thresholds.Parse("p99_ms < 100")] };
        var (found, _) = Search(settings, load => SampleReports.Result(load, latencyMs: load / 20.0, committed: load * 5L, seconds: 10));
        // The p99 of a sample is 1.8 times its latency: 100 ms at 1,111 tx/s.
        Assert.InRange(found.Load!.Value, 1_050, 1_115);
        Assert.Contains("p99_ms < 100", found.Criterion, StringComparison.Ordinal);
    }

    [Fact]
    public void One_bad_measurement_of_a_good_load_is_outvoted()
    {
        var seen = new HashSet<int>();
        var (found, results) = Search(Settings, load => Measured(load, load <= 1_000 && !seen.Add(load) ? load : load is 200 or 800 ? load / 2 : Math.Min(load, 1_000)));
        Assert.InRange(found.Load!.Value, 940, 1_060);
        Assert.Equal(3, results.Count(r => r.Load == 200));
    }

    [Fact]
    public void A_load_that_looks_sustained_once_only_is_not_the_result()
    {
        var first = true;
        var (found, _) = Search(Settings, load =>
        {
            var lucky = load > 1_000 && first;
            first &= load <= 1_000;
            return Measured(load, lucky ? load : Math.Min(load, 1_000));
        });
        Assert.InRange(found.Load!.Value, 940, 1_060);
    }

    [Fact]
    public void Below_the_first_load_the_search_goes_down()
    {
        var (found, results) = Search(Settings, load => Measured(load, Math.Min(load, 30)));
        Assert.InRange(found.Load!.Value, 28, 32);
        Assert.Equal([100, 100, 50], results.Take(3).Select(r => r.Load));
    }

    [Fact]
    public void Nothing_is_sustained_by_a_network_that_commits_nothing()
    {
        var (found, _) = Search(Settings, load => Measured(load, 0));
        Assert.Equal(((int?)null, (int?)1, (SaturationLimit?)SaturationLimit.Network, true), (found.Load, found.NotSustained, found.LimitedBy, found.Finished));
        Assert.Contains("Highest load sustained: none", found.Lines());
    }

    [Fact]
    public void A_generator_that_gives_out_is_not_blamed_on_the_network()
    {
        var (found, _) = Search(Settings, load => Measured(load, load, load > 5_000 ? VerdictStatus.Invalid : VerdictStatus.Valid));
        Assert.Equal(SaturationLimit.Instrument, found.LimitedBy);
        Assert.InRange(found.Load!.Value, 4_750, 5_000);
        Assert.Contains(found.Lines(), line => line.Contains("the load generator", StringComparison.Ordinal));
    }

    [Fact]
    public void The_highest_load_that_can_be_measured_ends_the_search()
    {
        // 50 million transactions a measurement, 11 s each.
        var settings = Settings with { Duration = TimeSpan.FromSeconds(49_999) };
        var (found, results) = Search(settings, load => Measured(load, load));
        Assert.Equal(((int?)1_000, (int?)null, (SaturationLimit?)SaturationLimit.Search), (found.Load, found.NotSustained, found.LimitedBy));
        Assert.All(results, r => Assert.InRange(r.Load, 100, 1_000));
    }

    [Fact]
    public void A_search_that_was_cut_off_says_so()
    {
        var search = new SaturationSearch(Settings);
        LoadResult[] results = [Measured(100, 100), Measured(200, 200) with { Interrupted = true }];
        var found = search.Conclude(results);
        Assert.Equal((false, (int?)100, (SaturationLimit?)null), (found.Finished, found.Load, found.LimitedBy));
    }

    private static (Saturation Found, List<LoadResult> Results) Search(BenchmarkSettings settings, Func<int, LoadResult> network)
    {
        var search = new SaturationSearch(settings);
        var results = new List<LoadResult>();
        while (search.Next(results) is { } plan)
        {
            Assert.True(results.Count < 200, "the search does not end");
            results.Add(network(plan.Load) with { Number = plan.Number, Repeat = plan.Repeat });
        }

        return (search.Conclude(results), results);
    }

    /// <summary>Ten seconds at a load, of which so much is committed; the figures are scaled down to keep the histogram small.</summary>
    private static LoadResult Measured(int load, int committed, VerdictStatus verdict = VerdictStatus.Valid) =>
        SampleReports.Result(load, 10, committed, seconds: 1, verdict: verdict);
}
