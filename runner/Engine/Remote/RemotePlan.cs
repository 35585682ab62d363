using Mysticeti.Topology;

namespace Mysticeti.Engine.Remote;

/// <summary>Genesis and keys of a network on other machines, kept here so that the next run finds the network that it left.</summary>
/// <param name="Specification">What runs where.</param>
/// <param name="Keys">By authority index.</param>
internal sealed record RemotePlan(CommitteeSpecification Specification, Genesis Genesis, IReadOnlyList<ValidatorKey> Keys)
{
    /// <summary>The plan that lies in the directory, if it is for these validators at these addresses; else a new one, which replaces it.</summary>
    public static RemotePlan LoadOrCreate(CommitteeSpecification specification, string directory, TimeProvider time)
    {
        if (TryLoad(specification, directory) is { } kept) return kept;
        if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        var plan = GenesisFiles.Write(specification, directory, time);
        return new RemotePlan(specification, plan.Genesis, plan.Keys);
    }

    /// <summary>How a validator is started that has its own directory on its host.</summary>
    public ValidatorLaunch LaunchOf(int node, string root) => ValidatorLaunch.All(Specification, LaunchPaths.Alone(root))[node];

    /// <summary>Where the nodes are and how one logs in there.</summary>
    public NetworkOutputs OutputsFor(IReadOnlyList<RemoteHost> hosts)
    {
        var outputs = ValidatorLaunch.Outputs(Specification.Name, ValidatorLaunch.All(Specification, LaunchPaths.Alone("/")), type: "remote", provider: "ssh");
        return outputs with
        {
            Nodes = [.. outputs.Nodes.Select(node => node with { Ssh = new SshOutput(hosts[node.Index].Host, hosts[node.Index].SshPort, hosts[node.Index].SshUser, hosts[node.Index].SshKeyPath) })],
        };
    }

    private static RemotePlan? TryLoad(CommitteeSpecification specification, string directory)
    {
        var file = Path.Combine(directory, GenesisFiles.GenesisName);
        if (!File.Exists(file)) return null;
        try
        {
            var genesis = Genesis.Load(file);
            var keys = Enumerable.Range(0, specification.Size).Select(i => ValidatorKey.Load(Path.Combine(directory, $"node{i}", "key.json"))).ToArray();
            var wanted = specification.Hosts.Select((host, i) => new HostPort(host, specification.Ports!.Nodes[i].Peer).ToString());
            var same = genesis.Authorities.Select(authority => authority.PeerAddress).SequenceEqual(wanted) && genesis.Authorities.Select(authority => authority.Region).SequenceEqual(specification.Regions);
            return same ? new RemotePlan(specification, genesis, keys) : null;
        }
        catch (TopologyException)
        {
            return null;
        }
    }
}
