using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Mysticeti.Engine.Console;

namespace Mysticeti.Engine.Plan;

/// <summary>A bound on one figure of a measurement, such as <c>p99_ms &lt; 500</c>.</summary>
[JsonConverter(typeof(Converter))]
public sealed partial record Threshold(string Key, string Operator, double Limit)
{
    /// <param name="keys">Every figure that can be bounded.</param>
    /// <exception cref="UsageException">It is not a key, an operator and a number.</exception>
    public static Threshold Parse(string text, IEnumerable<string> keys)
    {
        var threshold = Read(text) ?? throw new UsageException(
            $"--threshold '{Values.OneLine(text)}' is not possible; it takes KEY OPERATOR NUMBER, for example 'p99_ms < 500', with one of <, <=, >, >=, ==");
        return keys.Contains(threshold.Key, StringComparer.Ordinal)
            ? threshold
            : throw new UsageException($"--threshold '{Values.OneLine(text)}' is not possible; the results have no figure {threshold.Key}{Spelling.Suggestion(threshold.Key, keys)}");
    }

    /// <summary>Whether the bound holds. A figure that does not exist, such as a percentile among lost transactions, holds no bound.</summary>
    public bool Holds(double? figure) => figure is { } value && Operator switch
    {
        "<" => value < Limit,
        "<=" => value <= Limit,
        ">" => value > Limit,
        ">=" => value >= Limit,
        _ => value == Limit,
    };

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Key} {Operator} {Limit}");

    private static Threshold? Read(string text)
    {
        var match = Form().Match(text);
        return match.Success && double.TryParse(match.Groups[3].ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture, out var limit) && double.IsFinite(limit)
            ? new Threshold(match.Groups[1].Value, match.Groups[2].Value, limit)
            : null;
    }

    [GeneratedRegex(@"^\s*([A-Za-z0-9_]+)\s*(<=|>=|==|<|>)\s*(\S+)\s*$")]
    private static partial Regex Form();

    private sealed class Converter : JsonConverter<Threshold>
    {
        public override Threshold Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Threshold.Read(reader.GetString() ?? "") ?? throw new JsonException("a threshold is not KEY OPERATOR NUMBER");

        public override void Write(Utf8JsonWriter writer, Threshold value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
