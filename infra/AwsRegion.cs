using Mysticeti.Topology;
using Mysticeti.Topology.Cloud;
using Pulumi;
using Pulumi.Aws.Ec2;
using Pulumi.Aws.Ec2.Inputs;

namespace Mysticeti.Infra;

/// <summary>What instances of one region need around them: network, way out, firewall, login key, system image.</summary>
internal sealed class AwsRegion : ComponentResource
{
    private const string Canonical = "099720109477";

    /// <param name="peers">The public addresses of all validators, /32.</param>
    /// <param name="watching">The public address of the instance that watches them; null: there is none.</param>
    public AwsRegion(HostPlan plan, RegionNetwork network, Output<IEnumerable<string>> peers, Eip? watching, ComponentResource parent)
        : base("mysticeti:infra:AwsRegion", $"{plan.Settings.Name}-{network.Region}", new ComponentResourceOptions { Parent = parent })
    {
        Region = network.Region;
        var (settings, name) = (plan.Settings, $"{plan.Settings.Name}-{network.Region}");
        var vpc = new Vpc($"{name}-vpc", new() { Region = Region, CidrBlock = network.Cidr, EnableDnsSupport = true, Tags = Tags(plan, "vpc") }, Own());
        var subnet = new Subnet($"{name}-subnet", new() { Region = Region, VpcId = vpc.Id, CidrBlock = network.Cidr, Tags = Tags(plan, "subnet") }, Own());
        var gateway = new InternetGateway($"{name}-gateway", new() { Region = Region, VpcId = vpc.Id, Tags = Tags(plan, "gateway") }, Own());
        var routes = new RouteTable(
            $"{name}-routes",
            new() { Region = Region, VpcId = vpc.Id, Routes = { new RouteTableRouteArgs { CidrBlock = "0.0.0.0/0", GatewayId = gateway.Id } }, Tags = Tags(plan, "routes") },
            Own());
        Routed = new RouteTableAssociation($"{name}-routed", new() { Region = Region, RouteTableId = routes.Id, SubnetId = subnet.Id }, Own());
        SubnetId = subnet.Id;

        var operators = settings.OperatorCidrs.ToArray();
        var rules = HostPlan.OperatorPorts.Select(port => In(port, operators))
            .Concat(HostPlan.PeerPorts.Select(port => In(port, peers.Apply(list => list.ToArray()))));
        if (watching is not null)
        {
            rules = rules.Append(In(PortPlan.DefaultRpc, watching.PublicIp.Apply(address => new[] { $"{address}/32" })));
            // Its own region is the first.
            if (Region == settings.Regions[0])
                MonitoringSecurityGroupId = Firewall(plan, $"{name}-monitoring-firewall", vpc, "SSH, Prometheus and Grafana from operators", MonitoringHost.OperatorPorts.Select(port => In(port, operators)));
        }

        SecurityGroupId = Firewall(plan, $"{name}-firewall", vpc, "SSH and RPC from operators, peers from the committee", rules);
        KeyName = new KeyPair(
            $"{name}-key", new() { Region = Region, KeyName = $"mysticeti-{name}", PublicKey = File.ReadAllText(settings.SshPublicKeyPath!).Trim(), Tags = Tags(plan, "key") }, Own()).KeyName;
        Ami = GetAmi.Invoke(
            new()
            {
                Region = Region,
                MostRecent = true,
                Owners = { Canonical },
                Filters =
                {
                    new GetAmiFilterInputArgs { Name = "name", Values = { $"ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-{(settings.Architecture == "arm64" ? "arm64" : "amd64")}-server-*" } },
                    new GetAmiFilterInputArgs { Name = "state", Values = { "available" } },
                },
            },
            new InvokeOptions { Parent = this }).Apply(ami => ami.Id);
        RegisterOutputs();
    }

    public string Region { get; }

    public Output<string> SubnetId { get; }

    public Output<string> SecurityGroupId { get; }

    /// <summary>Of the instance that watches the others; only where that is.</summary>
    public Output<string>? MonitoringSecurityGroupId { get; }

    public Output<string> KeyName { get; }

    /// <summary>The newest Ubuntu 24.04 LTS.</summary>
    public Output<string> Ami { get; }

    /// <summary>The way out of the subnet: instances install packages as they start.</summary>
    public Resource Routed { get; }

    public static InputMap<string> Tags(HostPlan plan, string what)
    {
        var tags = new InputMap<string>();
        foreach (var (key, value) in plan.Tags($"mysticeti-{plan.Settings.Name}-{what}")) tags.Add(key, value);
        return tags;
    }

    private Output<string> Firewall(HostPlan plan, string name, Vpc vpc, string description, IEnumerable<SecurityGroupIngressArgs> rules) => new SecurityGroup(
        name,
        new()
        {
            Region = Region,
            VpcId = vpc.Id,
            Description = description,
            Ingress = rules.ToArray(),
            Egress = { new SecurityGroupEgressArgs { Protocol = "-1", FromPort = 0, ToPort = 0, CidrBlocks = { "0.0.0.0/0" } } },
            Tags = Tags(plan, "firewall"),
        },
        Own()).Id;

    private static SecurityGroupIngressArgs In(int port, InputList<string> from) => new() { Protocol = "tcp", FromPort = port, ToPort = port, CidrBlocks = from };

    private CustomResourceOptions Own() => new() { Parent = this };
}
