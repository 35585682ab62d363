using System.Collections.Immutable;

namespace Mysticeti.Engine.Reports.Comparison;

/// <summary>What a change from A to B means.</summary>
public enum ChangeKind
{
    /// <summary>The interval reaches into what is tolerated: it may be nothing.</summary>
    Insignificant,

    /// <summary>The whole interval is better by more than the tolerance.</summary>
    Improvement,

    /// <summary>The whole interval is worse by more than the tolerance.</summary>
    Regression,

    /// <summary>One run has no such figure or no interval.</summary>
    Unknown,
}

/// <summary>One figure of one load in two runs.</summary>
/// <param name="A">Null where there is none, a percentile among lost transactions included.</param>
/// <param name="Change">(B - A) / A with its 95% interval.</param>
public sealed record FigureChange(int Load, string Figure, double? A, double? B, Estimate Change, ChangeKind Kind);

/// <summary>Two comparable runs set against each other, load by load.</summary>
/// <param name="WithinRuns">
/// Some load was measured once only in one of the runs: its interval has the variation within that run, but not that from run to run.
/// </param>
public sealed record RunComparison(string A, string B, double Tolerance, bool WithinRuns, ImmutableArray<FigureChange> Changes)
{
    public bool HasRegression => Changes.Any(c => c.Kind == ChangeKind.Regression);

    /// <param name="tolerance">Change for the worse that is accepted, as a ratio.</param>
    public static RunComparison Of(SealedRun a, SealedRun b, double tolerance)
    {
        ILookup<int, LoadReport> left = Usable(a), right = Usable(b);
        var seed = a.Summary.Environment.Seed + b.Summary.Environment.Seed;
        return new RunComparison(
            Name(a), Name(b), tolerance, left.Any(l => l.Count() == 1) || right.Any(l => l.Count() == 1),
            [.. left.Where(l => right.Contains(l.Key)).OrderBy(l => l.Key).SelectMany(l => ChangesOf(l.Key, [.. l], [.. right[l.Key]], seed, tolerance))]);
    }

    private static IEnumerable<FigureChange> ChangesOf(int load, ImmutableArray<LoadReport> a, ImmutableArray<LoadReport> b, ulong seed, double tolerance)
    {
        LoadSample left = LoadSample.Of(a), right = LoadSample.Of(b);
        var random = Bootstrap.RandomOf(seed, (ulong)load);
        (LoadFigures A, LoadFigures B)[] drawn = [.. Enumerable.Range(0, Bootstrap.Replicates).Select(_ => (left.Draw(random), right.Draw(random)))];
        yield return Change("throughput", f => f.Throughput, better: +1);
        yield return Change("p50_ms", f => f.P50Ms, better: -1);
        yield return Change("p99_ms", f => f.P99Ms, better: -1);

        FigureChange Change(string figure, Func<LoadFigures, double?> of, int better)
        {
            var (before, after) = (of(left.Observed), of(right.Observed));
            var change = Bootstrap.Interval(Ratio(before, after), drawn.Select(d => Ratio(of(d.A), of(d.B))));
            return new FigureChange(
                load, figure, Finite(before), Finite(after),
                new Estimate(Finite(change.Value), change.Low, change.High), KindOf(before, after, change, better, tolerance));
        }
    }

    /// <summary>A percentile that fell among the lost transactions in one run only is a change, whatever the interval.</summary>
    private static ChangeKind KindOf(double? a, double? b, Estimate change, int better, double tolerance) => (a, b, change) switch
    {
        (null, _, _) or (_, null, _) => ChangeKind.Unknown,
        (double.PositiveInfinity, double.PositiveInfinity, _) => ChangeKind.Unknown,
        (_, double.PositiveInfinity, _) => ChangeKind.Regression,
        (double.PositiveInfinity, _, _) => ChangeKind.Improvement,
        (_, _, { Low: double low, High: double high }) => Math.Min(better * low, better * high) > tolerance ? ChangeKind.Improvement
            : Math.Max(better * low, better * high) < -tolerance ? ChangeKind.Regression
            : ChangeKind.Insignificant,
        _ => ChangeKind.Unknown,
    };

    /// <summary>(B - A) / A; null where a figure does not exist or both are infinite, infinite where only B is.</summary>
    private static double? Ratio(double? a, double? b) => (a, b) switch
    {
        (null, _) or (_, null) or (0, _) => null,
        (double.PositiveInfinity, double.PositiveInfinity) => null,
        (double.PositiveInfinity, _) => -1,
        var (before, after) => after / before - 1,
    };

    private static double? Finite(double? value) => value is double v && double.IsFinite(v) ? v : null;

    private static ILookup<int, LoadReport> Usable(SealedRun run) => run.Loads.Where(r => r.IsUsable).ToLookup(r => r.Parameters.Load);

    private static string Name(SealedRun run) => Path.GetFileName(Path.GetFullPath(run.Directory.Path));
}
