using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Mysticeti.Topology.Cloud;

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

    /// <summary>
    /// Memory of a container in MB, and how many processes and threads it may have: far more than a validator was seen to need (docs/operations.md), so
    /// that these stop only one that has gone wrong, before the whole machine suffers.
    /// </summary>
    public const int MemoryMb = 4096, MaxProcesses = 1024;

    /// <summary>What can be written in a container beside its volumes, in memory: for the sockets that .NET's diagnostics listen on.</summary>
    public const string ScratchPath = "/tmp", ScratchOptions = "size=64m";

    private const string GenesisFile = $"{Root}/{GenesisFiles.GenesisName}";

    // The genesis file that the stored blocks are of.
    private const string StoredBy = $"{Root}/stored-by.json";

    private readonly string _prefix;

    private ContainerPlan(
        string name, string prefix, string subnet, PortPlan published, (int, int) monitoringPorts, ImmutableArray<ValidatorLaunch> nodes, ParametersFile? parameters) =>
        (Name, _prefix, Subnet, PublishedPorts, MonitoringPorts, Nodes, Parameters) = (name, prefix, subnet, published, monitoringPorts, nodes, parameters);

    /// <summary>What <see cref="InitName"/>, which is root, needs to give the volumes away, whosever they were.</summary>
    public static ImmutableArray<string> InitCapabilities { get; } = ["CHOWN", "DAC_OVERRIDE"];

    /// <summary>
    /// What <see cref="InitName"/> runs where the files are brought before it starts: what validators stored as another committee goes, for no other
    /// can use it.
    /// </summary>
    public static string ReceiveScript =>
        $"{{ [ ! -e {StoredBy} ] || cmp -s {GenesisFile} {StoredBy} || find {Root}/node*/ -mindepth 1 ! -name key.json -delete; }} && cp {GenesisFile} {StoredBy} && {GiveAway}";

    // Validators run as this user, and what init writes or Docker uploads is root's.
    private static string GiveAway => $"chown -R {ContainerImages.ValidatorUser} {Root}";

    /// <summary>The network's name, and its chain id.</summary>
    public string Name { get; }

    /// <summary>An IPv4 network, <c>172.20.0.0/16</c>.</summary>
    public string Subnet { get; }

    /// <summary>The ports of <see cref="PublishedHost"/> that lead to each validator.</summary>
    public PortPlan PublishedPorts { get; }

    /// <summary>The ports of <see cref="PublishedHost"/> that lead to Prometheus and Grafana where they are beside the network.</summary>
    public (int Prometheus, int Grafana) MonitoringPorts { get; }

    /// <summary>The validators, as they see themselves in their containers, and with the containers' names.</summary>
    public ImmutableArray<ValidatorLaunch> Nodes { get; }

    /// <summary>Local parameters of every validator; null: each has its defaults.</summary>
    public ParametersFile? Parameters { get; }

    /// <summary>The container that puts the files in place before the validators start, and ends.</summary>
    public string InitName => CompanionName("init");

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
    public static ContainerPlan Create(string name, int committee, int? basePort = null, string? subnet = null, NetworkPlace? place = null) =>
        Create(new CommitteeSpecification { Name = name, Size = committee }, basePort, subnet, place);

    /// <summary>Works out the plan.</summary>
    /// <param name="wanted">Hosts, ports and bind address are the plan's to say.</param>
    /// <param name="basePort">First published port, see <see cref="PortPlan.ForOneHost"/>; null: as the place says.</param>
    /// <param name="subnet">An IPv4 network that no other network of this machine overlaps; null: as the place says.</param>
    /// <param name="place">Names, addresses and ports; null: <see cref="NetworkPlace.Default"/>.</param>
    /// <exception cref="TopologyException">A value is out of range.</exception>
    public static ContainerPlan Create(CommitteeSpecification wanted, int? basePort = null, string? subnet = null, NetworkPlace? place = null)
    {
        // The size is checked before addresses are dealt out to it.
        var specification = (wanted with { Hosts = [], Ports = null, BindAddress = "0.0.0.0" }).Validated();
        place ??= NetworkPlace.Default;
        (basePort, subnet) = (basePort ?? place.BasePort, subnet ?? place.Subnet);
        specification = specification with { Hosts = Addresses(subnet, wanted.Size), Ports = PortPlan.ForOwnHosts(wanted.Size) };
        var published = PortPlan.ForOneHost(wanted.Size, basePort);
        // The peers' ports are published nowhere: counted from a base port, they are free.
        var monitoring = basePort is null ? MonitoringFiles.PublishedPorts(besideServices: true) : (published.Nodes[0].Peer, published.Nodes[1].Peer);
        var nodes = ValidatorLaunch.All(specification, LaunchPaths.Under(Root)).Select(node => node with { Name = $"{place.Prefix}node{node.Index}" });
        return new ContainerPlan(wanted.Name, place.Prefix, subnet, published, monitoring, [.. nodes], wanted.Parameters);
    }

    /// <summary>Name of the volume with a validator's key and storage.</summary>
    public static string DataVolume(ValidatorLaunch node) => $"{node.Name}-data";

    /// <summary>Where the nodes are reached, as a stack exports it.</summary>
    public NetworkOutputs Outputs(string flavor = NetworkOutputs.Mysticeti) => ValidatorLaunch.Outputs(
        Name, Nodes, "local", "docker", flavor, PublishedHost, PublishedPorts);

    /// <summary>Where the nodes are reached from within the network.</summary>
    public NetworkOutputs OwnOutputs() => ValidatorLaunch.Outputs(Name, Nodes, "local", "docker");

    /// <summary>The name of a container beside the validators.</summary>
    public string CompanionName(string what) => $"{_prefix}{what}";

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
