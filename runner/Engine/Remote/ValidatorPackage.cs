using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Networks.Containers;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Remote;

/// <summary>The validator as it is delivered to hosts: a tar.gz of a published directory, or of an image.</summary>
/// <param name="Path">The file on this machine.</param>
/// <param name="Hash">Changes with what is in it: SHA-256 of the file, or the image's <see cref="ContainerImages.SourcesLabel"/>; hexadecimal.</param>
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
        var packed = System.IO.Path.Combine(cache, $"{SourceHash.Of(directory, ".")}.tar.gz");
        await MakeAsync(packed, async archive =>
        {
            await using var gzip = new GZipStream(File.Create(archive), CompressionLevel.Fastest);
            await TarFile.CreateFromDirectoryAsync(directory, gzip, includeBaseDirectory: false, cancellationToken);
        });
        await using var content = File.OpenRead(packed);
        return new ValidatorPackage(packed, Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken)), content.Length);
    }

    /// <summary>Publishes the validator of this source tree with its own .NET runtime, so that hosts need none, and packs it. Done once for each state of the sources.</summary>
    /// <param name="runtimeIdentifier">For example <c>linux-x64</c>.</param>
    /// <exception cref="NetworkException">There are no sources, or they cannot be published.</exception>
    public static async Task<ValidatorPackage> PublishAsync(string runtimeIdentifier, string cache, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var sources = ValidatorSources.Find()
            ?? throw new NetworkException("the sources of the validator are not here; publish it elsewhere and name the directory with --validator-package");
        var target = System.IO.Path.GetFullPath(System.IO.Path.Combine(cache, $"{runtimeIdentifier}-{sources.Hash()[..16]}"));
        await MakeAsync(target, published =>
        {
            progress.Report($"publishing the validator for {runtimeIdentifier}");
            return sources.PublishAsync(runtimeIdentifier, published, cancellationToken);
        });
        return await PackAsync(target, cache, cancellationToken);
    }

    /// <summary>Saves the validator's image, which is built here first where it is missing or outdated.</summary>
    /// <param name="runtimeIdentifier">What the hosts are.</param>
    /// <exception cref="NetworkException">It cannot be built here, or not for these hosts.</exception>
    public static async Task<ValidatorPackage> SaveImageAsync(string runtimeIdentifier, string cache, IProgress<string> progress, CancellationToken cancellationToken)
    {
        if (runtimeIdentifier != ValidatorSources.OwnRuntimeIdentifier)
            throw new NetworkException($"the image that is built here is for {ValidatorSources.OwnRuntimeIdentifier}, and there are hosts of {runtimeIdentifier}; use --host-runtime process or systemd");
        var label = await ValidatorImage.EnsureAsync(progress, cancellationToken);
        var packed = System.IO.Path.Combine(cache, $"image-{label[..16]}.tar.gz");
        await MakeAsync(packed, async archive =>
        {
            progress.Report($"saving image {ContainerImages.Validator}");
            var saved = $"{archive}.tar";
            await DockerEngine.RunAsync(["save", "--output", saved, ContainerImages.Validator], cancellationToken);
            await using var image = File.OpenRead(saved);
            await using var gzip = new GZipStream(File.Create(archive), CompressionLevel.Fastest);
            await image.CopyToAsync(gzip, cancellationToken);
        });
        return new ValidatorPackage(packed, label, new FileInfo(packed).Length);
    }

    /// <summary>Makes a file or a directory that is not there yet; it has its name only once it is complete.</summary>
    private static async Task MakeAsync(string path, Func<string, Task> make)
    {
        if (System.IO.Path.Exists(path)) return;
        var work = Directory.CreateDirectory($"{path}.{Guid.NewGuid():N}").FullName;
        try
        {
            var made = System.IO.Path.Combine(work, "made");
            await make(made);
            // Files, too.
            Directory.Move(made, path);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }
}
