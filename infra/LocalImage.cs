using System.Runtime.InteropServices;
using Mysticeti.Topology;
using Pulumi;
using Docker = Pulumi.Docker;
using LocalCommand = Pulumi.Command.Local.Command;

namespace Mysticeti.Infra;

/// <summary>An image of one of this tree's programs: published and built here when the sources have changed.</summary>
internal sealed class LocalImage : ComponentResource
{
    /// <param name="name">What its resources are called after.</param>
    /// <param name="image">The image's own name.</param>
    /// <param name="project">The program, from the tree's root: <c>node/validator</c>.</param>
    /// <param name="context">The build context with the Dockerfile, from the tree's root.</param>
    /// <param name="architecture">x64 or arm64: that of the machines it runs on.</param>
    /// <param name="directory">The program's directory, infra.</param>
    /// <param name="sources">Directories that the program is made of, from the tree's root.</param>
    public LocalImage(string name, string image, string project, string context, string architecture, string directory, ComponentResource parent, params string[] sources)
        : base("mysticeti:infra:LocalImage", $"{name}-built", new ComponentResourceOptions { Parent = parent })
    {
        Sources = SourceHash.Of(Path.Combine(directory, ".."), [.. sources, "Directory.Build.props", "Directory.Packages.props", $"{context}/Dockerfile"]);
        var publish = new LocalCommand(
            $"{name}-publish",
            new()
            {
                Create = $"dotnet publish ../{project} -c Release -r linux-{architecture} --self-contained --artifacts-path ../artifacts/image -o ../{context}/publish -v quiet",
                Triggers = new object[] { Sources, architecture },
            },
            new CustomResourceOptions { Parent = this });
        var built = new Docker.Image(
            $"{name}-image",
            new()
            {
                ImageName = image,
                SkipPush = true,
                Build = new Docker.Inputs.DockerBuildArgs { Context = $"../{context}", Platform = architecture == "arm64" ? "linux/arm64" : "linux/amd64" },
            },
            new CustomResourceOptions { Parent = this, DependsOn = { publish } });
        Steps = [publish, built];
        // A local image's id: another image makes another container.
        Id = built.RepoDigest;
        RegisterOutputs();
    }

    /// <summary>What a container of this machine's engine runs.</summary>
    public Output<string> Id { get; }

    /// <summary>Changes with the sources.</summary>
    public string Sources { get; }

    /// <summary>What has to be done before the image is there.</summary>
    public IReadOnlyList<Resource> Steps { get; }

    /// <summary>The architecture of this machine.</summary>
    public static string OwnArchitecture => RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64";
}
