using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Plan;

namespace Mysticeti.Engine.Reports;

/// <summary>Holds results to thresholds: every numeric key of <c>results</c> in a load's JSON can be bounded.</summary>
internal static class Thresholds
{
    private static readonly ImmutableSortedDictionary<string, PropertyInfo> Figures = typeof(ReportResults).GetProperties()
        .Where(p => p.PropertyType == typeof(long) || p.PropertyType == typeof(double) || p.PropertyType == typeof(double?))
        .ToImmutableSortedDictionary(p => JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name), p => p, StringComparer.Ordinal);

    /// <exception cref="UsageException">It is not a key of the results, an operator and a number.</exception>
    public static Threshold Parse(string text) => Threshold.Parse(text, Figures.Keys);

    /// <summary>The figure that a key names; null where the measurement has none.</summary>
    public static double? Figure(this ReportResults results, string key) =>
        Figures.GetValueOrDefault(key)?.GetValue(results) is { } value ? Convert.ToDouble(value, CultureInfo.InvariantCulture) : null;

    public static ThresholdOutcome Judge(this Threshold threshold, ReportResults results)
    {
        var figure = results.Figure(threshold.Key);
        return new(threshold, figure, threshold.Holds(figure), figure is null ? results.Missing.GetValueOrDefault(threshold.Key, "there is no such figure") : null);
    }
}

/// <summary>What became of one threshold in one measurement.</summary>
/// <param name="Reason">Why there is no value.</param>
public sealed record ThresholdOutcome(Threshold Threshold, double? Value, bool Passed, string? Reason)
{
    /// <summary>"p99_ms &lt; 500: passed (12.3)".</summary>
    public override string ToString() =>
        $"{Threshold}: {(Passed ? "passed" : "FAILED")} ({(Value is { } value ? value.ToString("0.###", CultureInfo.InvariantCulture) : "no figure: " + Reason)})";
}
