using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;

namespace Mysticeti.Topology;

/// <summary>
/// Everything the validators of a network need. Whoever hosts a network (child processes, a compose file, a Pulumi stack, SSH
/// hosts) only carries this plan out.
/// </summary>
public sealed record LaunchPlan
{
    public required string Name { get; init; }

    public required Genesis Genesis { get; init; }

    /// <summary>The validators by authority index.</summary>
    public required ImmutableArray<ValidatorLaunch> Nodes { get; init; }

    /// <summary>Works out a plan. The same inputs give the same plan.</summary>
    /// <param name="specification">What is wanted.</param>
    /// <param name="paths">Where the validators will find their files.</param>
    /// <param name="time">Gives the genesis time.</param>
    /// <param name="generateKey">Makes the key of an authority; random keys by default.</param>
    /// <param name="deploymentKey">Text that names this launch; random by default.</param>
    /// <exception cref="TopologyException">The specification is wrong.</exception>
    public static LaunchPlan Create(
        CommitteeSpecification specification, LaunchPaths paths, TimeProvider time, Func<int, ValidatorKey>? generateKey = null, string? deploymentKey = null)
    {
        var wanted = specification.Validated();
        var keys = Enumerable.Range(0, wanted.Size).Select(generateKey ?? ValidatorKey.Generate).ToArray();
        var genesis = Genesis.Create(
            wanted.Name,
            time.GetUtcNow(),
            deploymentKey ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)),
            wanted.Consensus,
            keys.Select((key, i) => new GenesisAuthority(
                i, NodeName(i), wanted.Regions[i], Stake: 1, key.PublicKeyHex, new HostPort(wanted.Hosts[i], wanted.Ports!.Nodes[i].Peer).ToString())));
        return new LaunchPlan
        {
            Name = wanted.Name,
            Genesis = genesis,
            Nodes = [.. keys.Select((key, i) => Launch(wanted, paths, key, i))],
        };
    }

    /// <summary>The name of a validator, and of its container.</summary>
    public static string NodeName(int index) => $"mysticeti-node{index}";

    /// <summary>
    /// Writes <c>genesis.json</c> and, for each validator, the directory <c>node{i}</c> with <c>key.json</c> (mode 0600) in it.
    /// Makes the directory where there is none.
    /// </summary>
    public void WriteFiles(string directory)
    {
        Directory.CreateDirectory(directory);
        foreach (var node in Nodes)
        {
            var own = Directory.CreateDirectory(Path.Combine(directory, $"node{node.Index}"));
            node.Key.Write(Path.Combine(own.FullName, "key.json"));
        }

        // Last: where there is a genesis file, the network is complete.
        File.WriteAllBytes(Path.Combine(directory, GenesisFiles.GenesisName), Genesis.ToBytes());
    }

    /// <summary>Where the nodes of this plan are reached, as a stack exports it.</summary>
    /// <param name="type">embedded, local or remote.</param>
    /// <param name="provider">Who hosts the network: process, docker, aws, vultr, ssh.</param>
    /// <param name="flavor">Which client speaks to it; see <see cref="NetworkOutputs.Flavors"/>.</param>
    /// <param name="publishedHost">The host at which clients reach all nodes, where it is another than the peers use (containers).</param>
    /// <param name="publishedPorts">The ports at which clients reach the nodes, where they are others than the validators' own.</param>
    public NetworkOutputs ToOutputs(
        string type, string provider, string flavor = NetworkOutputs.Mysticeti, string? publishedHost = null, PortPlan? publishedPorts = null) => new()
    {
        Name = Name,
        Type = type,
        Provider = provider,
        Flavor = flavor,
        Nodes = [.. Nodes.Select(node =>
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

    private static ValidatorLaunch Launch(CommitteeSpecification wanted, LaunchPaths paths, ValidatorKey key, int index)
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
            Key = key,
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
            ],
        };
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}

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

    /// <summary>What the key file holds.</summary>
    public required ValidatorKey Key { get; init; }

    /// <summary>The command line after the executable's name, one entry an argument.</summary>
    public required ImmutableArray<string> Arguments { get; init; }

    /// <summary>Variables to set beside those inherited.</summary>
    public required ImmutableSortedDictionary<string, string> Environment { get; init; }
}
