using System.Collections.Immutable;
using Mysticeti.Runner.Cli;
using Mysticeti.Runner.Load;
using Mysticeti.Runner.Measurement;
using Mysticeti.Runner.Networks;
using Mysticeti.Runner.Reports;
using Spectre.Console;

namespace Mysticeti.Runner.Benchmark;

/// <summary>A whole benchmark: network up, each load measured and reported, network down, summary.</summary>
public sealed class BenchmarkRun
{
    private static readonly TimeSpan _stopTimeout = TimeSpan.FromSeconds(30);

    private readonly BenchmarkSettings _settings;
    private readonly INetwork _network;
    private readonly Screen _screen;
    private readonly TimeProvider _time;
    private IReadOnlyList<LoadResult> _results = [];
    private readonly RunEnvironment _environment;
    private readonly DateTimeOffset _startedAt;
    private RunDirectory? _directory;
    private ImmutableArray<LogEvidence> _logs = [];

    private BenchmarkRun(BenchmarkSettings settings, INetwork network, IAnsiConsole console, TimeProvider time)
    {
        (_settings, _network, _time) = (settings, network, time);
        _screen = new Screen(console, settings.ConsoleOutput);
        _environment = RunEnvironment.Capture(settings, PlanRun.RunIdOf(settings.Seed));
        _startedAt = time.GetUtcNow();
    }

