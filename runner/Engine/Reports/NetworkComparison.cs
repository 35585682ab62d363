using System.Collections.Immutable;
using System.Text.Json;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Measurement;

namespace Mysticeti.Engine.Reports;

/// <summary>One network kind at one load, from the newest run of that kind.</summary>
public sealed record ComparisonRow(
    string NetworkType, int Load, double? Throughput, double? Efficiency, double? P50Ms, double? P99Ms, string Verdict, string Run);

/// <summary>Sets the network kinds that were measured into one output directory beside each other.</summary>
public static class NetworkComparison
{
    /// <summary>
    /// This run and the newest one of each other kind in <paramref name="output"/>; empty when there is no other kind.
    /// Summaries that cannot be read are passed over: they are not this run's.
    /// </summary>
    public static ImmutableArray<ComparisonRow> Find(string output, RunSummary current, string currentRun)
    {
        IEnumerable<(RunSummary Summary, string Run)> others = Directory.EnumerateDirectories(output)
            .Where(d => Path.GetFileName(d) != currentRun)
            .Select(d => (Summary: Read(Path.Combine(d, "summary.json")), Run: Path.GetFileName(d)))
            .Where(o => o.Summary is not null && o.Summary.NetworkType != current.NetworkType)
            .Select(o => (o.Summary!, o.Run))
            .GroupBy(o => o.Item1.NetworkType)
            .Select(g => g.MaxBy(o => o.Item1.StartedAt))
            .OrderBy(o => o.Item1.NetworkType, StringComparer.Ordinal)
            .ToList();
        return others.Any()
            ? [.. Rows(current, currentRun), .. others.SelectMany(o => Rows(o.Summary, o.Run))]
            : [];
    }

    public static Passage Table(
        IEnumerable<ComparisonRow> rows, string title = "NETWORK COMPARISON (newest run of each kind in this output directory)")
    {
        var table = new TextTable("Network", ">Load tx/s", ">Throughput", ">Efficiency", ">p50 ms", ">p99 ms", "Verdict");
        foreach (var r in rows.OrderBy(r => r.Load).ThenBy(r => r.NetworkType, StringComparer.Ordinal))
        {
            table.Add(
                r.NetworkType, $"{r.Load}", Cell(r.Throughput), Figures.Percent(r.Efficiency), Cell(r.P50Ms), Cell(r.P99Ms),
                new Cell(r.Verdict, ConsoleReport.ColorOf(r.Verdict)));
        }

        return new Passage([title], table);
    }

    /// <summary>The measurements of one run.</summary>
    public static IEnumerable<ComparisonRow> Rows(RunSummary summary, string run) => summary.Results.Select(r =>
        new ComparisonRow(summary.NetworkType, r.Load, r.Throughput, r.Efficiency, r.P50Ms, r.P99Ms, r.Verdict, run));

    private static RunSummary? Read(string path)
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<RunSummary>(File.ReadAllText(path), ReportJson.Options) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or NotSupportedException)
        {
            return null;
        }
    }

    private static string Cell(double? value) => value is double v ? Figures.Number(v, 1) : "-";
}
