using System.Collections.Immutable;

namespace Mysticeti.Validator.Tests;

public sealed class FloorTests
{
    /// <summary>From the ground up.</summary>
    private static readonly ImmutableArray<string> Validator =
    [
        "Validator.Threading", "Validator.Emulation", "Validator.Storage", "Validator.Application", "Validator.Commits", "Validator.Contract",
        "Validator.Faults", "Validator.Heartbeat", "Validator.Links", "Validator.Rpc", "Validator.Node", "Validator.Cli", "Validator",
    ];

    [Fact]
    public void The_folders_of_the_validator_are_floors() => Assert.Empty(Floors.Violations(Validator, Floors.Sources("node/validator")));
}
