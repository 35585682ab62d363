using Mysticeti.Engine.Faults;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Plan;

namespace Mysticeti.Platform.Orchestrator;

/// <summary>A round of an experiment as the runner's engine takes it.</summary>
internal static class RoundLoad
{
    public static LoadPlan Of(ExperimentPlan plan, PlannedRound round) => new()
    {
        Number = round.No,
        Load = round.Tps,
        WarmUp = TimeSpan.FromSeconds(plan.Setup.WarmupSec),
        Duration = TimeSpan.FromSeconds(round.DurationSec),
        DrainTimeout = TimeSpan.FromSeconds(plan.Setup.DrainTimeoutSec),
        Arrival = plan.Setup.Arrival,
        TransactionSize = plan.Setup.TxSizeBytes,
        TransactionType = TransactionType.Opaque,
        Targets = round.Targets.Length == plan.Validators.Length
            ? TargetChoice.RoundRobin
            : new TargetChoice { Weights = [.. plan.Validators.Select(name => round.Targets.Contains(name) ? 1 : 0)] },
        Seed = plan.LoadSeed,
        Faults =
        [
            .. round.Stops.Select(stop => new FaultEvent
            {
                Kind = FaultKind.Kill,
                Nodes = [.. stop.Nodes.Select(name => plan.Validators.IndexOf(name)).Order()],
                At = TimeSpan.FromSeconds(stop.AtSec),
                Until = TimeSpan.FromSeconds(stop.AtSec + stop.DownSec),
            }),
        ],
    };
}
