using System.Collections.Immutable;
using Mysticeti.Engine.Faults;
using Mysticeti.Engine.Flavors;
using Mysticeti.Engine.Load;

namespace Mysticeti.Engine.Plan;

/// <summary>
/// One measurement, decided before it begins: a benchmark is a list of these, and an experiment of the service is, too. The same plan offers the same
/// transactions at the same moments.
/// </summary>
public sealed record LoadPlan
{
    private const ulong SchedulePurpose = 2;

    /// <summary>Place in the run, from 1; part of every transaction's header.</summary>
    public required int Number { get; init; }

    /// <summary>Offered load in transactions a second.</summary>
    public required int Load { get; init; }

    /// <summary>Which measurement of this load it is, from 1.</summary>
    public int Repeat { get; init; } = 1;

    public required TimeSpan WarmUp { get; init; }

    /// <summary>Length of the measured window.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Longest wait, after the last transaction was sent, for commits that are still to come.</summary>
    public required TimeSpan DrainTimeout { get; init; }

    public required Arrival Arrival { get; init; }

    /// <summary>Bytes, header included.</summary>
    public required int TransactionSize { get; init; }

    /// <summary>A distribution of sizes, whose mean <see cref="TransactionSize"/> is; null: all have that size.</summary>
    public TransactionSizes? Sizes { get; init; }

    public required TransactionType TransactionType { get; init; }

    /// <summary>How the load changes within the window.</summary>
    public LoadShape Shape { get; init; } = LoadShape.Constant;

    /// <summary>Which nodes get which share of it.</summary>
    public TargetChoice Targets { get; init; } = TargetChoice.RoundRobin;

    /// <summary>How transactions are handed to the nodes.</summary>
    public SubmissionSettings Submission { get; init; } = new();

    /// <summary>Seed of the whole run.</summary>
    public required ulong Seed { get; init; }

    /// <summary>What is done to the nodes meanwhile.</summary>
    public ImmutableArray<FaultEvent> Faults { get; init; } = [];

    /// <summary>When each transaction is due; the same for the same plan, wherever it is computed.</summary>
    internal Schedule CreateSchedule() => Schedule.Create(Arrival, Load, WarmUp, Duration, SplitMix64.Derive(Seed, SchedulePurpose, (ulong)Number), Shape);

    /// <summary>Makes the transactions that the nodes of a flavor are sent.</summary>
    internal TransactionFactory CreateFactory(Flavor flavor, ulong runId, Schedule schedule, LoadClock clock) =>
        new(flavor.Encode(TransactionType), Sizes ?? TransactionSizes.Fixed(TransactionSize), Seed, runId, (uint)Number, schedule, clock);

    /// <summary>The plan of one measurement of a benchmark.</summary>
    public static LoadPlan Of(BenchmarkSettings settings, int number, int load, int repeat) => new()
    {
        Number = number,
        Load = load,
        Repeat = repeat,
        WarmUp = settings.WarmUp,
        Duration = settings.Duration,
        DrainTimeout = settings.DrainTimeout,
        Arrival = settings.Arrival,
        TransactionSize = settings.TransactionSize,
        Sizes = settings.Sizes,
        TransactionType = settings.TransactionType,
        Shape = settings.Shape,
        Targets = settings.Targets,
        Submission = settings.Submission,
        Seed = settings.Seed,
        Faults = settings.AllFaults,
    };
}
