using System.Runtime.InteropServices;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Networks.Containers;

/// <summary>Builds the validator's image from this source tree.</summary>
internal static class ValidatorImage
{
    private static readonly string[] Sources = ["node", "Directory.Build.props", "Directory.Packages.props", $"{ContainerImages.ValidatorContext}/Dockerfile"];

    /// <summary>Builds the image where it is missing or was built from other sources than those at hand; else does nothing.</summary>
    /// <exception cref="NetworkException">It could not be built.</exception>
    public static async Task EnsureAsync(IProgress<string> progress, CancellationToken cancellationToken)
    {
        var present = await DockerEngine.ImageLabelAsync(ContainerImages.Validator, ContainerImages.SourcesLabel, cancellationToken);
        if (SourceTree() is not { } root)
        {
            if (present is null) throw new NetworkException($"image {ContainerImages.Validator} is missing, and there is no source tree to build it from");
            return;
        }

        var sources = SourceHash.Of(root, Sources);
        if (present == sources) return;
        progress.Report($"building image {ContainerImages.Validator} ({(present is null ? "it is missing" : "the sources have changed")})");
        await BuildAsync(root, sources, cancellationToken);
    }

    private static async Task BuildAsync(string root, string sources, CancellationToken cancellationToken)
    {
        var context = Path.Combine(root, ContainerImages.ValidatorContext);
        var publish = Path.Combine(context, "publish");
        if (Directory.Exists(publish)) Directory.Delete(publish, recursive: true);
        var architecture = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64";
        // With intermediate files of its own: the build of the tool that is running is not touched.
        var published = await Tool.TryRunAsync(
            "dotnet",
            [
                "publish", Path.Combine(root, "node", "validator"), "--configuration", "Release", "--runtime", $"linux-{architecture}", "--self-contained",
                "--artifacts-path", Path.Combine(root, "artifacts", "image"), "--output", publish, "--nologo", "--verbosity", "quiet",
            ],
            cancellationToken,
            root) ?? throw new NetworkException("the validator's image needs the .NET SDK, which is not installed");
        if (!published.Succeeded)
        {
            var error = published.OutputLines.FirstOrDefault(line => line.Contains("error", StringComparison.Ordinal)) ?? published.Reason;
            throw new NetworkException($"the validator could not be published for its image: {error}");
        }

        var former = await DockerEngine.ImageIdAsync(ContainerImages.Validator, cancellationToken);
        await DockerEngine.RunAsync(["build", "--quiet", "--label", $"{ContainerImages.SourcesLabel}={sources}", "--tag", ContainerImages.Validator, context], cancellationToken);
        // The one that lost its name to this one; it stays where something still runs it.
        if (former is not null && former != await DockerEngine.ImageIdAsync(ContainerImages.Validator, cancellationToken))
            await Tool.TryRunAsync("docker", ["image", "rm", former], cancellationToken);
    }

    /// <summary>The tree that this program was built in; null where it was installed elsewhere.</summary>
    private static string? SourceTree()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, ContainerImages.ValidatorContext, "Dockerfile"))) return directory.FullName;
        }

        return null;
    }
}
