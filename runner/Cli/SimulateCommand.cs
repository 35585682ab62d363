using System.Collections.Immutable;
using System.CommandLine;
using System.Diagnostics;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Measurement;
using Mysticeti.Engine.Plan;
using Mysticeti.Engine.Reports;
using Mysticeti.Engine.Simulation;
using Mysticeti.Runner.Cli.Options;

namespace Mysticeti.Runner.Cli;

/// <summary>The <c>simulate</c> command, which <c>benchmark --network-type simulated</c> uses too.</summary>
internal static class SimulateCommand
{
    /// <summary>The command with its options, ready to be added to the root.</summary>
    public static Command Create()
    {
        var options = new SimulateOptions();
        var command = new Command("simulate", "Discrete-event simulation of the same consensus code in virtual time; the seed decides every byte of the output.");
        options.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var streams = parsed.InvocationConfiguration;
            return options.SeedCount(parsed) is { } seeds
                ? await SweepAsync(options.Settings(parsed), seeds, options.Committee(parsed), options.OutputDirectory(parsed), streams.Output, cancellationToken)
                : await RunAsync(options.Settings(parsed), options.OutputDirectory(parsed), streams.Output, cancellationToken);
        });
        return command;
    }

    /// <summary>The settings of <c>benchmark --network-type simulated</c>: faults crash at the window's start, the last validators first.</summary>
    /// <exception cref="UsageException">They cannot be simulated.</exception>
    public static SimulationSettings FromBenchmark(BenchmarkSettings benchmark) => new SimulationSettings
    {
        Committee = benchmark.Committee,
        Loads = [.. benchmark.Loads.SelectMany(load => Enumerable.Repeat(load, benchmark.Repeat))],
        Duration = benchmark.Duration,
        WarmUp = benchmark.WarmUp,
        DrainTimeout = benchmark.DrainTimeout,
        TransactionSize = benchmark.TransactionSize,
        TransactionType = benchmark.TransactionType,
        Arrival = benchmark.Arrival,
        Seed = benchmark.Seed,
        Thresholds = benchmark.Thresholds,
        Faults = new FaultPlan
        {
            Crashes =
            [
                .. Enumerable.Range(1, benchmark.Faults).Select(i => new Crash(
                    benchmark.Committee - i, TimeSpan.Zero, benchmark.CrashRecovery ? benchmark.CrashInterval : null)),
            ],
        },
    }.Validated();

    /// <summary>
    /// Simulates each load and writes the reports into a run directory of its own under <paramref name="outputDirectory"/>.
    /// How long it took goes to the console only.
    /// </summary>
    /// <returns>0; 1 where correct validators disagree or a transaction took effect twice; 130 where it was cancelled.</returns>
    /// <exception cref="UsageException">The settings or the directory cannot be used; nothing was simulated.</exception>
    public static async Task<int> RunAsync(SimulationSettings settings, string outputDirectory, TextWriter output, CancellationToken cancellationToken)
    {
        settings.Validated();
        Engine.Console.OutputDirectory.Check(outputDirectory);
        var screen = Screen.On(output);
        foreach (var line in SimulationReports.Lines(settings)) screen.Line(line);
        var directory = RunDirectory.Create(
            outputDirectory, TimeProvider.System.GetUtcNow(), SimulationReports.NetworkType, "simulation", "settings.json", SimulationReports.SettingsJson(settings));
        var reports = new RunReports(SimulationReports.Environment(settings), directory);
        var outcomes = new List<SimulationOutcome>();
        foreach (var load in settings.Loads)
        {
            if (cancellationToken.IsCancellationRequested) break;
            var simulation = new LoadSimulation(settings, outcomes.Count + 1, load, outcomes.Count(outcome => outcome.Result.Load == load) + 1);
            var outcome = await SimulateAsync(simulation, settings, load, screen, cancellationToken);
            var report = SimulationReports.Report(outcome, settings, reports.Environment);
            foreach (var line in ConsoleReport.Result(report).Concat(SimulationReports.Lines(outcome))) screen.Line(line);
            outcomes.Add(outcome);
            await reports.AddAsync(report);
            await directory.WriteJsonAsync(SimulationReports.FactsFileName(outcome.Result), outcome.Facts);
            SimulationTraces.Save(directory.Path, outcome.Result, settings.Seed, simulation.Traces);
        }

        var interrupted = cancellationToken.IsCancellationRequested;
        var passed = outcomes.TrueForAll(outcome => outcome.Safe) && reports.Loads.All(report => report.Thresholds.All(outcome => outcome.Passed));
        var exitCode = interrupted ? ExitCodes.Interrupted : passed ? ExitCodes.Done : ExitCodes.CheckFailed;
        var summary = reports.Summarize(SimulationReports.NetworkType, VirtualTime.Epoch, interrupted, exitCode) with
        {
            Appendix = SimulationReports.Appendix(settings, outcomes),
        };
        await reports.SealAsync(summary);
        Conclude(summary, outputDirectory, directory, screen);
        return exitCode;
    }

    /// <summary>Simulates many small networks with random faults up to f, from the settings' seed on, and reports the first seed that fails.</summary>
    /// <param name="committee">Size of all committees; null: 4 to 10, drawn from each seed.</param>
    /// <returns>0; 1 where a seed is not safe or not live; 130 where it was cancelled.</returns>
    public static async Task<int> SweepAsync(
        SimulationSettings settings, int seeds, int? committee, string outputDirectory, TextWriter output, CancellationToken cancellationToken)
    {
        Engine.Console.OutputDirectory.Check(outputDirectory);
        var screen = Screen.On(output);
        var started = Stopwatch.GetTimestamp();
        ImmutableArray<SeedResult> results;
        try
        {
            var done = 0;
            results = await screen.WatchAsync(() => Task.Run(
                () => SeedSweep.RunAll(settings.Seed, seeds, committee, settings, result =>
                {
                    if (++done % 10 == 0 || !result.Passed) screen.Progress($"  {done} of {seeds} seeds" + (result.Passed ? "" : $"; seed {result.Seed} failed"));
                }, cancellationToken),
                CancellationToken.None));
        }
        catch (OperationCanceledException)
        {
            screen.Problem("interrupted; nothing was written");
            return ExitCodes.Interrupted;
        }

        var directory = RunDirectory.Create(
            outputDirectory, TimeProvider.System.GetUtcNow(), SimulationReports.NetworkType, "seeds", "seeds.json",
            System.Text.Json.JsonSerializer.Serialize(new { signatures = KeyedHash.Name, results }, ReportJson.Options) + "\n");
        await directory.SealAsync();
        screen.Line($"{results.Count(result => result.Passed)} of {seeds} seeds passed ({results.Sum(result => result.Commits)} commits, "
            + $"{results.Sum(result => result.Committed)} transactions) in {Seconds(started)}");
        screen.Line($"Results: {directory.Path}");
        if (results.FirstOrDefault(result => !result.Passed) is not { } failed) return ExitCodes.Done;
        screen.Problem($"seed {failed.Seed} (committee of {failed.Committee}) is {failed.Failure}");
        foreach (var fault in failed.Faults) screen.Line($"  {fault}");
        screen.Line($"Again: mysticeti simulate --seeds 1 --seed {failed.Seed}" + (committee is null ? "" : $" --committee {committee}"));
        return ExitCodes.CheckFailed;
    }

    private static async Task<SimulationOutcome> SimulateAsync(
        LoadSimulation simulation, SimulationSettings settings, int load, Screen screen, CancellationToken cancellationToken)
    {
        screen.Line();
        screen.Line($"Simulating {settings.Committee} validators at {load} tx/s for {SettingsText.Seconds(settings.Duration)} of virtual time");
        var started = Stopwatch.GetTimestamp();
        var shown = started;
        var outcome = await screen.WatchAsync(() => Task.Run(
            () => simulation.Run(
                passed =>
                {
                    if (Stopwatch.GetElapsedTime(shown) < TimeSpan.FromSeconds(screen.IsTerminal ? 0.5 : 5)) return;
                    shown = Stopwatch.GetTimestamp();
                    screen.Progress($"  {SettingsText.Seconds(passed)} of virtual time in {Seconds(started)}");
                },
                cancellationToken),
            CancellationToken.None));
        screen.Line($"Took {Seconds(started)} of real time");
        return outcome;
    }

    private static void Conclude(RunSummary summary, string outputDirectory, RunDirectory directory, Screen screen)
    {
        screen.Line();
        screen.Line("SUMMARY");
        screen.Show(SummaryText.Conclusions(summary));
        // On the console only: what else lies in the directory must not change this run's files.
        var comparison = NetworkComparison.Find(outputDirectory, summary, Path.GetFileName(directory.Path));
        if (!comparison.IsEmpty) screen.Show(NetworkComparison.Table(comparison));
        screen.Line($"Results: {directory.Path}");
    }

    private static string Seconds(long started) => Figures.Number(Stopwatch.GetElapsedTime(started).TotalSeconds, 1) + "s";
}
