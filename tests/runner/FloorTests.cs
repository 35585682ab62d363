using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Mysticeti.Runner.Tests;

/// <summary>
/// The folders of the runner and of the validator are floors: each may use those above it in the list here, never those below it, so that there
/// is no cycle and whoever reads a floor needs to know the earlier ones only.
/// </summary>
public sealed partial class FloorTests
{
    private static readonly ImmutableArray<string> Runner =
    [
        "Engine.Console", "Engine.Load", "Engine.Load.Submission", "Engine.Observation", "Engine.Flavors", "Engine.Resources", "Engine.Networks",
        "Engine.Networks.Containers", "Engine.Networks.External", "Engine.Ssh", "Engine.Remote", "Engine.Faults", "Engine.Plan", "Engine.Measurement",
        "Engine.Load.Workers", "Engine.Calibration", "Engine.Reports", "Engine.Reports.Comparison", "Engine.Dag", "Engine.Benchmark", "Engine.Simulation",
        "Platform.Database", "Platform.Hosting", "Platform.LogFetcher", "Platform.LogApi", "Platform.Uptime", "Platform.ExperimentsApi",
        "Platform.Orchestrator", "Platform.Dashboard", "Platform",
        "Runner.Cli.Options", "Runner.Cli.Configuration", "Runner.Cli.Interactive", "Runner.Cli", "Runner",
    ];

    [Fact]
    public void The_folders_of_the_runner_are_floors() => Assert.Empty(Violations(Runner, Sources("runner")));

    [Theory]
    [InlineData("using Mysticeti.Engine.Reports;")]
    [InlineData("using static Mysticeti.Engine.Reports.SealedRun;")]
    [InlineData("using Sealed = Mysticeti.Engine.Reports.SealedRun;")]
    [InlineData("sealed class Careless(Reports.SealedRun run);")]
    [InlineData("sealed class Careless(Mysticeti.Engine.Reports.SealedRun run);")]
    public void A_forbidden_import_is_named(string line)
    {
        var files = Sources("runner").Append(("runner/Engine/Load/Careless.cs", $"namespace Mysticeti.Engine.Load;\n{line}\n"));
        Assert.Equal(["runner/Engine/Load/Careless.cs: Engine.Load uses Engine.Reports, which lies above it"], Violations(Runner, files));
    }

    [Fact]
    public void A_new_folder_needs_a_floor() => Assert.Equal(
        ["runner/Engine/Nowhere/Lost.cs: Engine.Nowhere is on no floor"], Violations(Runner, [("runner/Engine/Nowhere/Lost.cs", "namespace Mysticeti.Engine.Nowhere;\n")]));

    /// <summary>What each source file uses of a floor above its own: by a using, or by a qualified name, for nothing else reaches upwards.</summary>
    private static IEnumerable<string> Violations(ImmutableArray<string> floors, IEnumerable<(string Path, string Text)> sources)
    {
        // The program's entry has no namespace: it is the roof.
        var files = sources.Select(file => (file.Path, Code: Comment().Replace(file.Text, ""))).Where(file => Namespace().IsMatch(file.Code))
            .Select(file => (file.Path, file.Code, Floor: Namespace().Match(file.Code).Groups[1].Value)).ToArray();
        var types = files.ToLookup(file => file.Floor, file => Type().Matches(file.Code).Select(match => match.Groups[1].Value));
        foreach (var (path, code, floor) in files)
        {
            if (!floors.Contains(floor)) yield return $"{path}: {floor} is on no floor";
            var above = floors.Contains(floor) ? floors.Skip(floors.IndexOf(floor) + 1) : [];
            foreach (var used in above.Where(other => Uses(code, floor, other, types[other].SelectMany(names => names))))
                yield return $"{path}: {floor} uses {used}, which lies above it";
        }
    }

    private static bool Uses(string code, string floor, string other, IEnumerable<string> types)
    {
        if (code.Contains($"using Mysticeti.{other};", StringComparison.Ordinal)) return true;
        // "Reports.SealedRun" means within Mysticeti.Engine.Load what it is called within Mysticeti.Engine.
        var shared = floor.Split('.').Zip(other.Split('.')).TakeWhile(pair => pair.First == pair.Second).Count();
        var ways = Enumerable.Range(0, shared + 1).Select(skipped => string.Join('.', other.Split('.').Skip(skipped))).Where(way => way.Length > 0)
            .SelectMany(way => (string[])[way, $"Mysticeti.{way}"]);
        return ways.Any(way => code.Contains(way + ".", StringComparison.Ordinal)
            && types.Any(type => Regex.IsMatch(code, $@"(?<![\w.]){Regex.Escape(way)}\.{type}\b")));
    }

    private static IEnumerable<(string Path, string Text)> Sources(string area) =>
        from file in Directory.EnumerateFiles(SourceTree.PathOf(area), "*.cs", SearchOption.AllDirectories)
        let path = Path.GetRelativePath(SourceTree.Root, file).Replace('\\', '/')
        where !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal) && !path.Contains("/node_modules/", StringComparison.Ordinal)
        select (path, File.ReadAllText(file));

    [GeneratedRegex(@"^namespace Mysticeti\.([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^(?:public |internal )?(?:static |sealed |abstract |readonly |partial |ref )*(?:class|record struct|record|struct|interface|enum) (\w+)", RegexOptions.Multiline)]
    private static partial Regex Type();

    [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();
}
