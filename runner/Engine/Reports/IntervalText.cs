using System.Collections.Immutable;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Measurement;

namespace Mysticeti.Engine.Reports;

/// <summary>The table of intervals, one row a load.</summary>
public static class IntervalText
{
    public static Passage Table(ImmutableArray<LoadStatistics> intervals)
    {
        var table = new TextTable(">Load tx/s", ">Repeats", ">Throughput tx/s", ">Efficiency %", ">p50 ms", ">p99 ms");
        foreach (var s in intervals)
        {
            var repeats = s.Used == s.Repeats ? $"{s.Used}" : $"{s.Used} of {s.Repeats}";
            table.Add($"{s.Load}", repeats, Text(s.Throughput), Text(s.Efficiency, 100), Text(s.P50Ms), Text(s.P99Ms));
        }

        return new Passage(["INTERVALS (95%, percentile bootstrap over the repeats)"], table);
    }

    /// <summary>"12.3 [11.9, 12.8]"; an end that does not exist is a dash.</summary>
    public static string Text(Estimate estimate, double factor = 1) =>
        $"{Number(estimate.Value * factor)} [{Number(estimate.Low * factor)}, {Number(estimate.High * factor)}]";

    private static string Number(double? value) => value is double v ? Figures.Number(v, 1) : "-";
}
