using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using Mysticeti.Runner.Networks;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Remote;

/// <summary>The validator as it is delivered to hosts: a tar.gz of a published directory, and what is in it.</summary>
/// <param name="Path">The file on this machine.</param>
/// <param name="Hash">SHA-256 of the file, hexadecimal.</param>
internal sealed record ValidatorPackage(string Path, string Hash, long Length)
{
    private const string Program = "mysticeti-validator";

    /// <summary>Packs a directory that somebody else published; where it was packed before and has not changed, nothing is done.</summary>
    /// <param name="cache">A directory for packages.</param>
    /// <exception cref="NetworkException">There is no validator in it.</exception>
    public static async Task<ValidatorPackage> PackAsync(string directory, string cache, CancellationToken cancellationToken)
    {
        if (!File.Exists(System.IO.Path.Combine(directory, Program)))
            throw new NetworkException($"'{directory}' holds no {Program}; publish node/validator for the hosts' architecture and name that directory");
        Directory.CreateDirectory(cache);
        var packed = System.IO.Path.Combine(cache, $"{SourceHash.Of(directory, ".")}.tar.gz");
        if (!File.Exists(packed))
        {
            var part = $"{packed}.{Guid.NewGuid():N}";
            await using (var file = File.Create(part))
            await using (var gzip = new GZipStream(file, CompressionLevel.Fastest))
                await TarFile.CreateFromDirectoryAsync(directory, gzip, includeBaseDirectory: false, cancellationToken);
            File.Move(part, packed, overwrite: true);
        }

        await using var content = File.OpenRead(packed);
        return new ValidatorPackage(packed, Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken)), content.Length);
    }

    /// <summary>Publishes the validator of this source tree with its own .NET runtime, so that hosts need none, and packs it. Done once for each state of the sources.</summary>
    /// <param name="runtimeIdentifier">For example <c>linux-x64</c>.</param>
    /// <exception cref="NetworkException">There are no sources, or they cannot be published.</exception>
    public static async Task<ValidatorPackage> PublishAsync(string runtimeIdentifier, string cache, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var root = SourceRoot();
        var sources = SourceHash.Of(root, "node/consensus", "node/topology", "node/validator", "Directory.Packages.props");
        var target = System.IO.Path.GetFullPath(System.IO.Path.Combine(cache, $"{runtimeIdentifier}-{sources[..16]}"));
        if (!File.Exists(System.IO.Path.Combine(target, Program)))
        {
            progress.Report($"publishing the validator for {runtimeIdentifier}");
            var part = $"{target}.{Guid.NewGuid():N}";
            await RunAsync(root, ["publish", "node/validator", "-c", "Release", "-r", runtimeIdentifier, "--self-contained", "-o", part,
                // Beside the source tree, whose own builds are for this machine.
                "--artifacts-path", System.IO.Path.Combine(System.IO.Path.GetFullPath(cache), "build"), "-v", "quiet", "--nologo"], cancellationToken);
            Directory.Move(part, target);
        }

        return await PackAsync(target, cache, cancellationToken);
    }

    private static async Task RunAsync(string root, string[] arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = root, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start) ?? throw new NetworkException("dotnet could not be started");
        try
        {
            var texts = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
            await process.WaitForExitAsync(cancellationToken);
            if (process.ExitCode != 0) throw new NetworkException($"the validator could not be published: {Ssh.SshMessages.LastLine(string.Concat(texts), "dotnet does not say why")}");
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    private static string SourceRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(directory.FullName, "Mysticeti.sln"))) return directory.FullName;
        }

        throw new NetworkException("the sources of the validator are not here; publish it elsewhere and name the directory with --validator-package");
    }
}
