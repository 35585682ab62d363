using System.Collections.Immutable;

namespace Mysticeti.Topology;

/// <summary>The images that networks in containers run.</summary>
public static class ContainerImages
{
    /// <summary>Our validator, built from <see cref="ValidatorDockerfile"/> on the machine that uses it, for its own processor.</summary>
    public const string Validator = "mysticeti-validator:local";

    /// <summary>How <see cref="Validator"/> is built, from the sources: the context is the tree's root.</summary>
    public const string ValidatorDockerfile = "infra/images/validator/Dockerfile";

    /// <summary>Whom <see cref="Validator"/> runs as, uid:gid: its Dockerfile's USER. Genesis, key and storage have to be this user's.</summary>
    public const string ValidatorUser = "10001:10001";

    /// <summary>The label that says which sources an image was built from: <see cref="SourceHash"/> of <see cref="ValidatorInputs"/>.</summary>
    public const string SourcesLabel = "mysticeti.sources";

    /// <summary>What <see cref="Validator"/> is made from, below the tree's root: whoever builds it looks whether these have changed since.</summary>
    public static ImmutableArray<string> ValidatorInputs { get; } = ["node", "Directory.Build.props", "Directory.Packages.props", ".dockerignore", ValidatorDockerfile];

    /// <summary>The images that the Dockerfile starts from, by its arguments for them. Variables of the environment of these names put others in their place.</summary>
    public static ImmutableArray<(string Argument, string Image)> ValidatorBases { get; } = [("SDK_IMAGE", "mcr.microsoft.com/dotnet/sdk:10.0"), ("BASE_IMAGE", "debian:bookworm-slim")];

    /// <summary>The validator where images for several processors lie side by side.</summary>
    /// <param name="architecture">x64 or arm64.</param>
    public static string ValidatorFor(string architecture) => $"{Validator}-{architecture}";
}
