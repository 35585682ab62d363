using Mysticeti.Engine.Load;

namespace Mysticeti.Platform.Orchestrator;

/// <summary>What an experiment is to do, complete and checked: every default is filled in.</summary>
internal sealed record ExperimentSetup
{
    /// <summary>At most 50 characters, unique.</summary>
    public required string ExperimentName { get; init; }

    public string? Description { get; init; }

    /// <summary>Lowest load of a round in transactions a second.</summary>
    public double BaseTps { get; init; } = 100;

    /// <summary>Highest load of a round in transactions a second.</summary>
    public double StressTps { get; init; } = 500;

    public int Rounds { get; init; } = 4;

    public double RoundDurationMin { get; init; } = 1;

    public double PauseMin { get; init; } = 0.5;

    /// <summary>Added to the pause after every <see cref="LargePauseEveryNRounds"/> rounds.</summary>
    public double LargePauseMin { get; init; }

    public int LargePauseEveryNRounds { get; init; } = 8;

    /// <summary>How often in a round validators are stopped.</summary>
    public int StopsPerRound { get; init; }

    /// <summary>Lowest share of the validators that one stop hits.</summary>
    public double MinStopRatio { get; init; }

    /// <summary>Highest share of the validators that one stop hits.</summary>
    public double MaxStopRatio { get; init; } = 0.33;

    /// <summary>The seed system's share of stops that lose the node's storage. A validator without it would equivocate: it is not applied.</summary>
    public double StopCleanRatio { get; init; } = 0.1;

    /// <summary>Share of the senders that receive load in a round, others the next time; 0: all of them, always.</summary>
    public double RotationRatio { get; init; }

    /// <summary>Share of the validators that receive load at all.</summary>
    public double SenderRatio { get; init; } = 1;

    public int TxSizeBytes { get; init; } = 512;

    public Arrival Arrival { get; init; } = Arrival.Constant;

    /// <summary>Source of all randomness of the plan and of the load.</summary>
    public long Seed { get; init; }

    public double WarmupSec { get; init; } = 1;

    public double DrainTimeoutSec { get; init; } = 5;

    /// <summary>What the rounds are recorded under; null: the one that the network reports.</summary>
    public long? DeploymentId { get; init; }

    /// <summary>Another network than the service's own; null: its own.</summary>
    public ExperimentNetwork? Network { get; init; }

    /// <summary>Whether stops may take more than a third of the stake.</summary>
    public bool AllowQuorumLoss { get; init; }
}
