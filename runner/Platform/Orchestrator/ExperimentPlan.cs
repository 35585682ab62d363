using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using Mysticeti.Engine.Load;
using Mysticeti.Platform.Database;

namespace Mysticeti.Platform.Orchestrator;

/// <summary>One stop of validators.</summary>
/// <param name="Nodes">Names of the validators.</param>
/// <param name="AtSec">Seconds from the start of the round's measured window.</param>
/// <param name="DownSec">Seconds until they are started again.</param>
internal sealed record PlannedStop(ImmutableArray<string> Nodes, double AtSec, double DownSec);

/// <summary>One round.</summary>
/// <param name="No">From 1.</param>
/// <param name="Tps">Offered load in transactions a second.</param>
/// <param name="StartOffsetSec">Seconds from the experiment's start, drains not counted.</param>
/// <param name="DurationSec">Length of the measured window.</param>
/// <param name="PauseSec">Pause after it.</param>
/// <param name="Targets">Names of the validators that receive the load.</param>
internal sealed record PlannedRound(
    int No, int Tps, double StartOffsetSec, double DurationSec, double PauseSec, ImmutableArray<string> Targets, ImmutableArray<PlannedStop> Stops);

/// <summary>A step as the status tells it.</summary>
internal sealed record PlannedStep(int Step, string Name);

/// <summary>
/// Everything that an experiment will do, decided before it begins. The same setup on the same validators gives the same plan: all randomness
/// comes from the seed.
/// </summary>
internal sealed record ExperimentPlan
{
    private const ulong RatePurpose = 11, TargetPurpose = 12, StopPurpose = 13, LoadPurpose = 14;

    /// <summary>SHA-256 of setup, validators and rounds, in hexadecimal.</summary>
    public required string PlanHash { get; init; }

    public required long Seed { get; init; }

    public required ExperimentSetup Setup { get; init; }

    /// <summary>Names of all validators, by authority.</summary>
    public required ImmutableArray<string> Validators { get; init; }

    public required ImmutableArray<PlannedRound> Rounds { get; init; }

    public required ImmutableArray<PlannedStep> Steps { get; init; }

    public required ImmutableArray<string> Warnings { get; init; }

    /// <summary>Seed of the load: two experiments with one seed must not send the same transactions.</summary>
    internal ulong LoadSeed => SplitMix64.Derive(BitConverter.ToUInt64(Convert.FromHexString(PlanHash)), LoadPurpose);

    /// <summary>Plans an experiment on a network.</summary>
    /// <param name="setup">Checked.</param>
    /// <param name="validators">Names, by authority.</param>
    public static ExperimentPlan Create(ExperimentSetup setup, ImmutableArray<string> validators, IEnumerable<string> warnings)
    {
        var rounds = PlanRounds(setup, validators);
        return new ExperimentPlan
        {
            PlanHash = Hash(setup, validators, rounds),
            Seed = setup.Seed,
            Setup = setup,
            Validators = validators,
            Rounds = rounds,
            Steps = [.. StepNames(rounds).Select((name, i) => new PlannedStep(i + 1, name))],
            Warnings = [.. warnings],
        };
    }

    /// <summary>Most validators that one stop hits.</summary>
    public static int LargestStop(ExperimentSetup setup, int validators) => (int)Math.Floor(setup.MaxStopRatio * validators + 1e-9);

    private static ImmutableArray<PlannedRound> PlanRounds(ExperimentSetup setup, ImmutableArray<string> validators)
    {
        var rates = new SplitMix64(SplitMix64.Derive((ulong)setup.Seed, RatePurpose));
        var senders = Shuffled(validators, SplitMix64.Derive((ulong)setup.Seed, TargetPurpose)).AsSpan(0, Share(setup.SenderRatio, validators.Length)).ToArray();
        var rounds = ImmutableArray.CreateBuilder<PlannedRound>(setup.Rounds);
        var (offset, duration) = (0.0, setup.RoundDurationMin * 60);
        for (var no = 1; no <= setup.Rounds; no++)
        {
            var tps = (int)Math.Max(1, Math.Round(setup.BaseTps + (setup.StressTps - setup.BaseTps) * rates.NextDouble()));
            var pause = no == setup.Rounds ? 0 : 60 * (setup.PauseMin + (no % setup.LargePauseEveryNRounds == 0 ? setup.LargePauseMin : 0));
            rounds.Add(new PlannedRound(no, tps, Rounded(offset), Rounded(duration), Rounded(pause), Targets(setup, senders, no, validators), Stops(setup, validators, no, duration)));
            offset += setup.WarmupSec + duration + pause;
        }

        return rounds.MoveToImmutable();
    }

    private static ImmutableArray<string> Targets(ExperimentSetup setup, string[] senders, int round, ImmutableArray<string> order)
    {
        var count = setup.RotationRatio > 0 ? Share(setup.RotationRatio, senders.Length) : senders.Length;
        var first = (int)((long)(round - 1) * count % senders.Length);
        return [.. Enumerable.Range(0, count).Select(i => senders[(first + i) % senders.Length]).OrderBy(order.IndexOf)];
    }

    /// <summary>The round is cut into as many parts as it has stops; a stop begins and ends within its part, so that two never add up.</summary>
    private static ImmutableArray<PlannedStop> Stops(ExperimentSetup setup, ImmutableArray<string> validators, int round, double duration)
    {
        var random = new SplitMix64(SplitMix64.Derive((ulong)setup.Seed, StopPurpose, (ulong)round));
        var stops = ImmutableArray.CreateBuilder<PlannedStop>();
        var part = setup.StopsPerRound == 0 ? 0 : duration / setup.StopsPerRound;
        for (var i = 0; i < setup.StopsPerRound; i++)
        {
            var ratio = setup.MinStopRatio + (setup.MaxStopRatio - setup.MinStopRatio) * random.NextDouble();
            var count = Math.Min(LargestStop(setup, validators.Length), (int)Math.Ceiling(ratio * validators.Length - 1e-9));
            var at = part * (i + 0.1 + 0.3 * random.NextDouble());
            var down = part * (0.2 + 0.3 * random.NextDouble());
            var nodes = Shuffled(validators, random.Next()).Take(count).OrderBy(validators.IndexOf);
            if (count > 0) stops.Add(new PlannedStop([.. nodes], Rounded(at), Rounded(down)));
        }

        return stops.ToImmutable();
    }

    private static IEnumerable<string> StepNames(ImmutableArray<PlannedRound> rounds)
    {
        foreach (var round in rounds)
        {
            yield return $"round {round.No} of {rounds.Length}: {round.Tps} tx/s";
            if (round.PauseSec > 0) yield return FormattableString.Invariant($"pause of {round.PauseSec:0.###} s after round {round.No}");
        }
    }

    private static string Hash(ExperimentSetup setup, ImmutableArray<string> validators, ImmutableArray<PlannedRound> rounds) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(new { setup, validators, rounds }, PlatformJson.Options)));

    private static int Share(double ratio, int count) => Math.Clamp((int)Math.Ceiling(ratio * count - 1e-9), 1, count);

    private static string[] Shuffled(ImmutableArray<string> names, ulong seed)
    {
        var random = new SplitMix64(seed);
        string[] shuffled = [.. names];
        for (var i = shuffled.Length - 1; i > 0; i--)
        {
            var j = (int)(random.Next() % (ulong)(i + 1));
            (shuffled[i], shuffled[j]) = (shuffled[j], shuffled[i]);
        }

        return shuffled;
    }

    private static double Rounded(double seconds) => Math.Round(seconds, 3);
}
