using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Measurement;
using Mysticeti.Engine.Plan;
using Spectre.Console;

namespace Mysticeti.Engine.Reports;

/// <summary>The texts of a run: summary and time series.</summary>
public static class SummaryText
{
    /// <summary>The table at the end of a run, one row a measurement.</summary>
    public static TextTable Table(IEnumerable<SummaryRow> rows)
    {
        var table = new TextTable(">#", ">Load tx/s", ">Throughput", ">Efficiency", ">Avg ms", ">p50 ms", ">p99 ms", ">Failed", "Verdict");
        foreach (var r in rows)
        {
            var remark = (r.Safe ? "" : " UNSAFE") + (r.Interrupted ? " (interrupted)" : "");
            table.Add(
                $"{r.BenchmarkNumber}", $"{r.Load}", Cell(r.Throughput), Figures.Percent(r.Efficiency), Cell(r.AvgLatencyMs), Cell(r.P50Ms), Cell(r.P99Ms),
                $"{r.Rejected + r.Lost}", new Cell(r.Verdict + remark, r.Safe ? ConsoleReport.ColorOf(r.Verdict) : Color.Red));
        }

        return table;
    }

    /// <summary>Everything below the heading SUMMARY: one row a measurement, and what all of them together say.</summary>
    public static IEnumerable<Passage> Conclusions(RunSummary summary)
    {
        yield return new Passage([], Table(summary.Results));
        if (!summary.Intervals.IsEmpty) yield return IntervalText.Table(summary.Intervals);
        ImmutableArray<ImmutableArray<string>> remarks =
        [
            summary.Saturation is { } saturation ? [.. saturation.Lines()] : [],
            [.. summary.FailedThresholds.Select(f => string.Create(CultureInfo.InvariantCulture,
                $"Threshold {f.Threshold} does not hold in #{f.BenchmarkNumber} ({f.Load} tx/s): {f.Value?.ToString("0.###", CultureInfo.InvariantCulture) ?? "there is no figure"}"))],
            [.. LogEvidence.Lines(summary.Logs)],
        ];
        foreach (var lines in remarks.Where(lines => !lines.IsEmpty)) yield return new Passage(lines);
        if (!summary.Comparison.IsEmpty) yield return NetworkComparison.Table(summary.Comparison);
    }

    /// <summary>Passages as plain text, an empty line between them.</summary>
    public static IEnumerable<string> Lines(IEnumerable<Passage> passages) =>
        passages.SelectMany((passage, i) => i == 0 ? passage.Lines() : passage.Lines().Prepend(""));

    /// <summary>The whole of <c>summary.txt</c>.</summary>
    public static string Render(RunSummary summary, IEnumerable<LoadReport> reports)
    {
        var text = new StringBuilder();
        text.AppendLine(ConsoleReport.Title).AppendLine(ConsoleReport.TitleRule).AppendLine();
        text.Append(SettingsText.Render(summary.Environment.Settings)).AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Started: {summary.StartedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC{(summary.Interrupted ? ", interrupted" : "")}");
        text.AppendLine(CultureInfo.InvariantCulture, $"Runner: {summary.Environment.RunnerVersion}, {summary.Environment.Dotnet}, {summary.Environment.Os}, {summary.Environment.Cores} cores");
        foreach (var report in reports) text.AppendLine().AppendJoin(Environment.NewLine, ConsoleReport.Result(report)).AppendLine();

        text.AppendLine().AppendLine("SUMMARY").AppendJoin(Environment.NewLine, Lines(Conclusions(summary))).AppendLine();
        if (!summary.Appendix.IsEmpty) text.AppendLine().AppendJoin(Environment.NewLine, summary.Appendix).AppendLine();

        return text.ToString();
    }

    /// <summary>All time series of a run as one table.</summary>
    public static string TimeSeriesCsv(IEnumerable<LoadReport> reports)
    {
        var csv = new StringBuilder("benchmark_number,load,repeat,t,scheduled,sent,committed,rejected,p50_ms,p99_ms,max_ms\n");
        foreach (var r in reports)
        {
            foreach (var row in r.TimeSeries)
            {
                csv.Append(CultureInfo.InvariantCulture, $"{r.BenchmarkNumber},{r.Parameters.Load},{r.Parameters.Repeat},{row.T},{row.Scheduled},{row.Sent},{row.Committed},{row.Rejected},");
                csv.Append(CultureInfo.InvariantCulture, $"{row.P50Ms},{row.P99Ms},{row.MaxMs}\n");
            }
        }

        return csv.ToString();
    }

    private static string Cell(double? value) => value is double v ? Figures.Number(v, 1) : "-";
}
