using System.Collections.Immutable;
using Mysticeti.Engine.Faults;
using Mysticeti.Engine.Load;

namespace Mysticeti.Engine.Plan;

/// <summary>What one benchmark does, complete and validated: every default is filled in.</summary>
public sealed record BenchmarkSettings
{
    /// <summary>embedded, local, remote or simulated.</summary>
    public required string NetworkType { get; init; }

    /// <summary>Number of validators.</summary>
    public required int Committee { get; init; }

    /// <summary>Offered loads in transactions a second, each at least 1; one measurement each, in this order.</summary>
    public required ImmutableArray<int> Loads { get; init; }

    /// <summary>Length of the measured window of each load.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Load before the window that is offered but not counted.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Bytes of a transaction, header included.</summary>
    public int TransactionSize { get; init; } = 512;

    /// <summary>A distribution of sizes, whose mean <see cref="TransactionSize"/> is; null: all have that size.</summary>
    public TransactionSizes? Sizes { get; init; }

    public TransactionType TransactionType { get; init; } = TransactionType.Opaque;

    /// <summary>How the load changes within the window.</summary>
    public LoadShape Shape { get; init; } = LoadShape.Constant;

    /// <summary>Which nodes get which share of it.</summary>
    public TargetChoice Targets { get; init; } = TargetChoice.RoundRobin;

    /// <summary>How transactions are handed to the nodes.</summary>
    public SubmissionSettings Submission { get; init; } = new();

    public Arrival Arrival { get; init; } = Arrival.Constant;

    /// <summary>Times that each load is measured; in a search, most times that a load near the saturation point is.</summary>
    public int Repeat { get; init; } = 1;

    /// <summary>Whether the saturation point is searched for, from the lowest of <see cref="Loads"/> on, instead of measuring each of them.</summary>
    public bool Search { get; init; }

    /// <summary>Bounds that decide the exit code, or in a search which loads count as sustained.</summary>
    public ImmutableArray<Threshold> Thresholds { get; init; } = [];

    /// <summary>Source of all randomness of the load: run id, gaps, padding.</summary>
    public required ulong Seed { get; init; }

    public TimeSpan StartupWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest wait, after the last transaction was sent, for commits that are still to come.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Validators that are down during the load.</summary>
    public int Faults { get; init; }

    /// <summary>Whether they come back and go down again, each <see cref="CrashInterval"/>.</summary>
    public bool CrashRecovery { get; init; }

    public TimeSpan CrashInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Regions between which a wide-area network is emulated, by validator in turn; empty: none is.</summary>
    public ImmutableArray<string> Regions { get; init; } = [];

    /// <summary>Local parameters of the validators that this benchmark starts, as JSON; null: their defaults.</summary>
    public string? Parameters { get; init; }

    /// <summary>More faults, each with its own times.</summary>
    public ImmutableArray<FaultEvent> FaultTimeline { get; init; } = [];

    /// <summary>What the faults come to: crashes, or their recovery schedule, and the timeline.</summary>
    internal ImmutableArray<FaultEvent> AllFaults =>
    [
        .. Faults == 0 ? [] : CrashRecovery ? FaultSchedule.CrashRecovery(Committee, Faults, CrashInterval, Duration) : FaultSchedule.Crashes(Committee, Faults),
        .. FaultTimeline,
    ];

    /// <summary>Whether more than f nodes may be faulty at once.</summary>
    public bool AllowQuorumLoss { get; init; }

    public string OutputDirectory { get; init; } = "./benchmarks";

    public bool ConsoleOutput { get; init; } = true;

    public bool FileOutput { get; init; } = true;
}
