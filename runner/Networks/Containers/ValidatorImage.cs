using Mysticeti.Topology;

namespace Mysticeti.Runner.Networks.Containers;

/// <summary>Builds the validator's image from this source tree.</summary>
internal static class ValidatorImage
{
    /// <summary>Builds the image where it is missing or was built from other sources than those at hand; else does nothing.</summary>
    /// <returns>The image's <see cref="ContainerImages.SourcesLabel"/>.</returns>
    /// <exception cref="NetworkException">It could not be built.</exception>
    public static async Task<string> EnsureAsync(IProgress<string> progress, CancellationToken cancellationToken)
    {
        var present = await DockerEngine.ImageLabelAsync(ContainerImages.Validator, ContainerImages.SourcesLabel, cancellationToken);
        if (ValidatorSources.Find() is not { } sources)
            return present ?? throw new NetworkException($"image {ContainerImages.Validator} is missing, and there is no source tree to build it from");

        var wanted = sources.Hash($"{ContainerImages.ValidatorContext}/Dockerfile");
        if (present == wanted) return wanted;
        progress.Report($"building image {ContainerImages.Validator} ({(present is null ? "it is missing" : "the sources have changed")})");
        await BuildAsync(sources, wanted, cancellationToken);
        return wanted;
    }

    private static async Task BuildAsync(ValidatorSources sources, string label, CancellationToken cancellationToken)
    {
        var context = Path.Combine(sources.Root, ContainerImages.ValidatorContext);
        var publish = Path.Combine(context, "publish");
        if (Directory.Exists(publish)) Directory.Delete(publish, recursive: true);
        await sources.PublishAsync(ValidatorSources.OwnRuntimeIdentifier, publish, cancellationToken);
        var former = await DockerEngine.ImageIdAsync(ContainerImages.Validator, cancellationToken);
        await DockerEngine.RunAsync(["build", "--quiet", "--label", $"{ContainerImages.SourcesLabel}={label}", "--tag", ContainerImages.Validator, context], cancellationToken);
        // The one that lost its name to this one; it stays where something still runs it.
        if (former is not null && former != await DockerEngine.ImageIdAsync(ContainerImages.Validator, cancellationToken))
            await Tool.TryRunAsync("docker", ["image", "rm", former], cancellationToken);
    }
}
