namespace Mysticeti.Topology;

/// <summary>The images that networks in containers run.</summary>
public static class ContainerImages
{
    /// <summary>Our validator, built from <see cref="ValidatorContext"/> on the machine that uses it.</summary>
    public const string Validator = "mysticeti-validator:local";

    /// <summary>The build context of <see cref="Validator"/>, from the source tree's root.</summary>
    public const string ValidatorContext = "infra/images/validator";

    /// <summary>The label that says which sources an image was built from: <see cref="SourceHash"/>.</summary>
    public const string SourcesLabel = "mysticeti.sources";
}
