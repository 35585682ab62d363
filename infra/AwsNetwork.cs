using Mysticeti.Topology;
using Mysticeti.Topology.Cloud;
using Pulumi;
using Pulumi.Aws.Ec2;
using Pulumi.Aws.Ec2.Inputs;
using Pulumi.Command.Remote.Inputs;

namespace Mysticeti.Infra;

/// <summary>
/// A validator on an EC2 instance of its own in each of the regions in turn. Public addresses are taken out first: the firewalls and the
/// genesis name them, and the instances come after both.
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
        var addresses = plan.Nodes.Select(node => new Eip(
            $"{node.Name}-address", new() { Region = node.Region, Domain = "vpc", Tags = AwsRegion.Tags(plan, node.Name) }, Own())).ToArray();
        var publicAddresses = Output.All(addresses.Select(address => address.PublicIp)).Apply(list => list.AsEnumerable());
        var peers = publicAddresses.Apply(list => list.Select(address => $"{address}/32"));
        var regions = RegionNetworks.Of(settings).ToDictionary(network => network.Region, network => new AwsRegion(plan, network, peers, this));
        var image = new ValidatorImage(settings, AwsRegion.IsArm(settings) ? "arm64" : "x64", directory, this);
        var archive = settings.BuildsImage ? image.Archive(directory) : null;
        var keys = new CommitteeKeys(settings.Name, settings.Committee, publicAddresses, this);
        var validators = plan.Nodes.Select(node =>
        {
            var attached = Attach(node, Machine(node, regions[node.Region]), addresses[node.Index]);
            return new RemoteValidator(plan.Script(node), Login(addresses[node.Index]), keys, archive, image.Sources, outlives: false, this, attached);
        }).ToArray();
        Network = Output.Tuple(publicAddresses, Output.All(validators.Select(validator => validator.Started))).Apply(known => plan.Outputs([.. known.Item1]));
        RegisterOutputs();
    }

    /// <summary>Where the nodes are; known when every validator answers.</summary>
    public Output<NetworkOutputs> Network { get; }

    private Instance Machine(ValidatorLaunch node, AwsRegion region) => new(
        node.Name,
        new()
        {
            Region = node.Region,
            Ami = region.Ami,
            InstanceType = _plan.Settings.InstanceType!,
            SubnetId = region.SubnetId,
            VpcSecurityGroupIds = { region.SecurityGroupId },
            KeyName = region.KeyName,
            // Until its own address is attached: the packages are installed meanwhile.
            AssociatePublicIpAddress = true,
            UserData = _plan.Script(node).Prepare(),
            // Powering off, which the end of its time does, ends the instance and its cost.
            InstanceInitiatedShutdownBehavior = "terminate",
            MetadataOptions = new InstanceMetadataOptionsArgs { HttpTokens = "required" },
            RootBlockDevice = new InstanceRootBlockDeviceArgs { VolumeSize = DiskGb, VolumeType = "gp3", Encrypted = true },
            Tags = AwsRegion.Tags(_plan, node.Name),
        },
        // A newer system image is no reason to replace a running network.
        new CustomResourceOptions { Parent = this, DependsOn = { region.Routed }, IgnoreChanges = { "ami" } });

    private EipAssociation Attach(ValidatorLaunch node, Instance machine, Eip address) => new(
        $"{node.Name}-attached", new() { Region = node.Region, InstanceId = machine.Id, AllocationId = address.AllocationId }, Own());

    private ConnectionArgs Login(Eip address) => new()
    {
        Host = address.PublicIp,
        User = HostPlan.AwsUser,
        PrivateKey = Output.CreateSecret(File.ReadAllText(_plan.Settings.SshPrivateKeyPath!)),
        DialErrorLimit = 30,
    };

    private CustomResourceOptions Own() => new() { Parent = this };
}
