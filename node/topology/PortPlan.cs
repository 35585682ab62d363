using System.Collections.Immutable;

namespace Mysticeti.Topology;

/// <summary>The TCP ports on which one validator listens.</summary>
/// <param name="Rpc">JSON-RPC, metrics and trace.</param>
/// <param name="Abci">Kept for the application interface.</param>
/// <param name="Peer">Links of other validators.</param>
public readonly record struct NodePorts(int Rpc, int Abci, int Peer);

/// <summary>Which ports the validators of a network use; none twice on one host.</summary>
public sealed class PortPlan
{
    /// <summary>First port of each kind; the numbers users of CometBFT networks know.</summary>
    public const int DefaultRpc = 26657, DefaultAbci = 26670, DefaultPeer = 26700;

    /// <summary>Largest committee whose default RPC and ABCI ports do not run into each other.</summary>
    public const int MaxWithDefaults = DefaultAbci - DefaultRpc;

    private const int HighestPort = 65535;

    private PortPlan(IEnumerable<NodePorts> nodes) => Nodes = [.. nodes];

    /// <summary>Ports by authority index.</summary>
    public ImmutableArray<NodePorts> Nodes { get; }

    /// <summary>
    /// Ports for validators that share a host. Without a base port: 26657+i, 26670+i, 26700+i up to 13 validators, and above
    /// that counted from 26657 as if it were the base port. With base port P: RPC P+i, ABCI P+n+i, peers P+2n+i.
    /// </summary>
    /// <param name="committee">Number of validators, n: at least 1.</param>
    /// <param name="basePort">1 to 65536-3n. Base port 0, "any free ports", needs <see cref="FreePorts.Reserve"/> and <see cref="FromPorts"/>.</param>
    /// <exception cref="TopologyException">The ports would not fit.</exception>
    public static PortPlan ForOneHost(int committee, int? basePort)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(committee, 1);
        if (basePort is null && committee <= MaxWithDefaults)
            return new PortPlan(Enumerable.Range(0, committee).Select(i => new NodePorts(DefaultRpc + i, DefaultAbci + i, DefaultPeer + i)));

        var first = basePort ?? DefaultRpc;
        var last = first + (3L * committee) - 1;
        if (first < 1 || last > HighestPort)
        {
            var highest = HighestPort + 1 - (3L * committee);
            throw new TopologyException(highest >= 1
                ? $"base port {first} leaves no room: {committee} validators need {3 * committee} ports up to {HighestPort}, so the base port must be from 1 to {highest}"
                : $"{committee} validators need {3L * committee} ports, more than one host has");
        }

        return new PortPlan(Enumerable.Range(0, committee).Select(i => new NodePorts(first + i, first + committee + i, first + (2 * committee) + i)));
    }

    /// <summary>Ports that the caller has found: n for RPC, then n for ABCI, then n for peers.</summary>
    /// <exception cref="TopologyException">Not a multiple of three, a port twice, or a port out of range.</exception>
    public static PortPlan FromPorts(IReadOnlyList<int> ports)
    {
        if (ports.Count == 0 || ports.Count % 3 != 0) throw new TopologyException($"a port plan needs three ports for each validator, not {ports.Count} in all");
        var seen = new HashSet<int>();
        foreach (var port in ports)
        {
            if (port is < 1 or > HighestPort) throw new TopologyException($"port {port} is out of range: it must be from 1 to {HighestPort}");
            if (!seen.Add(port)) throw new TopologyException($"port {port} is used twice");
        }

        var n = ports.Count / 3;
        return new PortPlan(Enumerable.Range(0, n).Select(i => new NodePorts(ports[i], ports[n + i], ports[(2 * n) + i])));
    }

    /// <summary>The default ports for each validator: hosts or containers of their own.</summary>
    public static PortPlan ForOwnHosts(int committee)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(committee, 1);
        return new PortPlan(Enumerable.Repeat(new NodePorts(DefaultRpc, DefaultAbci, DefaultPeer), committee));
    }

    /// <summary>The given peer ports, and beside them on each host RPC and ABCI ports counted from the defaults past those that are taken.</summary>
    public static PortPlan ForPeers(IReadOnlyList<HostPort> peers)
    {
        var taken = peers.ToHashSet();
        return new PortPlan(peers.Select(peer => new NodePorts(NextFree(peer.Host, DefaultRpc), NextFree(peer.Host, DefaultAbci), peer.Port)));

        int NextFree(string host, int port)
        {
            while (!taken.Add(new HostPort(host, port))) port++;
            return port <= HighestPort ? port : throw new TopologyException($"host {host} has no ports left for {peers.Count} validators");
        }
    }

    /// <summary>Every port of the plan, by authority.</summary>
    public IEnumerable<int> All() => Nodes.SelectMany(node => (int[])[node.Rpc, node.Abci, node.Peer]);
}
