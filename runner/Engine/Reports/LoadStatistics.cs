using System.Collections.Immutable;
using Mysticeti.Engine.Measurement;

namespace Mysticeti.Engine.Reports;

/// <summary>What several measurements of one load say together.</summary>
/// <param name="Repeats">Times that the load was measured.</param>
/// <param name="Used">Those of them whose figures count: not invalid, not interrupted.</param>
/// <param name="P50Ms">Of the merged histograms, as the p99 is.</param>
public sealed record LoadStatistics(int Load, int Repeats, int Used, Estimate Throughput, Estimate Efficiency, Estimate P50Ms, Estimate P99Ms)
{
    /// <summary>One entry a load that was measured more than once; with fewer than two usable measurements it has no intervals.</summary>
    public static ImmutableArray<LoadStatistics> OfRepeats(IEnumerable<LoadReport> reports, ulong seed) =>
    [
        .. reports.GroupBy(r => r.Parameters.Load)
            .Select(g => (Load: g.Key, Repeats: g.Count(), Usable: g.Where(r => r.IsUsable).ToList()))
            .Where(g => g.Repeats > 1)
            .Select(g => Of(g.Load, g.Repeats, g.Usable, seed)),
    ];

    private static LoadStatistics Of(int load, int repeats, List<LoadReport> usable, ulong seed)
    {
        if (usable.Count < 2)
        {
            var none = new Estimate(null, null, null);
            return new LoadStatistics(load, repeats, usable.Count, none, none, none, none);
        }

        var sample = LoadSample.Of(usable);
        var random = Bootstrap.RandomOf(seed, (ulong)load);
        LoadFigures[] drawn = [.. Enumerable.Range(0, Bootstrap.Replicates).Select(_ => sample.Draw(random))];
        var throughput = Bootstrap.Interval(sample.Observed.Throughput, drawn.Select(f => f.Throughput));
        return new LoadStatistics(
            load, repeats, usable.Count, Round(throughput, 1, 3), Round(throughput, 1.0 / load, 5),
            Round(Bootstrap.Interval(Finite(sample.Observed.P50Ms), drawn.Select(f => f.P50Ms)), 1, 3),
            Round(Bootstrap.Interval(Finite(sample.Observed.P99Ms), drawn.Select(f => f.P99Ms)), 1, 3));
    }

    private static double? Finite(double? value) => value is double v && double.IsFinite(v) ? v : null;

    private static Estimate Round(Estimate e, double factor, int digits) =>
        new(Figures.Round(e.Value * factor, digits), Figures.Round(e.Low * factor, digits), Figures.Round(e.High * factor, digits));
}
