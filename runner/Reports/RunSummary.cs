using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Mysticeti.Runner.Benchmark;
using Mysticeti.Runner.Measurement;

namespace Mysticeti.Runner.Reports;

/// <summary>All measurements of a run in one document (<c>summary.json</c>).</summary>
public sealed record RunSummary
{
    public int SchemaVersion { get; init; } = 1;

    public required string NetworkType { get; init; }

    public required string NetworkName { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required bool Interrupted { get; init; }

    public required int ExitCode { get; init; }

    public required ImmutableArray<SummaryRow> Results { get; init; }

    /// <summary>The newest run of each other network kind in the same output directory, beside this one.</summary>
    public ImmutableArray<ComparisonRow> Comparison { get; init; } = [];

    /// <summary>What the validators' logs say; empty where they were out of reach.</summary>
    public ImmutableArray<LogEvidence> Logs { get; init; } = [];

    public required RunEnvironment Environment { get; init; }
}

/// <summary>One measurement in the summary.</summary>
public sealed record SummaryRow(
    int BenchmarkNumber, int Load, int Repeat, double? Throughput, double? Efficiency, double? AvgLatencyMs, double? P50Ms, double? P99Ms,
    long Committed, long Rejected, long Lost, long Unsent, string Verdict, bool Safe, bool Interrupted, string? File)
{
    public static SummaryRow Of(LoadResult r, string? file) => new(
        r.Number, r.Load, r.Repeat, Figures.Round(r.Throughput), Figures.Round(r.Efficiency, 5), Figures.Round(r.Latency.MeanMs),
        Figures.Round(r.Latency.P50.Ms), Figures.Round(r.Latency.P99.Ms), r.Ledger.Committed, r.Ledger.Rejected, r.Ledger.Lost, r.Ledger.Unsent,
        r.Verdict.Name, r.Safety.Safe, r.Interrupted, file);
}

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

    public static string Render(RunSummary summary, IEnumerable<LoadResult> results)
    {
        var text = new StringBuilder();
        text.AppendLine(ConsoleReport.Title).AppendLine(ConsoleReport.TitleRule).AppendLine();
        text.Append(SettingsText.Render(summary.Environment.Settings)).AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Started: {summary.StartedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC{(summary.Interrupted ? ", interrupted" : "")}");
        text.AppendLine(CultureInfo.InvariantCulture, $"Runner: {summary.Environment.RunnerVersion}, {summary.Environment.Dotnet}, {summary.Environment.Os}, {summary.Environment.Cores} cores");
        foreach (LoadResult result in results)
        {
            text.AppendLine().AppendJoin(Environment.NewLine, ConsoleReport.Result(result, summary.Environment.Settings)).AppendLine();
        }

        text.AppendLine().AppendLine("SUMMARY").AppendJoin(Environment.NewLine, Table(summary.Results)).AppendLine();
        if (!summary.Logs.IsEmpty)
        {
            text.AppendLine().AppendJoin(Environment.NewLine, LogEvidence.Lines(summary.Logs)).AppendLine();
        }

        if (!summary.Comparison.IsEmpty)
        {
            text.AppendLine().AppendJoin(Environment.NewLine, NetworkComparison.Table(summary.Comparison)).AppendLine();
        }

        return text.ToString();
    }

    /// <summary>All time series of a run as one table.</summary>
    public static string TimeSeriesCsv(IEnumerable<LoadResult> results)
    {
        var csv = new StringBuilder("benchmark_number,load,repeat,t,scheduled,sent,committed,rejected,p50_ms,p99_ms,max_ms\n");
        foreach (LoadResult r in results)
        {
            foreach (TimeSeriesRow row in r.TimeSeries)
            {
                csv.Append(CultureInfo.InvariantCulture, $"{r.Number},{r.Load},{r.Repeat},{row.T},{row.Scheduled},{row.Sent},{row.Committed},{row.Rejected},");
                csv.Append(CultureInfo.InvariantCulture, $"{row.P50Ms},{row.P99Ms},{row.MaxMs}\n");
            }
        }

        return csv.ToString();
    }

    private static string Cell(double? value) => value is double v ? Figures.Number(v, 1) : "-";
}
