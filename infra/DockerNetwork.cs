using System.Globalization;
using Mysticeti.Topology;
using Mysticeti.Topology.Cloud;
using Pulumi;
using Pulumi.Docker.Inputs;
using Docker = Pulumi.Docker;

namespace Mysticeti.Infra;

/// <summary>
/// A network of containers in the local Docker engine: one image, one bridge network with fixed addresses, and a container and a volume
/// for each validator. Carries out a <see cref="ContainerPlan"/> and decides nothing of its own.
/// </summary>
internal sealed class DockerNetwork : ComponentResource
{
    private readonly StackSettings _settings;
    private readonly ContainerPlan _plan;

    /// <param name="directory">The program's directory, infra.</param>
    public DockerNetwork(StackSettings settings, string directory)
        : base("mysticeti:infra:DockerNetwork", settings.Name)
    {
        (_settings, _plan) = (settings, settings.ContainerPlan());
        var bridge = new Docker.Network(
            $"{settings.Name}-network",
            new() { Name = _plan.NetworkName, Driver = "bridge", IpamConfigs = { new NetworkIpamConfigArgs { Subnet = _plan.Subnet } }, Labels = { NetworkLabel() } },
            Own());
        var image = new ValidatorImage(settings, ValidatorImage.OwnArchitecture, directory, this);
        var keys = settings.Flavor == NetworkOutputs.Mysticeti
            ? new CommitteeKeys(settings.Name, settings.Committee, Output.Create(_plan.Nodes.Select(node => node.Host)), this)
            : null;
        var containers = _plan.Nodes.Select(node => Validator(node, image, bridge, keys)).ToArray();
        var outputs = _plan.Outputs(settings.Flavor);
        if (settings.Monitoring) outputs = outputs with { Monitoring = new Monitoring(_plan, bridge, this).Urls };
        Network = Output.All(containers.Select(container => container.Id)).Apply(_ => outputs);
        RegisterOutputs();
    }

    /// <summary>Where the nodes are; known when every container is made.</summary>
    public Output<NetworkOutputs> Network { get; }

    private Docker.Container Validator(ValidatorLaunch node, ValidatorImage image, Docker.Network bridge, CommitteeKeys? keys)
    {
        var published = _plan.PublishedPorts.Nodes[node.Index];
        var arguments = new Docker.ContainerArgs
        {
            Name = node.Name,
            Hostname = node.Name,
            Image = image.Name,
            Restart = "no",
            NetworksAdvanced = { new ContainerNetworksAdvancedArgs { Name = bridge.Name, Ipv4Address = node.Host } },
            Ports = { Published(node.RpcPort, published.Rpc), Published(node.AbciPort, published.Abci) },
            Labels = { new ContainerLabelArgs { Label = "mysticeti.stack", Value = _settings.Name }, new ContainerLabelArgs { Label = "mysticeti.flavor", Value = _settings.Flavor } },
            LogDriver = "json-file",
            LogOpts = { ["max-size"] = "50m", ["max-file"] = "2" },
            DestroyGraceSeconds = 10,
        };
        if (_settings.MemoryMb is { } memory) (arguments.Memory, arguments.MemorySwap) = (memory, memory);
        if (_settings.Cpus is { } cpus) arguments.Cpus = cpus;
        if (keys is not null) Ours(arguments, node, keys);
        return new Docker.Container(node.Name, arguments, Own());
    }

    /// <summary>What only our own validator knows what to do with.</summary>
    private void Ours(Docker.ContainerArgs arguments, ValidatorLaunch node, CommitteeKeys keys)
    {
        var data = new Docker.Volume(
            ContainerPlan.DataVolume(node),
            new() { Name = ContainerPlan.DataVolume(node), Labels = { new VolumeLabelArgs { Label = "mysticeti.stack", Value = _settings.Name } } },
            Own());
        arguments.Command = node.Arguments.ToArray();
        arguments.Envs = node.Environment.Select(variable => $"{variable.Key}={variable.Value}").ToArray();
        arguments.Capabilities = new ContainerCapabilitiesArgs { Drops = { "ALL" } };
        arguments.Volumes = new[] { new ContainerVolumeArgs { VolumeName = data.Name, ContainerPath = node.WorkingDirectory } };
        arguments.Uploads = new[]
        {
            new ContainerUploadArgs { File = node.GenesisPath, ContentBase64 = keys.Genesis, Permissions = "0644" },
            new ContainerUploadArgs { File = node.KeyPath, ContentBase64 = keys.Key(node.Index), Permissions = "0600" },
        };
        arguments.Healthcheck = new ContainerHealthcheckArgs
        {
            Tests = { "CMD", "bash", "-c", HealthProbe.Script(node.RpcPort) },
            Interval = "2s",
            Timeout = "2s",
            Retries = 15,
        };
    }

    private NetworkLabelArgs NetworkLabel() => new() { Label = "mysticeti.stack", Value = _settings.Name };

    // To this machine alone: a benchmark's validators are nobody else's business.
    private static ContainerPortArgs Published(int inside, int outside) => new() { Internal = inside, External = outside, Ip = ContainerPlan.PublishedHost };

    private CustomResourceOptions Own() => new() { Parent = this };
}
