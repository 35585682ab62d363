using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Mysticeti.Runner.Cli;

namespace Mysticeti.Runner.Reports;

/// <summary>A bound on one figure of a measurement, such as <c>p99_ms &lt; 500</c>: any numeric key of <c>results</c> in its JSON.</summary>
[JsonConverter(typeof(Converter))]
public sealed partial record Threshold(string Key, string Operator, double Limit)
{
    private static readonly ImmutableSortedDictionary<string, PropertyInfo> Figures = typeof(ReportResults).GetProperties()
        .Where(p => p.PropertyType == typeof(long) || p.PropertyType == typeof(double) || p.PropertyType == typeof(double?))
        .ToImmutableSortedDictionary(p => JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name), p => p, StringComparer.Ordinal);

    /// <summary>Every figure that can be bounded.</summary>
    public static IEnumerable<string> Keys => Figures.Keys;

    /// <exception cref="UsageException">It is not a key, an operator and a number.</exception>
    public static Threshold Parse(string text)
    {
        var match = Form().Match(text);
        if (!match.Success || !double.TryParse(match.Groups[3].ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture, out var limit)
            || !double.IsFinite(limit))
        {
            throw new UsageException($"--threshold '{Values.OneLine(text)}' is not possible; it takes KEY OPERATOR NUMBER, for example 'p99_ms < 500', with one of <, <=, >, >=, ==");
        }

        var key = match.Groups[1].Value;
        return Figures.ContainsKey(key)
            ? new Threshold(key, match.Groups[2].Value, limit)
            : throw new UsageException($"--threshold '{Values.OneLine(text)}' is not possible; the results have no figure {key}{Spelling.Suggestion(key, Keys)}");
    }

    /// <summary>The figure that is bounded; null where the measurement has none.</summary>
    public double? FigureOf(ReportResults results) => Figures[Key].GetValue(results) is { } value ? Convert.ToDouble(value, CultureInfo.InvariantCulture) : null;

    /// <summary>Whether the bound holds. A figure that does not exist, such as a percentile among lost transactions, holds no bound.</summary>
    public bool Holds(ReportResults results) => FigureOf(results) is double value && Operator switch
    {
        "<" => value < Limit,
        "<=" => value <= Limit,
        ">" => value > Limit,
        ">=" => value >= Limit,
        _ => value == Limit,
    };

    public ThresholdOutcome Judge(ReportResults results) =>
        new(this, FigureOf(results), Holds(results), FigureOf(results) is null ? results.Missing.GetValueOrDefault(Key, "there is no such figure") : null);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Key} {Operator} {Limit}");

    [GeneratedRegex(@"^\s*([A-Za-z0-9_]+)\s*(<=|>=|==|<|>)\s*(\S+)\s*$")]
    private static partial Regex Form();

    private sealed class Converter : JsonConverter<Threshold>
    {
        public override Threshold Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            try
            {
                return Parse(reader.GetString() ?? "");
            }
            catch (UsageException error)
            {
                throw new JsonException(error.Message, error);
            }
        }

        public override void Write(Utf8JsonWriter writer, Threshold value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}

/// <summary>What became of one threshold in one measurement.</summary>
/// <param name="Reason">Why there is no value.</param>
public sealed record ThresholdOutcome(Threshold Threshold, double? Value, bool Passed, string? Reason)
{
    /// <summary>"p99_ms &lt; 500: passed (12.3)".</summary>
    public override string ToString() =>
        $"{Threshold}: {(Passed ? "passed" : "FAILED")} ({(Value is double value ? value.ToString("0.###", CultureInfo.InvariantCulture) : "no figure: " + Reason)})";
}
