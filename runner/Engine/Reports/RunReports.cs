using System.Collections.Immutable;

namespace Mysticeti.Engine.Reports;

/// <summary>The reports of one run as they come about; where the run has a directory, each is written at once.</summary>
/// <param name="directory">Null: nothing is written.</param>
public sealed class RunReports(RunEnvironment environment, RunDirectory? directory)
{
    public const string SummaryName = "summary.json";

    /// <summary>The stack outputs of the network that was measured.</summary>
    public const string NetworkName = "network.json";

    private static readonly ImmutableArray<string> FixedNames =
        ["summary.txt", "time_series.csv", .. HtmlReport.IsAvailable ? [HtmlReport.FileName] : Array.Empty<string>()];

    private readonly List<LoadReport> _loads = [];

    public RunEnvironment Environment => environment;

    public IReadOnlyList<LoadReport> Loads => _loads;

    public async Task AddAsync(LoadReport report)
    {
        _loads.Add(report);
        if (directory is not null) await directory.WriteJsonAsync(report.FileName, report);
    }

    /// <summary>The summary of what was added, with what follows from it alone: rows, intervals, thresholds.</summary>
    public RunSummary Summarize(string networkName, DateTimeOffset startedAt, bool interrupted, int exitCode)
    {
        var settings = environment.Settings;
        return new RunSummary
        {
            NetworkType = settings.NetworkType,
            NetworkName = networkName,
            StartedAt = startedAt,
            Interrupted = interrupted,
            ExitCode = exitCode,
            Results = [.. _loads.Select(r => SummaryRow.Of(r, directory is null ? null : r.FileName))],
            Intervals = LoadStatistics.OfRepeats(_loads, settings.Seed),
            FailedThresholds = [.. _loads.SelectMany(r => r.Thresholds.Where(t => !t.Passed)
                .Select(t => new ThresholdFailure(r.BenchmarkNumber, r.Parameters.Load, r.Parameters.Repeat, t.Threshold, t.Value)))],
            Environment = environment,
        };
    }

    /// <summary>Writes the summary and all that is rendered from it, and seals the directory.</summary>
    public async Task SealAsync(RunSummary summary)
    {
        if (directory is not null)
        {
            await directory.WriteJsonAsync(SummaryName, summary);
            await RenderAsync(directory, summary, _loads);
            await directory.SealAsync();
        }
    }

    /// <summary>The files that <see cref="RenderAsync"/> writes: all that is in them follows from the other files of the run.</summary>
    public static ImmutableArray<string> RenderedNames(RunSummary summary) => [.. FixedNames, .. Measured(summary).Select(DistributionName)];

    /// <summary>Whether a file of a run is one that <see cref="RenderAsync"/> writes.</summary>
    public static bool IsRendered(string name) => FixedNames.Contains(name) || (name.EndsWith(HgrmText.Extension, StringComparison.Ordinal) && !name.Contains('/', StringComparison.Ordinal));

    /// <summary>Writes the reports that are rendered from the summary and the loads' reports.</summary>
    /// <param name="loads">Those whose files the summary names, in its order.</param>
    /// <exception cref="FormatException">A histogram contradicts itself.</exception>
    public static async Task RenderAsync(RunDirectory directory, RunSummary summary, IReadOnlyList<LoadReport> loads)
    {
        await directory.WriteAsync("summary.txt", SummaryText.Render(summary, loads));
        await directory.WriteAsync("time_series.csv", SummaryText.TimeSeriesCsv(loads));
        foreach (var (file, load) in Measured(summary).Zip(loads)) await directory.WriteAsync(DistributionName(file), HgrmText.Render(load.Histogram));
        if (await HtmlReport.RenderAsync(directory.Path, CancellationToken.None) is string html)
        {
            await directory.WriteAsync(HtmlReport.FileName, html);
        }
    }

    private static IEnumerable<string> Measured(RunSummary summary) => summary.Results.Select(row => row.File).OfType<string>();

    private static string DistributionName(string file) => Path.ChangeExtension(file, HgrmText.Extension);
}
