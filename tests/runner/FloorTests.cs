using System.Collections.Immutable;

namespace Mysticeti.Runner.Tests;

public sealed class FloorTests
{
    /// <summary>From the ground up.</summary>
    private static readonly ImmutableArray<string> Runner =
    [
        "Engine.Console", "Engine.Nodes", "Engine.Load", "Engine.Load.Submission", "Engine.Observation", "Engine.Flavors", "Engine.Resources", "Engine.Networks",
        "Engine.Networks.Containers", "Engine.Networks.External", "Engine.Ssh", "Engine.Remote", "Engine.Faults", "Engine.Plan", "Engine.Measurement",
        "Engine.Load.Workers", "Engine.Calibration", "Engine.Reports", "Engine.Reports.Comparison", "Engine.Dag", "Engine.Benchmark", "Engine.Simulation",
        "Platform.Database", "Platform.Hosting", "Platform.LogFetcher", "Platform.LogApi", "Platform.Uptime", "Platform.ExperimentsApi",
        "Platform.Orchestrator", "Platform.Dashboard", "Platform",
        "Runner.Cli.Options", "Runner.Cli.Configuration", "Runner.Cli.Interactive", "Runner.Cli", "Runner",
    ];

    [Fact]
    public void The_folders_of_the_runner_are_floors() => Assert.Empty(Floors.Violations(Runner, Floors.Sources("runner")));

    [Theory]
    [InlineData("using Mysticeti.Engine.Reports;")]
    [InlineData("using static Mysticeti.Engine.Reports.SealedRun;")]
    [InlineData("using Sealed = Mysticeti.Engine.Reports.SealedRun;")]
    [InlineData("sealed class Careless(Reports.SealedRun run);")]
    [InlineData("sealed class Careless(Mysticeti.Engine.Reports.SealedRun run);")]
    public void A_forbidden_import_is_named(string line)
    {
        var files = Floors.Sources("runner").Append(("runner/Engine/Load/Careless.cs", $"namespace Mysticeti.Engine.Load;\n{line}\n"));
        Assert.Equal(["runner/Engine/Load/Careless.cs: Engine.Load uses Engine.Reports, which lies above it"], Floors.Violations(Runner, files));
    }

    [Fact]
    public void A_new_folder_needs_a_floor() => Assert.Equal(
        ["runner/Engine/Nowhere/Lost.cs: Engine.Nowhere is on no floor"],
        Floors.Violations(Runner, [("runner/Engine/Nowhere/Lost.cs", "namespace Mysticeti.Engine.Nowhere;\n")]));
}
