using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Mysticeti.Runner.Benchmark;
using Mysticeti.Runner.Measurement;

namespace Mysticeti.Runner.Reports;

/// <summary>The texts of a run: summary and time series.</summary>
public static class SummaryText
{
    /// <summary>The table at the end of a run, one line a measurement.</summary>
    public static IEnumerable<string> Table(IEnumerable<SummaryRow> rows)
    {
        yield return $"{"#",3} {"Load tx/s",10} {"Throughput",11} {"Efficiency",11} {"Avg ms",9} {"p50 ms",9} {"p99 ms",9} {"Failed",8}  Verdict";
        foreach (SummaryRow r in rows)
        {
            string remark = (r.Safe ? "" : " UNSAFE") + (r.Interrupted ? " (interrupted)" : "");
            yield return $"{r.BenchmarkNumber,3} {r.Load,10} {Cell(r.Throughput),11} {Figures.Percent(r.Efficiency),11} {Cell(r.AvgLatencyMs),9} "
                + $"{Cell(r.P50Ms),9} {Cell(r.P99Ms),9} {r.Rejected + r.Lost,8}  {r.Verdict}{remark}";
        }
    }

    /// <summary>Everything below the heading SUMMARY: one line a measurement, and what all of them together say.</summary>
    public static IEnumerable<string> Conclusions(RunSummary summary)
    {
        ImmutableArray<ImmutableArray<string>> parts =
        [
            [.. Table(summary.Results)],
            [.. IntervalText.Table(summary.Intervals)],
            summary.Saturation is { } saturation ? [.. saturation.Lines()] : [],
            [.. summary.FailedThresholds.Select(f => string.Create(CultureInfo.InvariantCulture,
                $"Threshold {f.Threshold} does not hold in #{f.BenchmarkNumber} ({f.Load} tx/s): {f.Value?.ToString("0.###", CultureInfo.InvariantCulture) ?? "there is no figure"}"))],
            [.. LogEvidence.Lines(summary.Logs)],
            summary.Comparison.IsEmpty ? [] : [.. NetworkComparison.Table(summary.Comparison)],
        ];
        return parts.Where(part => !part.IsEmpty).SelectMany((part, i) => i == 0 ? part : part.Insert(0, ""));
    }

    /// <summary>The whole of <c>summary.txt</c>.</summary>
    public static string Render(RunSummary summary, IEnumerable<LoadReport> reports)
    {
        var text = new StringBuilder();
        text.AppendLine(ConsoleReport.Title).AppendLine(ConsoleReport.TitleRule).AppendLine();
        text.Append(SettingsText.Render(summary.Environment.Settings)).AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Started: {summary.StartedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC{(summary.Interrupted ? ", interrupted" : "")}");
        text.AppendLine(CultureInfo.InvariantCulture, $"Runner: {summary.Environment.RunnerVersion}, {summary.Environment.Dotnet}, {summary.Environment.Os}, {summary.Environment.Cores} cores");
        foreach (LoadReport report in reports)
        {
            text.AppendLine().AppendJoin(Environment.NewLine, ConsoleReport.Result(report)).AppendLine();
        }

        text.AppendLine().AppendLine("SUMMARY").AppendJoin(Environment.NewLine, Conclusions(summary)).AppendLine();
        if (!summary.Appendix.IsEmpty)
        {
            text.AppendLine().AppendJoin(Environment.NewLine, summary.Appendix).AppendLine();
        }

        return text.ToString();
    }

    /// <summary>All time series of a run as one table.</summary>
    public static string TimeSeriesCsv(IEnumerable<LoadReport> reports)
    {
        var csv = new StringBuilder("benchmark_number,load,repeat,t,scheduled,sent,committed,rejected,p50_ms,p99_ms,max_ms\n");
        foreach (LoadReport r in reports)
        {
            foreach (TimeSeriesRow row in r.TimeSeries)
            {
                csv.Append(CultureInfo.InvariantCulture, $"{r.BenchmarkNumber},{r.Parameters.Load},{r.Parameters.Repeat},{row.T},{row.Scheduled},{row.Sent},{row.Committed},{row.Rejected},");
                csv.Append(CultureInfo.InvariantCulture, $"{row.P50Ms},{row.P99Ms},{row.MaxMs}\n");
            }
        }

        return csv.ToString();
    }

    private static string Cell(double? value) => value is double v ? Figures.Number(v, 1) : "-";
}
