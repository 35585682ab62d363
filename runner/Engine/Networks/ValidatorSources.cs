using System.Runtime.InteropServices;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Networks;

/// <summary>The source tree that this program was built in, as far as validators for other places are made from it.</summary>
/// <param name="Root">The tree's directory.</param>
internal sealed record ValidatorSources(string Root)
{
    private static readonly string[] Paths = ["node", "Directory.Build.props", "Directory.Packages.props"];

    /// <summary>The runtime identifier of .NET for Linux on this machine's processor.</summary>
    public static string OwnRuntimeIdentifier => RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "linux-arm64" : "linux-x64";

    /// <summary>Null where this program was installed elsewhere.</summary>
    public static ValidatorSources? Find()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Mysticeti.sln"))) return new ValidatorSources(directory.FullName);
        }

        return null;
    }

    /// <summary>Changes with what a validator is made from.</summary>
    public string Hash() => SourceHash.Of(Root, Paths);

    /// <summary>Publishes the validator with its own .NET runtime, so that where it runs none is needed.</summary>
    /// <param name="runtimeIdentifier">For example <c>linux-x64</c>.</param>
    /// <param name="directory">Where to; absolute.</param>
    /// <exception cref="NetworkException">It could not be published.</exception>
    public async Task PublishAsync(string runtimeIdentifier, string directory, CancellationToken cancellationToken)
    {
        var published = await Tool.TryRunAsync(
            "dotnet",
            [
                "publish", Path.Combine(Root, "node", "validator"), "--configuration", "Release", "--runtime", runtimeIdentifier, "--self-contained",
                // With intermediate files of its own: the build of the tool that is running is not touched.
                "--artifacts-path", Path.Combine(Root, "artifacts", "image"), "--output", directory, "--nologo", "--verbosity", "quiet",
            ],
            cancellationToken,
            Root) ?? throw new NetworkException("to publish the validator needs the .NET SDK, which is not installed");
        if (published.Succeeded) return;
        var error = published.OutputLines.FirstOrDefault(line => line.Contains("error", StringComparison.Ordinal)) ?? published.Reason;
        throw new NetworkException($"the validator could not be published: {error}");
    }
}
