using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Mysticeti.Topology;

/// <summary>
/// A network of containers in one Docker engine: addresses, names, volumes, published ports. The compose file and the Pulumi stack
/// <c>local</c> carry it out.
/// </summary>
public sealed record ContainerPlan
{
    /// <summary>Address of validator i: the subnet's plus 10 + i.</summary>
    public const int FirstHost = 10;

    /// <summary>Where clients reach the containers: on this machine alone, a benchmark's validators are nobody else's business.</summary>
    public const string PublishedHost = "127.0.0.1";

    /// <summary>The directory in the containers under which the network's files are, as <see cref="LaunchPaths.Under"/> lays them out.</summary>
    public const string Root = "/network";

    private ContainerPlan(string name, string subnet, PortPlan published, ImmutableArray<ValidatorLaunch> nodes) =>
        (Name, Subnet, PublishedPorts, Nodes) = (name, subnet, published, nodes);

    /// <summary>The network's name, and its chain id.</summary>
    public string Name { get; }

    /// <summary>An IPv4 network, <c>172.20.0.0/16</c>.</summary>
    public string Subnet { get; }

    /// <summary>The ports of <see cref="PublishedHost"/> that lead to each validator.</summary>
    public PortPlan PublishedPorts { get; }

    /// <summary>The validators, as they see themselves in their containers.</summary>
    public ImmutableArray<ValidatorLaunch> Nodes { get; }

    /// <summary>Name of the Docker network.</summary>
    public string NetworkName => $"mysticeti-{Name}";

    /// <summary>Name of the volume with the genesis file.</summary>
    public string GenesisVolume => $"mysticeti-{Name}-genesis";

    /// <summary>The validator's command that writes genesis and keys of this network below <see cref="Root"/>.</summary>
    public ImmutableArray<string> GenesisArguments =>
    [
        "genesis", "--output", Root, "--name", Name, "--peers", string.Join(',', Nodes.Select(node => new HostPort(node.Host, node.PeerPort))),
    ];

    /// <summary>Works out the plan.</summary>
    /// <param name="basePort">First published port; null: RPC 26657+i, ABCI 26670+i. See <see cref="PortPlan.ForOneHost"/>.</param>
    /// <param name="subnet">An IPv4 network that no other network of this machine overlaps.</param>
    /// <param name="paths">Where the containers find their files; by default below <see cref="Root"/>.</param>
    /// <param name="unsafeFaultInjection">Whether the validators can be made to misbehave.</param>
    /// <exception cref="TopologyException">A value is out of range.</exception>
    public static ContainerPlan Create(string name, int committee, int? basePort = null, string subnet = "172.20.0.0/16", LaunchPaths? paths = null, bool unsafeFaultInjection = false)
    {
        var specification = new CommitteeSpecification { Name = name, Size = committee, BindAddress = "0.0.0.0", UnsafeFaultInjection = unsafeFaultInjection }.Validated();
        specification = specification with { Hosts = Addresses(subnet, committee), Ports = PortPlan.ForOwnHosts(committee) };
        return new ContainerPlan(
            name, subnet, PortPlan.ForOneHost(committee, basePort), ValidatorLaunch.All(specification, paths ?? LaunchPaths.Under(Root)));
    }

    /// <summary>Name of the volume with a validator's key and storage.</summary>
    public static string DataVolume(ValidatorLaunch node) => $"{node.Name}-data";

    /// <summary>Where the nodes are reached, as a stack exports it.</summary>
    public NetworkOutputs Outputs(string flavor = NetworkOutputs.Mysticeti) => ValidatorLaunch.Outputs(
        Name, Nodes, "local", "docker", flavor, PublishedHost, PublishedPorts);

    private static ImmutableArray<string> Addresses(string subnet, int count)
    {
        if (!IPNetwork.TryParse(subnet, out var network) || network.BaseAddress.AddressFamily != AddressFamily.InterNetwork || $"{network}" != subnet)
            throw new TopologyException($"subnet '{subnet}' is no IPv4 network: write its first address and a length, for example 172.20.0.0/16");
        var size = 1L << (32 - network.PrefixLength);
        if (FirstHost + count >= size)
            throw new TopologyException($"subnet {subnet} is too small: {count} validators from address {FirstHost} on need a larger one, for example 172.20.0.0/16");
        var first = BitConverter.ToUInt32([.. network.BaseAddress.GetAddressBytes().Reverse()]) + FirstHost;
        return [.. Enumerable.Range(0, count).Select(i => new IPAddress([.. BitConverter.GetBytes(first + (uint)i).Reverse()]).ToString())];
    }
}
