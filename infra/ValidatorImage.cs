using System.Runtime.InteropServices;
using Mysticeti.Topology;
using Mysticeti.Topology.Cloud;
using Pulumi;
using Docker = Pulumi.Docker;
using LocalCommand = Pulumi.Command.Local.Command;

namespace Mysticeti.Infra;

/// <summary>The image that validators run: built here, or one that the configuration names, which is left to whoever runs it to pull.</summary>
internal sealed class ValidatorImage : ComponentResource
{
    private readonly Resource[] _built = [];
    private readonly string _architecture = "";

    /// <param name="architecture">x64 or arm64: that of the machines it runs on.</param>
    /// <param name="directory">The program's directory, infra.</param>
    public ValidatorImage(StackSettings settings, string architecture, string directory, ComponentResource parent)
        : base("mysticeti:infra:ValidatorImage", $"{settings.Name}-image", new ComponentResourceOptions { Parent = parent })
    {
        Name = Output.Create(settings.Image);
        if (settings.BuildsImage)
        {
            _architecture = architecture;
            Sources = SourceHash.Of(Path.Combine(directory, ".."), [.. ContainerImages.ValidatorInputs]);
            // In two stages from the sources, as the compose file has it: nothing has to be published first.
            var image = new Docker.Image(
                "validator-image",
                new()
                {
                    ImageName = ContainerImages.ValidatorFor(architecture),
                    SkipPush = true,
                    Build = new Docker.Inputs.DockerBuildArgs
                    {
                        Context = "..",
                        Dockerfile = $"../{ContainerImages.ValidatorDockerfile}",
                        Platform = architecture == "arm64" ? "linux/arm64" : "linux/amd64",
                    },
                },
                new CustomResourceOptions { Parent = this });
            // A local image's id: another image makes another container.
            (Name, _built) = (image.RepoDigest, [image]);
        }

        RegisterOutputs();
    }

    /// <summary>What a container of this machine's engine runs.</summary>
    public Output<string> Name { get; }

    /// <summary>The architecture of this machine.</summary>
    public static string OwnArchitecture => RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64";

    /// <summary>Changes with the sources; empty where the image is not built here.</summary>
    public string Sources { get; } = "";

    /// <summary>The image as a compressed file, to be loaded elsewhere.</summary>
    /// <param name="directory">The program's directory, infra.</param>
    public Output<AssetOrArchive> Archive(string directory)
    {
        var path = $"../artifacts/validator-image-{_architecture}-{Sources[..12]}.tar.gz";
        var save = new LocalCommand(
            "image-archive",
            new()
            {
                Create = $"mkdir -p ../artifacts && docker save {ContainerImages.ValidatorFor(_architecture)} | gzip -1 >{path}",
                Triggers = new object[] { Sources },
            },
            new CustomResourceOptions { Parent = this, DependsOn = _built });
        // Looked at once it is there: a preview has nothing to look at, and a state that came from another machine no file.
        return save.Id.Apply(_ => File.Exists(Path.Combine(directory, path)) || Deployment.Instance.IsDryRun
            ? (AssetOrArchive)new FileAsset(path)
            : throw new RunException($"infra/{path} is missing: this stack was brought up from another machine; make it again with pulumi up --replace '**image-archive'"));
    }
}
