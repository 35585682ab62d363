using System.Collections.Immutable;
using System.Globalization;

namespace Mysticeti.Topology.Cloud;

/// <summary>
/// A network of one host for each validator, in a cloud or on machines that are there: what runs where, what may reach it, and what it is
/// called. Addresses that a cloud gives out come in later.
/// </summary>
public sealed record HostPlan
{
    /// <summary>Where each host keeps its validator.</summary>
    public const string Root = "/opt/mysticeti";

    /// <summary>Whom to log in as on the images of both clouds.</summary>
    public const string AwsUser = "ubuntu", VultrUser = "root";

    private HostPlan(StackSettings settings, ImmutableArray<ValidatorLaunch> nodes) => (Settings, Nodes) = (settings, nodes);

    public StackSettings Settings { get; }

    /// <summary>The validators. On a cloud their hosts are names only, until it has given out addresses.</summary>
    public ImmutableArray<ValidatorLaunch> Nodes { get; }

    /// <summary>Ports that operators may use.</summary>
    public static ImmutableArray<int> OperatorPorts { get; } = [22, PortPlan.DefaultRpc];

    /// <summary>Ports that other validators may use.</summary>
    public static ImmutableArray<int> PeerPorts { get; } = [PortPlan.DefaultPeer];

    /// <exception cref="TopologyException">The settings do not make a network.</exception>
    public static HostPlan Create(StackSettings settings)
    {
        var specification = new CommitteeSpecification
        {
            Name = settings.Name,
            Size = settings.Committee,
            Hosts = settings.Hosts.IsEmpty ? [.. Enumerable.Range(0, settings.Committee).Select(ValidatorLaunch.NodeName)] : [.. settings.Hosts.Select(host => host.Host)],
            Ports = PortPlan.ForOwnHosts(settings.Committee),
            BindAddress = "0.0.0.0",
            UnsafeFaultInjection = settings.UnsafeFaultInjection,
            Parameters = settings.Parameters,
        }.DealtTo(settings.Regions);
        return new HostPlan(settings, ValidatorLaunch.All(specification, LaunchPaths.Alone(InstallScript.ContainerRoot)));
    }

    /// <summary>What is done on a validator's host.</summary>
    public InstallScript Script(ValidatorLaunch node) => new()
    {
        Launch = node,
        Runtime = HostRuntime.Docker,
        Root = $"{Root}/{Settings.Name}",
        Image = Settings.BuildsImage ? ContainerImages.ValidatorFor(Settings.Architecture) : Settings.Image,
        TtlHours = Settings.TtlHours > 0 ? Settings.TtlHours : null,
    };

    /// <summary>What is done on the host that watches the others.</summary>
    public MonitoringHost MonitoringHost => new($"{Root}/{Settings.Name}", Settings.TtlHours);

    /// <summary>Tags of a resource: an orphan sweep finds everything that a stack made by <c>mysticeti:stack</c>.</summary>
    public ImmutableSortedDictionary<string, string> Tags(string name) => new Dictionary<string, string>
    {
        ["Name"] = name,
        ["mysticeti:project"] = "mysticeti",
        ["mysticeti:stack"] = Settings.Name,
        ["mysticeti:ttl-hours"] = Settings.TtlHours.ToString(CultureInfo.InvariantCulture),
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>The same for clouds whose tags are single words.</summary>
    public ImmutableArray<string> TagWords => ["mysticeti", $"mysticeti-stack-{Settings.Name}"];

    /// <summary>What the stack exports.</summary>
    /// <param name="addresses">Where operators reach each host, by index.</param>
    /// <param name="monitoring">Where they reach the host that watches the others; null: there is none.</param>
    public NetworkOutputs Outputs(IReadOnlyList<string> addresses, string? monitoring = null)
    {
        var nodes = Nodes.Select(node => node with { Host = addresses[node.Index] });
        var outputs = ValidatorLaunch.Outputs(Settings.Name, nodes, "remote", ProviderName, Settings.Flavor);
        return outputs with
        {
            CostPerHourUsd = (double)Settings.HourlyUsd,
            Monitoring = monitoring is null ? outputs.Monitoring : MonitoringHost.Urls(monitoring),
            Nodes = [.. outputs.Nodes.Select(node => node with { Container = node.Name, Ssh = Ssh(node.Index, addresses[node.Index]) })],
        };
    }

    private string ProviderName => Settings.Provider switch { Provider.Aws => "aws", Provider.Vultr => "vultr", _ => "ssh" };

    private SshOutput Ssh(int index, string address) => Settings.Provider switch
    {
        Provider.Aws => new SshOutput(address, 22, AwsUser, Settings.SshPrivateKeyPath),
        Provider.Vultr => new SshOutput(address, 22, VultrUser, Settings.SshPrivateKeyPath),
        _ => new SshOutput(Settings.Hosts[index].Host, Settings.Hosts[index].SshPort, Settings.Hosts[index].SshUser, Settings.Hosts[index].SshKeyPath),
    };
}
