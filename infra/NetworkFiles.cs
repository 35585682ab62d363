using Mysticeti.Topology;
using Pulumi;
using Pulumi.Docker.Inputs;
using Docker = Pulumi.Docker;

namespace Mysticeti.Infra;

/// <summary>
/// The files of a network of containers in volumes, as the compose file has them: genesis and parameters in one for all, each key with its
/// validator's storage. A container that ends at once gives them to the user that validators run as; what Docker uploads is root's.
/// </summary>
internal sealed class NetworkFiles : ComponentResource
{
    private readonly Docker.Volume _shared;
    private readonly Docker.Volume[] _own;

    public NetworkFiles(ContainerPlan plan, CommitteeKeys keys, ValidatorImage image, ComponentResource parent)
        : base("mysticeti:infra:NetworkFiles", $"{plan.Name}-files", new ComponentResourceOptions { Parent = parent })
    {
        _shared = Volume(plan, plan.GenesisVolume);
        _own = [.. plan.Nodes.Select(node => Volume(plan, ContainerPlan.DataVolume(node)))];
        List<ContainerUploadArgs> files = [new() { File = plan.Nodes[0].GenesisPath, ContentBase64 = keys.Genesis, Permissions = "0644" }];
        files.AddRange(plan.Nodes.Select(node => new ContainerUploadArgs { File = node.KeyPath, ContentBase64 = keys.Key(node.Index), Permissions = "0600" }));
        if (plan.Nodes[0].ParametersPath is { } path) files.Add(new() { File = path, Content = $"{plan.Parameters}\n", Permissions = "0644" });
        Placed = new Docker.Container(
            plan.InitName,
            new()
            {
                Name = plan.InitName,
                Image = image.Name,
                User = "0:0",
                // Its root stays writable: Docker uploads files into no other.
                SecurityOpts = { "no-new-privileges:true" },
                Capabilities = new ContainerCapabilitiesArgs { Drops = { "ALL" }, Adds = ContainerPlan.InitCapabilities.ToArray() },
                NetworkMode = "none",
                Entrypoints = { "/bin/sh", "-c" },
                Command = { ContainerPlan.ReceiveScript },
                Volumes = new[] { Mounted(_shared, ContainerPlan.Root) }.Concat(plan.Nodes.Select(node => Mounted(_own[node.Index], node.WorkingDirectory))).ToArray(),
                Uploads = files.ToArray(),
                // Waits for its end, and takes that for success.
                Attach = true,
                MustRun = false,
                Restart = "no",
                Labels = { new ContainerLabelArgs { Label = "mysticeti.stack", Value = plan.Name } },
            },
            new CustomResourceOptions { Parent = this, DeleteBeforeReplace = true }).Id;
        RegisterOutputs();
    }

    /// <summary>Known once the files are where validators can read them; changes with them.</summary>
    public Output<string> Placed { get; }

    /// <summary>What a validator sees: what is everybody's, and over it its own.</summary>
    public ContainerVolumeArgs[] VolumesOf(ValidatorLaunch node) => [Mounted(_shared, ContainerPlan.Root, readOnly: true), Mounted(_own[node.Index], node.WorkingDirectory)];

    private Docker.Volume Volume(ContainerPlan plan, string name) => new(
        name, new() { Name = name, Labels = { new VolumeLabelArgs { Label = "mysticeti.stack", Value = plan.Name } } }, new CustomResourceOptions { Parent = this });

    private static ContainerVolumeArgs Mounted(Docker.Volume volume, string path, bool readOnly = false) => new() { VolumeName = volume.Name, ContainerPath = path, ReadOnly = readOnly };
}
