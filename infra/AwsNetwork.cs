using Mysticeti.Topology;
using Mysticeti.Topology.Cloud;
using Pulumi;
using Pulumi.Aws.Ec2;
using Pulumi.Aws.Ec2.Inputs;
using Pulumi.Command.Remote.Inputs;

namespace Mysticeti.Infra;

/// <summary>
/// A validator on an EC2 instance of its own in each of the regions in turn. Public addresses are taken out first: the firewalls and the
/// genesis name them, and the instances come after both. One more watches them where that is wanted.
/// </summary>
internal sealed class AwsNetwork : ComponentResource
{
    private const int DiskGb = 20;

    private readonly HostPlan _plan;

    /// <param name="directory">The program's directory, infra.</param>
    public AwsNetwork(HostPlan plan, string directory)
        : base("mysticeti:infra:AwsNetwork", plan.Settings.Name)
    {
        _plan = plan;
        var settings = plan.Settings;
        var addresses = plan.Nodes.Select(node => Address(node.Name, node.Region)).ToArray();
        var watching = settings.Monitoring ? Address(MonitoringHost.Name, settings.Regions[0]) : null;
        var publicAddresses = Output.All(addresses.Select(address => address.PublicIp)).Apply(list => list.AsEnumerable());
        var peers = publicAddresses.Apply(list => list.Select(address => $"{address}/32"));
        var regions = RegionNetworks.Of(settings).ToDictionary(network => network.Region, network => new AwsRegion(plan, network, peers, watching, this));
        var image = new ValidatorImage(settings, settings.Architecture, directory, this);
        var archive = settings.BuildsImage ? image.Archive(directory) : null;
        var keys = new CommitteeKeys(settings.Name, plan.Nodes, publicAddresses, this);
        var validators = plan.Nodes.Select(node =>
        {
            var region = regions[node.Region];
            var attached = Attach(node.Name, region, Machine(node.Name, region, region.SecurityGroupId, plan.Script(node).Prepare()), addresses[node.Index]);
            return new RemoteValidator(plan.Script(node), settings.Parameters, Login(addresses[node.Index]), keys, archive, image.Sources, outlives: false, this, attached);
        }).ToArray();
        var started = validators.Select(validator => validator.Started).ToList();
        if (watching is not null) started.Add(Watch(watching, regions[settings.Regions[0]], publicAddresses));
        Network = Output.Tuple(publicAddresses, watching?.PublicIp.Apply(ip => (string?)ip) ?? Output.Create((string?)null), Output.All(started))
            .Apply(known => plan.Outputs([.. known.Item1], known.Item2));
        RegisterOutputs();
    }

    /// <summary>Where the nodes are; known when every validator answers.</summary>
    public Output<NetworkOutputs> Network { get; }

    private Output<string> Watch(Eip address, AwsRegion region, Output<IEnumerable<string>> validators)
    {
        var machine = Machine(MonitoringHost.Name, region, region.MonitoringSecurityGroupId!, _plan.MonitoringHost.Prepare());
        return new RemoteMonitoring(_plan, Login(address), validators, this, Attach(MonitoringHost.Name, region, machine, address)).Started;
    }

    private Eip Address(string name, string region) => new(
        $"{name}-address", new() { Region = region, Domain = "vpc", Tags = AwsRegion.Tags(_plan, name) }, Own());

    private Instance Machine(string name, AwsRegion region, Output<string> firewall, string userData) => new(
        name,
        new()
        {
            Region = region.Region,
            Ami = region.Ami,
            InstanceType = _plan.Settings.InstanceType!,
            SubnetId = region.SubnetId,
            VpcSecurityGroupIds = { firewall },
            KeyName = region.KeyName,
            // Until its own address is attached: the packages are installed meanwhile.
            AssociatePublicIpAddress = true,
            UserData = userData,
            // Powering off, which the end of its time does, ends the instance and its cost.
            InstanceInitiatedShutdownBehavior = "terminate",
            MetadataOptions = new InstanceMetadataOptionsArgs { HttpTokens = "required" },
            RootBlockDevice = new InstanceRootBlockDeviceArgs { VolumeSize = DiskGb, VolumeType = "gp3", Encrypted = true },
            Tags = AwsRegion.Tags(_plan, name),
        },
        // A newer system image is no reason to replace a running network.
        new CustomResourceOptions { Parent = this, DependsOn = { region.Routed }, IgnoreChanges = { "ami" } });

    private EipAssociation Attach(string name, AwsRegion region, Instance machine, Eip address) => new(
        $"{name}-attached", new() { Region = region.Region, InstanceId = machine.Id, AllocationId = address.AllocationId }, Own());

    private ConnectionArgs Login(Eip address) => new()
    {
        Host = address.PublicIp,
        User = HostPlan.AwsUser,
        PrivateKey = Output.CreateSecret(File.ReadAllText(_plan.Settings.SshPrivateKeyPath!)),
        DialErrorLimit = 30,
    };

    private CustomResourceOptions Own() => new() { Parent = this };
}