    /// <summary>Runs the benchmark on a console that is made of a writer; see the other overload.</summary>
    public static Task<int> ExecuteAsync(
        BenchmarkSettings settings, INetwork network, TextWriter output, TimeProvider time, CancellationToken cancellationToken) =>
        ExecuteAsync(settings, network, AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) }), time, cancellationToken);

    /// <summary>
    /// Runs the benchmark; see <see cref="ExitCodes"/> for what it returns. The network is stopped whatever happens.
    /// A cancelled token ends the load in progress, saves what was measured and returns 130.
    /// </summary>
    /// <exception cref="UsageException">The settings cannot be carried out; nothing was started.</exception>
    /// <exception cref="NetworkException">The network did not come up.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before the first load.</exception>
    public static async Task<int> ExecuteAsync(
        BenchmarkSettings settings, INetwork network, IAnsiConsole console, TimeProvider time, CancellationToken cancellationToken)
    {
        Check(settings);
        var run = new BenchmarkRun(settings, network, console, time);
        return await run.RunAsync(cancellationToken);
    }

    private static void Check(BenchmarkSettings settings)
    {
        TransactionFactory.CheckSize(settings.TransactionType, settings.TransactionSize);
        foreach (int load in settings.Loads)
        {
            Schedule.CheckSize(load, settings.WarmUp, settings.Duration);
        }

        if (settings.FileOutput)
        {
            RunDirectory.Check(settings.OutputDirectory);
        }
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
            _results = plans.Results;
            CreateDirectory();
            await MeasureAllAsync(plans, new LoadGrid(_settings), cancellationToken);
            await CollectLogsAsync();
        }
        finally
        {
            using var timeout = new CancellationTokenSource(_stopTimeout, _time);
            await _network.StopAsync(timeout.Token);
        }

        return await ConcludeAsync(cancellationToken.IsCancellationRequested);
    }

    private void CreateDirectory()
    {
        if (_settings.FileOutput)
        {
            string name = _network.Outputs.Name == _settings.NetworkType ? "benchmark" : _network.Outputs.Name;
            _directory = RunDirectory.Create(
                _settings.OutputDirectory, _startedAt, _settings.NetworkType, name, "settings.json", SettingsText.RenderJson(_settings) + "\n");
        }
    }

    private async Task MeasureAllAsync(PlanRun plans, LoadGrid sequence, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested && !plans.HasFailed && sequence.Next(plans.Results) is { } plan)
        {
            _screen.Line();
            _screen.Line($"Starting {_settings.NetworkType} network benchmark with load: {plan.Load} tx/s"
                + (_settings.Repeat > 1 ? $" ({plan.Repeat} of {_settings.Repeat})" : ""));
            LoadResult result = await plans.MeasureAsync(plan, cancellationToken);
            if (_directory is not null)
            {
                await _directory.WriteJsonAsync(LoadReport.FileName(_settings, result), LoadReport.Of(result, _environment));
            }

            Show(result);
        }
    }

    private void Show(LoadResult result)
    {
        _screen.EndProgress();
        _screen.Line();
        foreach (string line in ConsoleReport.Result(result, _settings))
        {
            _screen.Line(line, StyleOf(line, result));
        }

        if (_directory is not null)
        {
            _screen.Line($"Saved to {Path.Combine(_directory.Path, LoadReport.FileName(_settings, result))}");
        }
    }

    private static Style? StyleOf(string line, LoadResult result)
    {
        string text = line.TrimStart();
        return text.StartsWith("Verdict:", StringComparison.Ordinal)
            ? new Style(result.Verdict.Status switch { VerdictStatus.Valid => Color.Green, VerdictStatus.Invalid => Color.Red, _ => Color.Yellow })
            : text.StartsWith("Safety:", StringComparison.Ordinal)
                ? new Style(result.Safety.Safe ? Color.Green : Color.Red)
                : null;
    }

    private async Task CollectLogsAsync()
    {
        if (_directory is null)
        {
            return;
        }

        try
        {
            using var timeout = new CancellationTokenSource(_stopTimeout, _time);
            string logs = Path.Combine(_directory.Path, "logs");
            await _network.CollectLogsAsync(logs, timeout.Token);
            _logs = LogEvidence.Search(logs);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NetworkException or OperationCanceledException)
        {
            _screen.Problem($"the nodes' logs could not be collected: {e.Message}");
        }
    }

    private async Task<int> ConcludeAsync(bool interrupted)
    {
        int exitCode = ExitCodeOf(_results, interrupted);
        var summary = new RunSummary
        {
            NetworkType = _settings.NetworkType,
            NetworkName = _network.Outputs.Name,
            StartedAt = _startedAt,
            Interrupted = interrupted,
            ExitCode = exitCode,
            Results = [.. _results.Select(r => SummaryRow.Of(r, _directory is null ? null : LoadReport.FileName(_settings, r)))],
            Logs = _logs,
            Environment = _environment,
        };
        if (_directory is not null)
        {
            summary = summary with { Comparison = NetworkComparison.Find(_settings.OutputDirectory, summary, Path.GetFileName(_directory.Path)) };
            await _directory.WriteJsonAsync("summary.json", summary);
            await _directory.WriteAsync("summary.txt", SummaryText.Render(summary, _results));
            await _directory.WriteAsync("time_series.csv", SummaryText.TimeSeriesCsv(_results));
            await _directory.SealAsync();
        }

        ShowSummary(summary);
        return exitCode;
    }

    private void ShowSummary(RunSummary summary)
    {
        _screen.Line();
        _screen.Line("SUMMARY");
        ImmutableArray<string> tables = [.. SummaryText.Table(summary.Results),
            .. LogEvidence.Lines(summary.Logs),
            .. summary.Comparison.IsEmpty ? [] : NetworkComparison.Table(summary.Comparison).Prepend("")];
        foreach (string line in tables)
        {
            _screen.Line(line);
        }

        if (_directory is not null)
        {
            _screen.Line($"Results: {_directory.Path}");
        }

        foreach (LoadResult result in _results)
        {
            foreach (NodeFailure failure in result.NodeFailures)
            {
                _screen.Problem($"network failed during load {result.Load} tx/s: {failure.Name} {failure.Reason}");
            }

            if (!result.Safety.Safe)
            {
                _screen.Problem($"safety audit failed at load {result.Load} tx/s: {string.Join("; ", result.Safety.Violations)}");
            }
        }
    }

    /// <summary>130 for an interrupted run; else the gravest of safety (1), network (4) and invalid measurement (3).</summary>
    internal static int ExitCodeOf(IReadOnlyList<LoadResult> results, bool interrupted) =>
        interrupted ? ExitCodes.Interrupted
        : results.Any(r => !r.Safety.Safe) ? ExitCodes.CheckFailed
        : results.Any(r => !r.NodeFailures.IsEmpty) ? ExitCodes.Network
        : results.Any(r => r.Verdict.Status == VerdictStatus.Invalid) ? ExitCodes.InvalidMeasurement
        : ExitCodes.Done;

    /// <summary>In order and at once, unlike <see cref="Progress{T}"/>.</summary>
    private sealed class Lines(Screen screen) : IProgress<string>
    {
        public void Report(string value) => screen.Line(value);
    }
}
