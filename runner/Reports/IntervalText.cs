using System.Collections.Immutable;
using Mysticeti.Runner.Measurement;

namespace Mysticeti.Runner.Reports;

/// <summary>The table of intervals, one line a load.</summary>
public static class IntervalText
{
    /// <returns>Nothing where no load was repeated.</returns>
    public static IEnumerable<string> Table(ImmutableArray<LoadStatistics> intervals)
    {
        if (intervals.IsEmpty)
        {
            yield break;
        }

        yield return "INTERVALS (95%, percentile bootstrap over the repeats)";
        yield return $"{"Load tx/s",10} {"Repeats",8} {"Throughput tx/s",28} {"Efficiency %",24} {"p50 ms",24} {"p99 ms",26}";
        foreach (LoadStatistics s in intervals)
        {
            string repeats = s.Used == s.Repeats ? $"{s.Used}" : $"{s.Used} of {s.Repeats}";
            yield return $"{s.Load,10} {repeats,8} {Text(s.Throughput),28} {Text(s.Efficiency, 100),24} {Text(s.P50Ms),24} {Text(s.P99Ms),26}";
        }
    }

    /// <summary>"12.3 [11.9, 12.8]"; an end that does not exist is a dash.</summary>
    public static string Text(Estimate estimate, double factor = 1) =>
        $"{Number(estimate.Value * factor)} [{Number(estimate.Low * factor)}, {Number(estimate.High * factor)}]";

    private static string Number(double? value) => value is double v ? Figures.Number(v, 1) : "-";
}
