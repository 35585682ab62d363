using System.Collections.Immutable;
using Mysticeti.Engine.Load;

namespace Mysticeti.Engine.Simulation;

/// <summary>What one seed of a sweep came to.</summary>
/// <param name="Failure">What was wrong, in one line; null for a seed that passed.</param>
public sealed record SeedResult(
    ulong Seed, int Committee, int Faulty, ImmutableArray<string> Faults, long Commits, long Committed, long Snapshots, long Unfinished, string ChainDigest, string? Failure)
{
    public bool Passed => Failure is null;
}

/// <summary>
/// Many seeds with random faults up to f, each a small network for some virtual seconds. A seed passes when all correct
/// validators agree, nothing is committed twice, and after the faults everything that was taken in is committed.
/// </summary>
public static class SeedSweep
{
    private const ulong Purpose = 105;

    /// <summary>From the start of the window: until then there are faults.</summary>
    public static readonly TimeSpan FaultsEnd = TimeSpan.FromSeconds(4);

    /// <summary>
    /// Longest time that the network has to commit the rest. Most seeds take a part of a second, but an authority that breaks
    /// the rules costs a leader time-out, up to two seconds, in each round that it leads.
    /// </summary>
    public static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(60);

    /// <summary>The settings of one seed: what <paramref name="basis"/> leaves open is drawn from the seed.</summary>
    /// <param name="committee">Size of the committee; null: 4 to 10, drawn.</param>
    public static SimulationSettings SettingsOf(ulong seed, int? committee, SimulationSettings basis)
    {
        var random = new SplitMix64(SplitMix64.Derive(seed, Purpose));
        // Where little is kept, an absence of a second ends with a checkpoint that is taken over.
        var isShort = random.NextDouble() < 0.5;
        var size = committee ?? 4 + (int)(random.NextDouble() * 7);
        return (basis with
        {
            Committee = size,
            Loads = [100 + (int)(random.NextDouble() * 200)],
            Duration = FaultsEnd + TimeSpan.FromSeconds(2),
            WarmUp = TimeSpan.Zero,
            DrainTimeout = LongestDrain,
            TransactionSize = 64,
            Arrival = Arrival.Poisson,
            Regions = random.NextDouble() < 0.5 ? [] : basis.Regions,
            Latency = TimeSpan.FromMilliseconds(1 + Math.Round(random.NextDouble() * 60)),
            Jitter = TimeSpan.FromMilliseconds(Math.Round(random.NextDouble() * 10)),
            Loss = random.NextDouble() < 0.5 ? 0 : Math.Round(random.NextDouble() * 0.02, 4),
            Consensus = basis.Consensus with
            {
                LeadersPerRound = 1 + (int)(random.NextDouble() * size),
                GcDepth = isShort ? 10 + (int)(random.NextDouble() * 40) : basis.Consensus.GcDepth,
                CheckpointCommits = 5 + (int)(random.NextDouble() * (isShort ? 30 : 500)),
            },
            Faults = RandomFaults.Create(seed, size, FaultsEnd),
            Seed = seed,
        }).Validated();
    }

    /// <summary>Simulates one seed.</summary>
    public static SeedResult Run(ulong seed, int? committee, SimulationSettings basis, CancellationToken cancellationToken = default)
    {
        var settings = SettingsOf(seed, committee, basis);
        var outcome = new LoadSimulation(settings, number: 1, settings.Loads[0]).Run(cancellationToken: cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        var facts = outcome.Facts;
        return new SeedResult(
            seed, settings.Committee, settings.Faults.FaultyCount, facts.Faults, facts.Commits, outcome.Result.Ledger.Committed, facts.Snapshots, facts.Unfinished,
            outcome.Result.Safety.ChainDigest ?? "", FailureOf(outcome));
    }

    /// <summary>Simulates seeds <paramref name="first"/> to first + count - 1, several at once; the results are in the seeds' order.</summary>
    /// <param name="done">Told after each seed, one at a time.</param>
    public static ImmutableArray<SeedResult> RunAll(
        ulong first, int count, int? committee, SimulationSettings basis, Action<SeedResult>? done, CancellationToken cancellationToken)
    {
        var results = new SeedResult[count];
        var gate = new Lock();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken };
        Parallel.For(0, count, options, i =>
        {
            results[i] = Run(first + (ulong)i, committee, basis, cancellationToken);
            if (done is null) return;
            lock (gate) done(results[i]);
        });
        return [.. results];
    }

    private static string? FailureOf(SimulationOutcome outcome)
    {
        if (!outcome.Safe) return "not safe: " + string.Join("; ", outcome.Result.Safety.Violations);
        if (!outcome.Facts.Stuck.IsEmpty) return $"not live: validators {string.Join(",", outcome.Facts.Stuck)} committed nothing after the faults";
        return outcome.Facts.Unfinished > 0
            ? $"not live: {outcome.Facts.Unfinished} transactions of validators that never crashed were not committed"
            : null;
    }
}
