using System.Collections.Immutable;
using Mysticeti.Engine.Faults;
using Mysticeti.Engine.Plan;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Load.Workers;

/// <summary>What one of several workers is to do: all of them have the whole plan, and each sends its share of it.</summary>
/// <param name="Plan">Of the whole load. Faults are no business of workers.</param>
/// <param name="Recorded">The times of a recorded schedule, which the plan's JSON has only by the name of a file.</param>
/// <param name="Down">Nodes that get nothing, because they are down from the beginning to the end.</param>
/// <param name="Outputs">The network, as JSON.</param>
/// <param name="RunId">In the header of each transaction.</param>
/// <param name="Worker">Which one it is, from 0.</param>
internal sealed record WorkerPlan(LoadPlan Plan, ImmutableArray<long> Recorded, ImmutableArray<int> Down, string Outputs, ulong RunId, int Worker)
{
    public static WorkerPlan Of(LoadPlan plan, NetworkOutputs outputs, ulong runId, int worker) =>
        new(plan with { Faults = [] }, plan.Shape.Recorded, FaultSchedule.DownThroughout(plan.Faults), outputs.ToJson(), runId, worker);

    /// <summary>The plan as it was before it became JSON.</summary>
    public LoadPlan Whole() => Plan with { Shape = Plan.Shape with { Recorded = Recorded } };
}

/// <summary>When the schedule begins.</summary>
/// <param name="OriginNs">On the worker's own monotonic clock.</param>
/// <param name="StartedAtTicks">The wall clock then, UTC, in ticks of 100 ns: part of each transaction.</param>
internal sealed record WorkerStart(long OriginNs, long StartedAtTicks);

/// <summary>A worker has sent what it could.</summary>
/// <param name="Due">Transactions of the whole schedule whose time had come.</param>
/// <param name="EndedNs">When it stopped, since the schedule's zero.</param>
/// <param name="Use">What it took during the window.</param>
internal sealed record WorkerOffered(int Due, long EndedNs, InstrumentUse Use);

/// <summary>What a worker has counted to the end.</summary>
/// <param name="WindowUnsent">Transactions of its share of the window that were due and never went out.</param>
/// <param name="DuplicateAnswers">Answers to what was answered before.</param>
/// <param name="Reasons">Why transactions were refused and how often.</param>
internal sealed record WorkerFinished(long WindowUnsent, long DuplicateAnswers, IReadOnlyDictionary<string, long> Reasons);
