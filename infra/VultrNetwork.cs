using System.Globalization;
using System.Net;
using ediri.Vultr;
using ediri.Vultr.Inputs;
using Mysticeti.Topology;
using Mysticeti.Topology.Cloud;
using Pulumi;
using Pulumi.Command.Remote.Inputs;

namespace Mysticeti.Infra;

/// <summary>A validator on a Vultr instance of its own in each of the regions in turn, all behind one firewall group that starts closed. One more watches them where that is wanted.</summary>
internal sealed class VultrNetwork : ComponentResource
{
    private const string System = "Ubuntu 24.04 LTS x64";

    private readonly HostPlan _plan;

    /// <param name="directory">The program's directory, infra.</param>
    public VultrNetwork(HostPlan plan, string directory)
        : base("mysticeti:infra:VultrNetwork", plan.Settings.Name)
    {
        _plan = plan;
        var settings = plan.Settings;
        var key = new SSHKey($"{settings.Name}-key", new() { Name = $"mysticeti-{settings.Name}", SshKey = File.ReadAllText(settings.SshPublicKeyPath!).Trim() }, Own());
        var firewall = Firewall(settings.Name, HostPlan.OperatorPorts);
        var system = GetOs.Invoke(
            new() { Filters = { new GetOsFilterInputArgs { Name = "name", Values = { System } } } }, new InvokeOptions { Parent = this }).Apply(os => int.Parse(os.Id, CultureInfo.InvariantCulture));
        var machines = plan.Nodes.Select(node => Machine(node.Name, node.Region, key, firewall, system, plan.Script(node).Prepare())).ToArray();
        var addresses = Output.All(machines.Select(machine => machine.MainIp)).Apply(list => list.AsEnumerable());
        var peers = machines.SelectMany((machine, i) => HostPlan.PeerPorts.Select(port => Open($"{plan.Nodes[i].Name}-peers-{port}", firewall, port, machine.MainIp, 32))).ToArray<Resource>();

        var image = new ValidatorImage(settings, settings.Architecture, directory, this);
        var archive = settings.BuildsImage ? image.Archive(directory) : null;
        var keys = new CommitteeKeys(settings.Name, plan.Nodes, addresses, this);
        var validators = plan.Nodes.Select(node =>
            new RemoteValidator(plan.Script(node), settings.Parameters, Login(machines[node.Index]), keys, archive, image.Sources, outlives: false, this, peers)).ToArray();
        var started = validators.Select(validator => validator.Started).ToList();
        Output<string?> watching = Output.Create((string?)null);
        if (settings.Monitoring)
        {
            var own = Firewall($"{settings.Name}-monitoring", MonitoringHost.OperatorPorts);
            var machine = Machine(MonitoringHost.Name, settings.Regions[0], key, own, system, plan.MonitoringHost.Prepare());
            var open = Open($"{MonitoringHost.Name}-metrics", firewall, PortPlan.DefaultRpc, machine.MainIp, 32);
            started.Add(new RemoteMonitoring(plan, Login(machine), addresses, this, open).Started);
            watching = machine.MainIp.Apply(address => (string?)address);
        }

        Network = Output.Tuple(addresses, watching, Output.All(started)).Apply(known => plan.Outputs([.. known.Item1], known.Item2));
        RegisterOutputs();
    }

    /// <summary>Where the nodes are; known when every validator answers.</summary>
    public Output<NetworkOutputs> Network { get; }

    private FirewallGroup Firewall(string name, IEnumerable<int> operatorPorts)
    {
        var firewall = new FirewallGroup($"{name}-firewall", new() { Description = $"mysticeti-{name}" }, Own());
        foreach (var (cidr, i) in _plan.Settings.OperatorCidrs.Select((cidr, i) => (cidr, i)))
        {
            var network = IPNetwork.Parse(cidr);
            foreach (var port in operatorPorts) _ = Open($"{name}-operator{i}-{port}", firewall, port, network.BaseAddress.ToString(), network.PrefixLength);
        }

        return firewall;
    }

    private Instance Machine(string name, string region, SSHKey key, FirewallGroup firewall, Output<int> system, string userData) => new(
        name,
        new()
        {
            Region = region,
            Plan = _plan.Settings.InstanceType!,
            OsId = system,
            Label = $"mysticeti-{_plan.Settings.Name}-{name}",
            Hostname = name,
            SshKeyIds = { key.Id },
            FirewallGroupId = firewall.Id,
            UserData = userData,
            Backups = "disabled",
            Tags = _plan.TagWords.ToArray(),
        },
        Own());

    private FirewallRule Open(string name, FirewallGroup firewall, int port, Input<string> from, int length) => new(
        name,
        new()
        {
            FirewallGroupId = firewall.Id,
            IpType = "v4",
            Protocol = "tcp",
            Port = port.ToString(CultureInfo.InvariantCulture),
            Subnet = from,
            SubnetSize = length,
        },
        Own());

    private ConnectionArgs Login(Instance machine) => new()
    {
        Host = machine.MainIp,
        User = HostPlan.VultrUser,
        PrivateKey = Output.CreateSecret(File.ReadAllText(_plan.Settings.SshPrivateKeyPath!)),
        DialErrorLimit = 30,
    };

    private CustomResourceOptions Own() => new() { Parent = this };
}
