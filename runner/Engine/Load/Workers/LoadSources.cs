using Mysticeti.Engine.Flavors;
using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Plan;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Load.Workers;

/// <summary>Chooses what offers a load to a network: a generator of this process, or worker processes.</summary>
internal static class LoadSources
{
    public static ILoadSource CreateSource(
        this LoadPlan plan, NetworkOutputs network, TransactionFactory factory, LoadRecord record, LoadClock clock, TimeProvider time) => plan.Submission.Workers > 1
        ? new WorkerPool(plan, network, factory.RunId, record, clock, WorkerProcess.Start, time)
        : CreateGenerator(plan, network, factory, record, clock);

    /// <summary>A generator of this process for the whole of the record's targets.</summary>
    public static Generator CreateGenerator(LoadPlan plan, NetworkOutputs network, TransactionFactory factory, LoadRecord record, LoadClock clock)
    {
        var flavor = Flavor.Of(network.Flavor);
        return new Generator(
            NodeEndpoints.Of(network), plan.Submission, node => flavor.CreateProtocol(plan.Submission, node, factory, record.Targets), record, clock);
    }
}
