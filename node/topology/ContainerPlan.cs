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

    /// <summary>The container that puts the files in place before the validators start, and ends.</summary>
    public const string InitName = "mysticeti-init";

    /// <summary>The network of addresses where none is named.</summary>
    public const string DefaultSubnet = "172.20.0.0/16";

    private const string GenesisFile = $"{Root}/{GenesisFiles.GenesisName}";

    private ContainerPlan(string name, string subnet, PortPlan published, ImmutableArray<ValidatorLaunch> nodes, ParametersFile? parameters) =>
        (Name, Subnet, PublishedPorts, Nodes, Parameters) = (name, subnet, published, nodes, parameters);

    /// <summary>What <see cref="InitName"/>, which is root, needs to give the volumes away, whosever they were.</summary>
    public static ImmutableArray<string> InitCapabilities { get; } = ["CHOWN", "DAC_OVERRIDE"];

    /// <summary>
    /// What <see cref="InitName"/> runs where the files are brought before it starts: what validators stored as another committee goes, for no other
    /// can use it.
    /// </summary>
    public static string ReceiveScript =>
        $"{{ cmp -s {GenesisFile} {Root}/stored-by || {{ find {Root}/node*/ -mindepth 1 ! -name key.json -delete && cp {GenesisFile} {Root}/stored-by; }}; }} && {GiveAway}";

    // Validators run as this user, and what init writes or Docker uploads is root's.
    private static string GiveAway => $"chown -R {ContainerImages.ValidatorUser} {Root}";

    /// <summary>The network's name, and its chain id.</summary>
    public string Name { get; }

    /// <summary>An IPv4 network, <c>172.20.0.0/16</c>.</summary>
    public string Subnet { get; }

    /// <summary>The ports of <see cref="PublishedHost"/> that lead to each validator.</summary>
    public PortPlan PublishedPorts { get; }

    /// <summary>The validators, as they see themselves in their containers.</summary>
    public ImmutableArray<ValidatorLaunch> Nodes { get; }

    /// <summary>Local parameters of every validator; null: each has its defaults.</summary>
    public ParametersFile? Parameters { get; }

    /// <summary>Name of the Docker network.</summary>
    public string NetworkName => $"mysticeti-{Name}";

    /// <summary>Name of the volume with the genesis file.</summary>
    public string GenesisVolume => $"mysticeti-{Name}-genesis";

    /// <summary>The validator's command that writes genesis and keys of this network below <see cref="Root"/>.</summary>
    public ImmutableArray<string> GenesisArguments =>
    [
        "genesis", "--output", Root, "--name", Name,
        .. Nodes.Any(node => node.Region != CommitteeSpecification.DefaultRegion) ? (string[])["--regions", string.Join(',', Nodes.Select(node => node.Region))] : [],
        "--peers", string.Join(',', Nodes.Select(node => new HostPort(node.Host, node.PeerPort))),
    ];

    /// <summary>What <see cref="InitName"/> runs where nobody else brings the files: a network's keys are made once, its parameters written anew each time.</summary>
    public string InitScript => string.Join(" && ",
    [
        $"{{ test -f {GenesisFile} || /opt/mysticeti/mysticeti-validator {ShellText.Join(GenesisArguments)}; }}",
        .. Parameters is null ? (string[])[] : [$"printf '%s\\n' {ShellText.Quote(Parameters.ToString())} >{Root}/{ParametersFile.FileName}"],
        GiveAway,
    ]);

    /// <summary>A network of validators with default parameters.</summary>
    /// <exception cref="TopologyException">A value is out of range.</exception>
    public static ContainerPlan Create(string name, int committee, int? basePort = null, string subnet = DefaultSubnet) =>
        Create(new CommitteeSpecification { Name = name, Size = committee }, basePort, subnet);

    /// <summary>Works out the plan.</summary>
    /// <param name="wanted">Hosts, ports and bind address are the plan's to say.</param>
    /// <param name="basePort">First published port; null: RPC 26657+i, ABCI 26670+i. See <see cref="PortPlan.ForOneHost"/>.</param>
    /// <param name="subnet">An IPv4 network that no other network of this machine overlaps.</param>
    /// <exception cref="TopologyException">A value is out of range.</exception>
    public static ContainerPlan Create(CommitteeSpecification wanted, int? basePort = null, string subnet = DefaultSubnet)
    {
        // The size is checked before addresses are dealt out to it.
        var specification = (wanted with { Hosts = [], Ports = null, BindAddress = "0.0.0.0" }).Validated();
        specification = specification with { Hosts = Addresses(subnet, wanted.Size), Ports = PortPlan.ForOwnHosts(wanted.Size) };
        return new ContainerPlan(
            wanted.Name, subnet, PortPlan.ForOneHost(wanted.Size, basePort), ValidatorLaunch.All(specification, LaunchPaths.Under(Root)), wanted.Parameters);
    }

    /// <summary>Name of the volume with a validator's key and storage.</summary>
    public static string DataVolume(ValidatorLaunch node) => $"{node.Name}-data";

    /// <summary>Where the nodes are reached, as a stack exports it.</summary>
    public NetworkOutputs Outputs(string flavor = NetworkOutputs.Mysticeti) => ValidatorLaunch.Outputs(
        Name, Nodes, "local", "docker", flavor, PublishedHost, PublishedPorts);

    /// <summary>Where the nodes are reached from within the network.</summary>
    public NetworkOutputs OwnOutputs() => ValidatorLaunch.Outputs(Name, Nodes, "local", "docker");

    /// <summary>The address of a container beside the validators: behind theirs, for one that is dealt out by the engine might be a validator's.</summary>
    /// <param name="index">From 0 on.</param>
    /// <exception cref="TopologyException">The subnet has no room for it.</exception>
    public string Companion(int index) => Addresses(Subnet, Nodes.Length + index + 1)[^1];

    private static ImmutableArray<string> Addresses(string subnet, int count)
    {
        if (!IPNetwork.TryParse(subnet, out var network) || network.BaseAddress.AddressFamily != AddressFamily.InterNetwork || $"{network}" != subnet)
            throw new TopologyException($"subnet '{subnet}' is no IPv4 network: write its first address and a length, for example 172.20.0.0/16");
        var size = 1L << (32 - network.PrefixLength);
        if (FirstHost + count >= size)
            throw new TopologyException($"subnet {subnet} is too small: {count} containers from address {FirstHost} on need a larger one, for example 172.20.0.0/16");
        var first = BitConverter.ToUInt32([.. network.BaseAddress.GetAddressBytes().Reverse()]) + FirstHost;
        return [.. Enumerable.Range(0, count).Select(i => new IPAddress([.. BitConverter.GetBytes(first + (uint)i).Reverse()]).ToString())];
    }
}
