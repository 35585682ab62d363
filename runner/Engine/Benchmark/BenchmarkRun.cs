using System.Collections.Immutable;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Measurement;
using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Plan;
using Mysticeti.Engine.Reports;
using Spectre.Console;

namespace Mysticeti.Engine.Benchmark;

/// <summary>A whole benchmark: network up, each load measured and reported, network down, summary.</summary>
public sealed class BenchmarkRun
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(30);

    private readonly BenchmarkSettings _settings;
    private readonly INetwork _network;
    private readonly Screen _screen;
    private readonly TimeProvider _time;
    private readonly RunEnvironment _environment;
    private readonly DateTimeOffset _startedAt;
    private RunReports _reports;
    private RunDirectory? _directory;
    private ImmutableArray<LogEvidence> _logs = [];
    private Saturation? _saturation;

    private BenchmarkRun(BenchmarkSettings settings, INetwork network, TextWriter output, TimeProvider time)
    {
        (_settings, _network, _time) = (settings, network, time);
        _screen = Screen.On(output, settings.ConsoleOutput);
        _environment = RunEnvironment.Capture(settings, PlanRun.RunIdOf(settings.Seed));
        _reports = new RunReports(_environment, directory: null);
        _startedAt = time.GetUtcNow();
    }

    /// <summary>
    /// Runs the benchmark; see <see cref="ExitCodes"/> for what it returns. The network is stopped whatever happens.
    /// A cancelled token ends the load in progress, saves what was measured and returns 130.
    /// </summary>
    /// <exception cref="UsageException">The settings cannot be carried out; nothing was started.</exception>
    /// <exception cref="NetworkException">The network did not come up.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before the first load.</exception>
    public static async Task<int> ExecuteAsync(
        BenchmarkSettings settings, INetwork network, TextWriter output, TimeProvider time, CancellationToken cancellationToken)
    {
        Check(settings);
        var run = new BenchmarkRun(settings, network, output, time);
        return await run.RunAsync(cancellationToken);
    }

    private static void Check(BenchmarkSettings settings)
    {
        TransactionFactory.CheckSize(settings.TransactionType, settings.Sizes?.Smallest ?? settings.TransactionSize);
        foreach (var load in settings.Loads) Schedule.CheckSize(load, settings.WarmUp, settings.Duration, settings.Shape);

        if (settings.FileOutput) RunDirectory.Check(settings.OutputDirectory);
    }

    private async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        _screen.Line(ConsoleReport.Title, new Style(decoration: Decoration.Bold));
        _screen.Line(ConsoleReport.TitleRule);
        _screen.Line();
        _screen.Line(SettingsText.Render(_settings));
        try
        {
            await _network.StartAsync(_settings.StartupWait, new Lines(_screen), cancellationToken);
            var plans = new PlanRun(_network, _settings.Seed, _screen, _time);
            await CreateDirectoryAsync();
            await MeasureAllAsync(plans, cancellationToken);
            await CollectEvidenceAsync();
        }
        finally
        {
            using var timeout = new CancellationTokenSource(StopTimeout, _time);
            await _network.StopAsync(timeout.Token);
        }

        return await ConcludeAsync(cancellationToken.IsCancellationRequested);
    }

    private async Task CreateDirectoryAsync()
    {
        if (_settings.FileOutput)
        {
            var name = _network.Outputs.Name == _settings.NetworkType ? "benchmark" : _network.Outputs.Name;
            _directory = RunDirectory.Create(
                _settings.OutputDirectory, _startedAt, _settings.NetworkType, name, "settings.json", SettingsText.RenderJson(_settings) + "\n");
            _reports = new RunReports(_environment, _directory);
            await _directory.WriteAsync(RunReports.NetworkName, _network.Outputs.ToJson());
        }
    }

    private async Task MeasureAllAsync(PlanRun plans, CancellationToken cancellationToken)
    {
        var search = _settings.Search ? new SaturationSearch(_settings) : null;
        IPlanSequence sequence = search is null ? new LoadGrid(_settings) : search;
        while (!cancellationToken.IsCancellationRequested && !plans.HasFailed && sequence.Next(plans.Results) is { } plan)
        {
            _screen.Line();
            _screen.Line($"Starting {_settings.NetworkType} network benchmark with load: {plan.Load} tx/s"
                + (_settings.Repeat > 1 ? $" ({plan.Repeat} of {(_settings.Search ? "at most " : "")}{_settings.Repeat})" : ""));
            var report = LoadReport.Of(await plans.MeasureAsync(plan, cancellationToken), _environment);
            await _reports.AddAsync(report);
            Show(report);
        }

        _saturation = search?.Conclude(plans.Results);
    }

    private void Show(LoadReport report)
    {
        _screen.Line();
        foreach (var line in ConsoleReport.Result(report)) _screen.Line(line, StyleOf(line, report));

        if (_directory is not null) _screen.Line($"Saved to {Path.Combine(_directory.Path, report.FileName)}");
    }

    private static Style? StyleOf(string line, LoadReport report)
    {
        var text = line.TrimStart();
        return text.StartsWith("Verdict:", StringComparison.Ordinal)
            ? new Style(ConsoleReport.ColorOf(report.Verdict.Name))
            : text.StartsWith("Safety:", StringComparison.Ordinal)
                ? new Style(report.Safety.Safe ? Color.Green : Color.Red)
                : (Style?)null;
    }

    private async Task CollectEvidenceAsync()
    {
        if (_directory is null) return;

        try
        {
            using var timeout = new CancellationTokenSource(StopTimeout, _time);
            var logs = Path.Combine(_directory.Path, "logs");
            await _network.CollectLogsAsync(logs, timeout.Token);
            _logs = LogEvidence.Search(logs);
            await TraceFiles.CollectAsync(Path.Combine(_directory.Path, "traces"), _network.Outputs.Nodes, timeout.Token);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NetworkException or OperationCanceledException)
        {
            _screen.Problem($"the nodes' logs and traces could not be collected: {error.Message}");
        }
    }

    private async Task<int> ConcludeAsync(bool interrupted)
    {
        var exitCode = ExitCodeOf(_reports.Loads, _saturation, interrupted);
        var summary = _reports.Summarize(_network.Outputs.Name, _startedAt, interrupted, exitCode) with { Saturation = _saturation, Logs = _logs };
        if (_directory is not null)
        {
            summary = summary with { Comparison = NetworkComparison.Find(_settings.OutputDirectory, summary, Path.GetFileName(_directory.Path)) };
        }

        await _reports.SealAsync(summary);
        ShowSummary(summary);
        return exitCode;
    }

    private void ShowSummary(RunSummary summary)
    {
        _screen.Line();
        _screen.Line("SUMMARY");
        _screen.Show(SummaryText.Conclusions(summary));

        if (_directory is not null) _screen.Line($"Results: {_directory.Path}");

        foreach (var report in _reports.Loads)
        {
            foreach (var failure in report.NodeFailures)
            {
                _screen.Problem($"network failed during load {report.Parameters.Load} tx/s: {failure.Name} {failure.Reason}");
            }

            if (!report.Safety.Safe)
            {
                _screen.Problem($"safety audit failed at load {report.Parameters.Load} tx/s: {string.Join("; ", report.Safety.Violations)}");
            }
        }
    }

    /// <summary>
    /// 130 for an interrupted run; else the gravest of safety (1), network (4), invalid measurement (3) and threshold (1). In a search, loads that
    /// overtax the generator are expected, and are invalid; only where nothing else ended it, the result is.
    /// </summary>
    internal static int ExitCodeOf(IReadOnlyList<LoadReport> loads, Saturation? saturation, bool interrupted) =>
        interrupted ? ExitCodes.Interrupted
        : loads.Any(r => !r.Safety.Safe) ? ExitCodes.CheckFailed
        : loads.Any(r => !r.NodeFailures.IsEmpty) ? ExitCodes.Network
        : saturation is null && loads.Any(r => r.Verdict.Status == VerdictStatus.Invalid) ? ExitCodes.InvalidMeasurement
        : saturation is { LimitedBy: SaturationLimit.Instrument } ? ExitCodes.InvalidMeasurement
        : saturation is { Load: null } ? ExitCodes.CheckFailed
        : loads.Any(r => r.Thresholds.Any(t => !t.Passed)) ? ExitCodes.CheckFailed
        : ExitCodes.Done;

    /// <summary>In order and at once, unlike <see cref="Progress{T}"/>.</summary>
    private sealed class Lines(Screen screen) : IProgress<string>
    {
        public void Report(string value) => screen.Line(value);
    }
}
