using System.Collections.Immutable;
using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Networks.External;
using Mysticeti.Platform.Hosting;
using Mysticeti.Topology;

namespace Mysticeti.Platform.Orchestrator;

/// <summary>A network as a plan needs it.</summary>
/// <param name="Validators">Names, by authority.</param>
/// <param name="Flavor">The client that it speaks to.</param>
/// <param name="CanStop">Whether its validators can be stopped and started from here.</param>
/// <param name="IsOwn">Whether it is the service's own.</param>
/// <param name="Open">Makes the network, not yet started; disposing of it ends what it began, and nothing else.</param>
internal sealed record ExperimentTarget(ImmutableArray<string> Validators, string Flavor, bool CanStop, bool IsOwn, Func<INetwork> Open);

/// <summary>Finds the networks that experiments run on: the service's own, or the one that a setup names.</summary>
/// <param name="embed">Makes an embedded network of so many validators.</param>
internal sealed class ExperimentNetworks(PlatformNetwork own, HostOverrides overrides, Func<int, INetwork> embed, TimeProvider time)
{
    /// <summary>The network of an experiment.</summary>
    /// <param name="named">Null: the service's own.</param>
    /// <exception cref="TopologyException">There is none; the message tells no more of a file that a setup names than that it cannot be read.</exception>
    public async Task<ExperimentTarget> FindAsync(ExperimentNetwork? named, CancellationToken cancellationToken) => named switch
    {
        null => Own(),
        { Outputs: { } file } => External(overrides.Of(Load(file))),
        { Stack: { } stack } => External(overrides.Of(await PulumiStack.ReadAsync(stack, cancellationToken))),
        { Nodes: { } urls } => External(Of(urls)),
        _ => Embedded(named.Committee!.Value),
    };

    private ExperimentTarget Own() => own.Outputs is { } outputs && own.Lend(time) is { Control: var control }
        ? new ExperimentTarget([.. outputs.Nodes.Select(node => node.Name)], outputs.Flavor, control is not null, IsOwn: true, () => own.Lend(time)!)
        : throw new TopologyException($"there is no network: {own.Problem ?? "start the service with --embedded or --outputs, or name one in network"}");

    private ExperimentTarget External(NetworkOutputs outputs) => new(
        [.. outputs.Nodes.Select(node => node.Name)], outputs.Flavor, CanStop: false, IsOwn: false, () => new ExternalNetwork(outputs, time));

    private ExperimentTarget Embedded(int committee) => new(
        [.. Enumerable.Range(0, committee).Select(ValidatorLaunch.NodeName)], NetworkOutputs.Mysticeti, CanStop: true, IsOwn: false,
        () => embed(committee));

    private static NetworkOutputs Load(string file)
    {
        try
        {
            return NetworkOutputs.Load(file);
        }
        catch (TopologyException)
        {
            // The file may be anything on this machine: the answer must not tell what is in it.
            throw new TopologyException("network.outputs names no readable outputs file");
        }
    }

    private static NetworkOutputs Of(ImmutableArray<Uri> urls) => new()
    {
        Name = "nodes", Type = "remote", Flavor = NetworkOutputs.Mysticeti,
        Nodes = [.. urls.Select((url, i) => new NodeOutput { Index = i, Name = ValidatorLaunch.NodeName(i), Host = url.Host, RpcUrl = url })],
    };
}
