using Mysticeti.Engine.Load;

namespace Mysticeti.Engine.Reports;

/// <summary>A figure with its 95% confidence interval; an end that does not exist is null.</summary>
public sealed record Estimate(double? Value, double? Low, double? High);

/// <summary>
/// The percentile bootstrap (Efron 1979): the figure is computed again from samples that are drawn, with replacement, from what was measured;
/// the interval lies between the 2.5th and the 97.5th percentile of these replicates.
/// </summary>
public static class Bootstrap
{
    /// <summary>Replicates of each figure.</summary>
    public const int Replicates = 2_000;

    public const double Confidence = 0.95;

    private const ulong Purpose = 7;

    /// <summary>A generator that the run's seed and a number of one's own decide; the same ones give the same intervals.</summary>
    public static Random RandomOf(ulong seed, ulong number) => new((int)(SplitMix64.Derive(seed, Purpose, number) & int.MaxValue));

    /// <summary>The interval of one figure. Infinite replicates are those that fell among lost transactions; an end among them does not exist.</summary>
    public static Estimate Interval(double? value, IEnumerable<double?> replicates)
    {
        double[] sorted = [.. replicates.OfType<double>().Order()];
        return value is null || sorted.Length == 0 ? new Estimate(value, null, null) : new Estimate(value, At(sorted, (1 - Confidence) / 2), At(sorted, (1 + Confidence) / 2));
    }

    private static double? At(double[] sorted, double share) =>
        sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)] is var value && double.IsFinite(value) ? value : null;
}
