using Mysticeti.Engine.Console;
using Mysticeti.Engine.Reports;
using Mysticeti.Runner.Tests.Cli;
using Mysticeti.Runner.Tests.Comparison;
using Mysticeti.Runner.Tests.Measurement;

namespace Mysticeti.Runner.Tests.Reports;

public sealed class ReportCommandTests : CommandLineFixture
{
    private const string Measured = "embedded_benchmark_1_100txs.json";

    private Task<string> RecordAsync() => RecordedRuns.WriteAsync(
        Files.Path, SampleReports.Settings(100) with { Repeat = 2, Thresholds = [Thresholds.Parse("p99_ms < 5")] }, RecordedRuns.Repeats(2, 10),
        logs: [new LogEvidence("node0", Starts: 2, Warnings: 3, Errors: 1, FirstError: "12:00:00 fail: a disk", Equivocations: 4), new LogEvidence("node1", 1, 0, 0, null, 0)]);

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    public async Task What_is_rendered_again_is_what_the_run_wrote(string afterTheName)
    {
        var directory = await RecordAsync();
        var before = Directory.GetFiles(directory).ToDictionary(f => f, File.ReadAllText);
        string[] rendered = [.. RunReports.RenderedNames((await SealedRun.OpenAsync(directory, default)).Summary)];
        Assert.Contains("embedded_benchmark_2_100txs.hgrm", rendered);
        foreach (var name in rendered) File.Delete(Path.Combine(directory, name));
        Assert.Equal(ExitCodes.Done, await RunAsync("report", directory + afterTheName));
        Assert.Equal(before, Directory.GetFiles(directory).ToDictionary(f => f, File.ReadAllText));
        Assert.Contains("INTERVALS", Out, StringComparison.Ordinal);
        Assert.Contains("Logs: 2 searched, 1 errors, 3 warnings, 1 restarts, 4 equivocations noticed", Out, StringComparison.Ordinal);
        Assert.Contains("node0: 1 errors, the first: 12:00:00 fail: a disk", await File.ReadAllTextAsync(Path.Combine(directory, "summary.txt")), StringComparison.Ordinal);
        Assert.Contains("Threshold p99_ms < 5 does not hold in #1 (100 tx/s)", Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_result_that_was_changed_is_refused_and_named()
    {
        var directory = await RecordAsync();
        var file = Path.Combine(directory, Measured);
        // As long as before, so that only its hash can tell.
        var text = await File.ReadAllTextAsync(file);
        await File.WriteAllTextAsync(file, text.Replace("\"lost\": 0", "\"lost\": 1", StringComparison.Ordinal));
        Assert.Equal(ExitCodes.Usage, await RunAsync("report", directory));
        Assert.Contains($"{Measured} was changed since the run was sealed", Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, await RunAsync("compare", directory, directory));
    }

    [Fact]
    public async Task A_result_that_is_gone_is_named()
    {
        var directory = await RecordAsync();
        File.Delete(Path.Combine(directory, Measured));
        Assert.Equal(ExitCodes.Usage, await RunAsync("report", directory));
        Assert.Contains($"{Measured} is missing", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rendering_seals_nothing_that_was_not_sealed_before()
    {
        var directory = await RecordAsync();
        await File.WriteAllTextAsync(Path.Combine(directory, "added.json"), "{}");
        Assert.Equal(ExitCodes.Done, await RunAsync("report", directory));
        Assert.DoesNotContain((await SealedRun.OpenAsync(directory, default)).Manifest.Files, f => f.Path == "added.json");
    }

    [Fact]
    public async Task Rendering_seals_reports_that_an_older_run_does_not_have()
    {
        var directory = await RecordAsync();
        var run = await SealedRun.OpenAsync(directory, default);
        ManifestFile[] older = [.. run.Manifest.Files.Where(file => !file.Path.EndsWith(".hgrm", StringComparison.Ordinal))];
        await run.Directory.WriteJsonAsync(RunDirectory.ManifestName, run.Manifest with { Files = older });
        foreach (var file in Directory.GetFiles(directory, "*.hgrm")) File.Delete(file);
        Assert.Equal(ExitCodes.Done, await RunAsync("report", directory));
        Assert.Equal(run.Manifest.Files, (await SealedRun.OpenAsync(directory, default)).Manifest.Files);
        Assert.Equal(2, Directory.GetFiles(directory, "*.hgrm").Length);
    }

    [Fact]
    public async Task A_histogram_that_contradicts_itself_is_refused()
    {
        var directory = await RecordAsync();
        var run = await SealedRun.OpenAsync(directory, default);
        var histogram = run.Loads[0].Histogram;
        await run.Directory.WriteJsonAsync(Measured, run.Loads[0] with { Histogram = histogram with { Count = histogram.Count + 1 } });
        await run.Directory.SealAgainAsync(run.Manifest, [Measured]);
        Assert.Equal(ExitCodes.Usage, await RunAsync("report", directory));
        Assert.Contains("cannot be rendered: the histogram's buckets hold", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_manifest_that_leads_outside_is_refused()
    {
        var directory = await RecordAsync();
        var run = await SealedRun.OpenAsync(directory, default);
        await run.Directory.WriteJsonAsync(RunDirectory.ManifestName, run.Manifest with { Files = [.. run.Manifest.Files, new ManifestFile("../x", 0, "")] });
        Assert.Equal(ExitCodes.Usage, await RunAsync("report", directory));
        Assert.Contains("lies outside", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_run_is_refused()
    {
        Assert.Equal(ExitCodes.Usage, await RunAsync("report", Files.File("nowhere")));
        Assert.Contains("there is no directory", Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, await RunAsync("report", Files.Path));
        Assert.Contains("has no manifest.json", Error, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Files.File("manifest.json"), "[");
        Assert.Equal(ExitCodes.Usage, await RunAsync("report", Files.Path));
        Assert.Contains("cannot be used as a sealed run", Error, StringComparison.Ordinal);
    }
}
