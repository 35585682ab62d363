using Mysticeti.Engine.Measurement;

namespace Mysticeti.Engine.Reports;

/// <summary>What kept the load from going higher.</summary>
public enum SaturationLimit
{
    Network,

    /// <summary>Every measurement at the next load was invalid: the load generator gave out, so that the network's own limit lies higher.</summary>
    Instrument,

    /// <summary>The highest load that can be measured was sustained.</summary>
    Search,
}

/// <summary>What a search for the saturation point came to. Each load that it tried is a measurement of the run like any other.</summary>
public sealed record Saturation
{
    /// <summary>False where the search was cut off; the rest is then what was known by then.</summary>
    public required bool Finished { get; init; }

    /// <summary>The highest load that was sustained, in transactions a second; null where none was.</summary>
    public required int? Load { get; init; }

    /// <summary>How often it was measured.</summary>
    public required int Measurements { get; init; }

    public required double? Throughput { get; init; }

    /// <summary>Over all its measurements together.</summary>
    public required double? P50Ms { get; init; }

    public required double? P99Ms { get; init; }

    /// <summary>The lowest load that was not sustained.</summary>
    public required int? NotSustained { get; init; }

    /// <summary>Null where the search was cut off.</summary>
    public required SaturationLimit? LimitedBy { get; init; }

    /// <summary>What sustained means.</summary>
    public required string Criterion { get; init; }

    public IEnumerable<string> Lines()
    {
        yield return "SATURATION POINT" + (Finished ? "" : " (the search was cut off)");
        yield return Load is int load
            ? $"Highest load sustained: {load} tx/s ({Measurements} measurements): throughput {Number(Throughput)} tx/s, p50 {Figures.Ms(P50Ms)}, p99 {Figures.Ms(P99Ms)}"
            : "Highest load sustained: none";
        yield return $"Lowest load not sustained: {(NotSustained is int above ? $"{above} tx/s" : "none")}";
        yield return "Limited by: " + LimitedBy switch
        {
            null => "not known",
            SaturationLimit.Network => "the network",
            SaturationLimit.Instrument => "the load generator; the network's own limit lies higher",
            _ => "the highest load that can be measured",
        };
        yield return $"Sustained means: {Criterion}";
    }

    private static string Number(double? value) => value is double v ? Figures.Plain(v) : "-";
}
