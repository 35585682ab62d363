using System.Globalization;
using Mysticeti.Topology;
using Mysticeti.Topology.Cloud;
using Pulumi;
using Pulumi.Docker.Inputs;
using Docker = Pulumi.Docker;

namespace Mysticeti.Infra;

/// <summary>
/// A network of containers in the local Docker engine: one image, one bridge network with fixed addresses, a container and a volume for
/// each validator, and one that puts genesis and keys into the volumes first. Carries out a <see cref="ContainerPlan"/> and decides nothing of its own.
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
            ? new CommitteeKeys(settings.Name, _plan.Nodes, Output.Create(_plan.Nodes.Select(node => node.Host)), this)
            : null;
        var files = keys is null ? null : new NetworkFiles(_plan, keys, image, this);
        var containers = _plan.Nodes.Select(node => Validator(node, image, bridge, files)).ToArray();
        var outputs = _plan.Outputs(settings.Flavor);
        if (settings.Monitoring) outputs = outputs with { Monitoring = new Monitoring(_plan, settings.Services, bridge, this).Urls };
        var started = containers.Select(container => container.Id).ToList();
        if (settings.Services) started.Add(new ExperimentServices(_plan, bridge, this).Started);
        Network = Output.All(started).Apply(_ => outputs);
        RegisterOutputs();
    }

    /// <summary>Where the nodes are; known when every container is made, and those of services answer.</summary>
    public Output<NetworkOutputs> Network { get; }

    private Docker.Container Validator(ValidatorLaunch node, ValidatorImage image, Docker.Network bridge, NetworkFiles? files)
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
        if (files is null && _settings.MemoryMb is { } memory) (arguments.Memory, arguments.MemorySwap) = (memory, memory);
        if (_settings.Cpus is { } cpus) arguments.Cpus = cpus;
        if (files is not null) Ours(arguments, node, files, _settings.MemoryMb ?? ContainerPlan.MemoryMb);
        return new Docker.Container(node.Name, arguments, Own());
    }

    /// <summary>What only our own validator knows what to do with.</summary>
    private static void Ours(Docker.ContainerArgs arguments, ValidatorLaunch node, NetworkFiles files, int memoryMb)
    {
        arguments.Command = node.Arguments.ToArray();
        arguments.Envs = node.Environment.Select(variable => $"{variable.Key}={variable.Value}").ToArray();
        // As in the compose file, but for its limit of processes, which the provider does not know.
        arguments.Capabilities = new ContainerCapabilitiesArgs { Drops = { "ALL" } };
        arguments.SecurityOpts = new[] { "no-new-privileges:true" };
        arguments.ReadOnly = true;
        arguments.Tmpfs = new InputMap<string> { [ContainerPlan.ScratchPath] = ContainerPlan.ScratchOptions };
        (arguments.Memory, arguments.MemorySwap) = (memoryMb, memoryMb);
        arguments.Volumes = files.VolumesOf(node);
        // After the files, and anew with them.
        arguments.Labels.Add(new ContainerLabelArgs { Label = "mysticeti.files", Value = files.Placed });
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

    // Names, addresses and ports are fixed, so the old one has to be gone, and all that hangs on it, before there can be a new one.
    private CustomResourceOptions Own() => new() { Parent = this, DeleteBeforeReplace = true };
}
