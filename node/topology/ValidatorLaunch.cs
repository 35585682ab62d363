using System.Collections.Immutable;
using System.Globalization;

namespace Mysticeti.Topology;

/// <summary>How one validator is started. Paths are as the validator sees them.</summary>
public sealed record ValidatorLaunch
{
    /// <summary>Authority index.</summary>
    public required int Index { get; init; }

    /// <summary>mysticeti-node{i}.</summary>
    public required string Name { get; init; }

    public required string Region { get; init; }

    /// <summary>Host name or IP address as the other validators reach it.</summary>
    public required string Host { get; init; }

    public required int RpcPort { get; init; }

    public required int AbciPort { get; init; }

    public required int PeerPort { get; init; }

    public required string WorkingDirectory { get; init; }

    public required string GenesisPath { get; init; }

    public required string KeyPath { get; init; }

    /// <summary>The parameters file; null: it has none.</summary>
    public string? ParametersPath { get; init; }

    /// <summary>The command line after the executable's name, one entry an argument.</summary>
    public required ImmutableArray<string> Arguments { get; init; }

    /// <summary>Variables to set beside those inherited.</summary>
    public required ImmutableSortedDictionary<string, string> Environment { get; init; }

    /// <summary>The name of a validator, and of its container.</summary>
    public static string NodeName(int index) => $"mysticeti-node{index}";

    /// <summary>How the validators of a committee are started, by authority index. Needs no keys: hosts that have them made elsewhere use it, too.</summary>
    /// <exception cref="TopologyException">The specification is wrong.</exception>
    public static ImmutableArray<ValidatorLaunch> All(CommitteeSpecification specification, LaunchPaths paths)
    {
        var wanted = specification.Validated();
        return [.. Enumerable.Range(0, wanted.Size).Select(i => Of(wanted, paths, i))];
    }

    /// <summary>Where nodes are reached, as a stack exports it.</summary>
    /// <param name="name">Name of the network.</param>
    /// <param name="type">embedded, local or remote.</param>
    /// <param name="provider">Who hosts the network: process, docker, aws, vultr, ssh.</param>
    /// <param name="flavor">Which client speaks to it; see <see cref="NetworkOutputs.Flavors"/>.</param>
    /// <param name="publishedHost">The host at which clients reach all nodes, where it is another than the peers use (containers).</param>
    /// <param name="publishedPorts">The ports at which clients reach the nodes, where they are others than the validators' own.</param>
    public static NetworkOutputs Outputs(
        string name, IEnumerable<ValidatorLaunch> nodes, string type, string provider,
        string flavor = NetworkOutputs.Mysticeti, string? publishedHost = null, PortPlan? publishedPorts = null) => new()
    {
        Name = name,
        Type = type,
        Provider = provider,
        Flavor = flavor,
        Nodes = [.. nodes.Select(node =>
        {
            var host = publishedHost ?? node.Host;
            var ports = publishedPorts?.Nodes[node.Index] ?? new NodePorts(node.RpcPort, node.AbciPort, node.PeerPort);
            var rpc = new Uri($"http://{new HostPort(host, ports.Rpc)}");
            return new NodeOutput
            {
                Index = node.Index,
                Name = node.Name,
                Region = node.Region,
                Host = host,
                RpcUrl = rpc,
                MetricsUrl = new Uri($"{rpc.OriginalString}/metrics"),
                AbciAddress = $"tcp://{new HostPort(host, ports.Abci)}",
                Container = provider == "docker" ? node.Name : null,
            };
        })],
    };

    private static ValidatorLaunch Of(CommitteeSpecification wanted, LaunchPaths paths, int index)
    {
        var ports = wanted.Ports!.Nodes[index];
        return new ValidatorLaunch
        {
            Index = index,
            Name = NodeName(index),
            Region = wanted.Regions[index],
            Host = wanted.Hosts[index],
            RpcPort = ports.Rpc,
            AbciPort = ports.Abci,
            PeerPort = ports.Peer,
            WorkingDirectory = paths.WorkingDirectory(index),
            GenesisPath = paths.Genesis,
            KeyPath = paths.Key(index),
            ParametersPath = wanted.Parameters is null ? null : paths.Parameters,
            Environment = wanted.Environment,
            Arguments =
            [
                "run",
                "--authority-index", Text(index),
                "--genesis", paths.Genesis,
                "--key", paths.Key(index),
                "--working-directory", paths.WorkingDirectory(index),
                "--rpc-port", Text(ports.Rpc),
                "--abci-port", Text(ports.Abci),
                "--p2p-port", Text(ports.Peer),
                "--bind", wanted.BindAddress,
                .. wanted.Parameters is not null ? (string[])["--parameters", paths.Parameters] : [],
                .. wanted.HeartbeatUrl is { } heartbeat ? (string[])["--heartbeat-url", heartbeat.OriginalString] : [],
                .. wanted.HeartbeatTokenFile is { } token ? (string[])["--heartbeat-token-file", token] : [],
                .. wanted.UnsafeFaultInjection ? (string[])["--unsafe-fault-injection"] : [],
            ],
        };
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
