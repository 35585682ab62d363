namespace Mysticeti.Topology;

/// <summary>The images that networks in containers run.</summary>
public static class ContainerImages
{
    /// <summary>Our validator, built from <see cref="ValidatorContext"/> on the machine that uses it.</summary>
    public const string Validator = "mysticeti-validator:local";

    /// <summary>The build context of <see cref="Validator"/>, from the source tree's root.</summary>
    public const string ValidatorContext = "infra/images/validator";

    /// <summary>Whom <see cref="Validator"/> runs as, uid:gid: its Dockerfile's USER. Genesis, key and storage have to be this user's.</summary>
    public const string ValidatorUser = "10001:10001";

    /// <summary>The label that says which sources an image was built from: <see cref="SourceHash"/>.</summary>
    public const string SourcesLabel = "mysticeti.sources";
}
