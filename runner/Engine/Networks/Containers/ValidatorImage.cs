using Mysticeti.Topology;

namespace Mysticeti.Engine.Networks.Containers;

/// <summary>Builds the validator's image from this source tree, as the compose file does.</summary>
internal static class ValidatorImage
{
    /// <summary>Builds the image where it is missing or was built from other sources than those at hand; else does nothing.</summary>
    /// <returns>The image's <see cref="ContainerImages.SourcesLabel"/>.</returns>
    /// <exception cref="NetworkException">It could not be built.</exception>
    public static async Task<string> EnsureAsync(IProgress<string> progress, CancellationToken cancellationToken)
    {
        // One that Compose built has no label. Built again it gets one, for which every step is in the builder's cache.
        var present = await DockerEngine.ImageLabelAsync(ContainerImages.Validator, ContainerImages.SourcesLabel, cancellationToken);
        if (ValidatorSources.Find() is not { } sources)
            return present ?? throw new NetworkException($"image {ContainerImages.Validator} is missing, and there is no source tree to build it from");

        var wanted = SourceHash.Of(sources.Root, [.. ContainerImages.ValidatorInputs]);
        if (present == wanted) return wanted;
        progress.Report($"building image {ContainerImages.Validator} ({(present is null ? "it is missing" : "the sources have changed")}); the first time this takes some minutes");
        await BuildAsync(sources.Root, wanted, cancellationToken);
        return wanted;
    }

    private static async Task BuildAsync(string root, string label, CancellationToken cancellationToken)
    {
        var former = await DockerEngine.ImageIdAsync(ContainerImages.Validator, cancellationToken);
        await DockerEngine.RunAsync(
            [
                "build", "--quiet", "--file", Path.Combine(root, ContainerImages.ValidatorDockerfile), "--tag", ContainerImages.Validator,
                // Without a value: that of the environment's variable, where there is one.
                .. ContainerImages.ValidatorBases.SelectMany(image => (string[])["--build-arg", image.Argument]),
                "--label", $"{ContainerImages.SourcesLabel}={label}", root,
            ],
            cancellationToken);
        // The one that lost its name to this one; it stays where something still runs it.
        if (former is not null && former != await DockerEngine.ImageIdAsync(ContainerImages.Validator, cancellationToken))
            await Tool.TryRunAsync("docker", ["image", "rm", former], cancellationToken);
    }
}
