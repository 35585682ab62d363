using Mysticeti.Engine.Console;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Reports;
using Mysticeti.Engine.Simulation;
using Mysticeti.Runner.Cli;

namespace Mysticeti.Runner.Tests.Simulation;

public sealed class DeterminismTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("simulation-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task The_same_seed_gives_the_same_files_byte_for_byte()
    {
        var first = await FilesOf(Eventful(seed: 7), "first");
        var second = await FilesOf(Eventful(seed: 7), "second");
        Assert.Contains("simulated_benchmark_1_200txs.json", first.Keys);
        Assert.Contains("summary.json", first.Keys);
        Assert.Contains("manifest.json", first.Keys);
        Assert.Equal(first.Keys.Order(), second.Keys.Order());
        foreach (var (name, bytes) in first) Assert.True(bytes.AsSpan().SequenceEqual(second[name]), $"{name} differs");
    }

    [Fact]
    public async Task The_page_of_a_simulation_does_not_tell_where_it_was_made()
    {
        Assert.SkipUnless(HtmlReport.IsAvailable, "the build had no Node.js to bundle the page with");
        await FilesOf(Eventful(seed: 7), "first");
        var run = Assert.Single(Directory.GetDirectories(Path.Combine(_root, "first")));
        var page = await HtmlReport.RenderAsync(run, TestContext.Current.CancellationToken);
        Directory.Move(run, Path.Combine(_root, "elsewhere"));
        Assert.Equal(page, await HtmlReport.RenderAsync(Path.Combine(_root, "elsewhere"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Another_seed_gives_another_run()
    {
        var first = await FilesOf(Eventful(seed: 7), "first");
        var other = await FilesOf(Eventful(seed: 8), "other");
        Assert.False(first["simulated_benchmark_1_200txs.json"].AsSpan().SequenceEqual(other["simulated_benchmark_1_200txs.json"]));
        Assert.NotEqual(Simulations.Run(Eventful(7)).Result.Safety.ChainDigest, Simulations.Run(Eventful(8)).Result.Safety.ChainDigest);
    }

    [Fact]
    public void A_sweep_reports_the_same_whichever_seed_is_done_first()
    {
        Assert.Equal(
            SeedSweep.RunAll(30, 6, committee: 4, new SimulationSettings(), done: null, TestContext.Current.CancellationToken).Select(result => result.ToString()),
            Enumerable.Range(30, 6).Select(seed => SeedSweep.Run((ulong)seed, 4, new SimulationSettings()).ToString()));
    }

    /// <summary>A bit of everything that draws random numbers.</summary>
    private static SimulationSettings Eventful(ulong seed) => Simulations.Small(committee: 7, seed) with
    {
        Regions = Simulations.Wan,
        Loss = 0.01,
        Arrival = Arrival.Poisson,
        Faults = new FaultPlan
        {
            Crashes = [new Crash(1, Simulations.Seconds(1), Simulations.Seconds(2.5))],
            Partitions = [new Partition([0, 2], Simulations.Seconds(3), Simulations.Seconds(4))],
            Withholding = [6],
        },
    };

    private async Task<Dictionary<string, byte[]>> FilesOf(SimulationSettings settings, string name)
    {
        var output = Path.Combine(_root, name);
        Assert.Equal(ExitCodes.Done, await SimulateCommand.RunAsync(settings, output, TextWriter.Null, TestContext.Current.CancellationToken));
        // The directory is named by the time of day, and the page by the directory.
        var run = Path.Combine(output, "run");
        Directory.Move(Assert.Single(Directory.GetDirectories(output)), run);
        var shell = new Shell(TextWriter.Null, TextWriter.Null, TimeProvider.System, output);
        Assert.Equal(ExitCodes.Done, await CommandLine.RunAsync(["report", run], shell, TestContext.Current.CancellationToken));
        return Directory.GetFiles(run).ToDictionary(file => Path.GetFileName(file), File.ReadAllBytes);
    }
}
