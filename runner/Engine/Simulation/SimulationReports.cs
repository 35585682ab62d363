using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Measurement;
using Mysticeti.Engine.Plan;
using Mysticeti.Engine.Reports;
using Mysticeti.Topology.Regions;

namespace Mysticeti.Engine.Simulation;

/// <summary>The reports of a simulation: those of a benchmark, and beside them what only a simulation knows. Only the settings decide their bytes.</summary>
internal static class SimulationReports
{
    public const string NetworkType = "simulated";

    /// <summary>The settings as the shared reports show them; where the files lie has no place in them.</summary>
    public static BenchmarkSettings ToBenchmark(SimulationSettings settings) => new()
    {
        NetworkType = NetworkType,
        Committee = settings.Committee,
        Loads = settings.Loads,
        Duration = settings.Duration,
        WarmUp = settings.WarmUp,
        TransactionSize = settings.TransactionSize,
        TransactionType = settings.TransactionType,
        Arrival = settings.Arrival,
        Seed = settings.Seed,
        Thresholds = settings.Thresholds,
        StartupWait = LoadSimulation.StartUp,
        DrainTimeout = settings.DrainTimeout,
        Faults = settings.Faults.FaultyCount,
        CrashRecovery = settings.Faults.Crashes.Any(crash => crash.RecoverAt is not null),
        OutputDirectory = ".",
    };

    /// <summary>No machine has a part in the figures.</summary>
    public static RunEnvironment Environment(SimulationSettings settings) =>
        RunEnvironment.Capture(ToBenchmark(settings), LoadSimulation.RunId(settings)) with
        {
            Machine = NetworkType,
            Cores = 1,
            Cpu = null,
            MemoryBytes = 0,
            GeneratorPriority = null,
            Os = "virtual time",
            Kernel = "",
            Architecture = "any",
            CommandLine = "",
        };

    public static string SettingsJson(SimulationSettings settings) => JsonSerializer.Serialize(settings, ReportJson.Options) + "\n";

    public static string FactsFileName(LoadResult result) => FormattableString.Invariant($"simulation_{result.Number}_{result.Load}txs.json");

    public static LoadReport Report(SimulationOutcome outcome, SimulationSettings settings, RunEnvironment environment) =>
        LoadReport.Of(outcome.Result, environment) with { Faults = [.. settings.Faults.ToEvents().Select(FaultReport.Simulated)] };

    /// <summary>The simulation's own part, at the end of the summary.</summary>
    public static ImmutableArray<string> Appendix(SimulationSettings settings, IReadOnlyList<SimulationOutcome> outcomes) =>
        ["SIMULATION", .. Lines(settings), .. outcomes.SelectMany(outcome => Lines(outcome))];

    /// <summary>What is simulated.</summary>
    public static IEnumerable<string> Lines(SimulationSettings settings)
    {
        yield return $"Signatures: {KeyedHash.Name}";
        yield return settings.Regions.IsEmpty
            ? $"Links: {Ms(settings.Latency)} one way between any two validators, jitter {Ms(settings.Jitter)} in the mean, loss {Figures.Percent(settings.Loss)}"
            : $"Links: {settings.Regions.Length} regions ({string.Join(", ", settings.Regions)}), jitter {Ms(settings.Jitter)} in the mean, loss {Figures.Percent(settings.Loss)}";
        if (!settings.Regions.IsEmpty) yield return $"Latency matrix: {LatencyMatrix.Aws.Source}";
        foreach (var fault in settings.Faults.Describe()) yield return $"Fault: {fault}";
        if (settings.Faults.FaultyCount > settings.MostFaulty)
            yield return $"Note: {settings.Faults.FaultyCount} of {settings.Committee} validators are faulty, more than the {settings.MostFaulty} that the protocol survives";
    }

    /// <summary>What came of one load.</summary>
    public static ImmutableArray<string> Lines(SimulationOutcome outcome)
    {
        var facts = outcome.Facts;
        return
        [
            $"Load {outcome.Result.Load} tx/s: {Number(facts.VirtualSeconds)} virtual seconds, {facts.Events} events, {facts.Messages} messages, {facts.Blocks} blocks",
            $"  Rounds {facts.Rounds}, commits {facts.Commits}, leader slots: {Counts(facts.LeaderSlots)}",
            $"  Notices: {Counts(facts.Notices)}, blocks fetched {facts.BlocksFetched}, checkpoints taken over {facts.Snapshots}",
            $"  Longest one-way time: {Number(facts.LongestOneWayMs)} ms",
            outcome.Live
                ? "  Liveness: all that was accepted by correct validators that never crash is committed"
                : $"  Liveness: {facts.Unfinished} transactions are not finished; stuck validators: {(facts.Stuck.IsEmpty ? "none" : string.Join(",", facts.Stuck))}",
        ];
    }

    private static string Counts(IEnumerable<KeyValuePair<string, long>> counts) =>
        string.Join(", ", counts.Where(count => count.Value > 0).Select(count => $"{count.Key} {count.Value}").DefaultIfEmpty("none"));

    private static string Ms(TimeSpan time) => Number(time.TotalMilliseconds) + " ms";

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
