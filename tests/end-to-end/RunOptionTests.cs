using System.Text.Json;

namespace Mysticeti.EndToEnd.Tests;

/// <summary>What decides and describes a run, with the real tool: files, thresholds, repeats, search, reports, comparisons.</summary>
public sealed class RunOptionTests
{
    private const int InvalidMeasurement = 3;

    [Fact]
    public async Task A_file_decides_the_run_its_reports_are_rendered_again_and_it_is_compared()
    {
        using var sandbox = new Sandbox();
        await File.WriteAllTextAsync(Path.Combine(sandbox.Root, "run.yaml"), """
            duration: 1
            loads: [100]
            repeat: 2
            base_port: 0
            seed: 5
            thresholds: ["committed > 0", "lost < 0"]
            """);
        var runner = await sandbox.RunAsync("benchmark", "--config", "run.yaml");
        Assert.Contains("lost < 0: FAILED (0)", runner.Out, StringComparison.Ordinal);
        Assert.Contains("INTERVALS", runner.Out, StringComparison.Ordinal);
        Assert.True(runner.ExitCode is 1 or InvalidMeasurement, runner.ToString());

        var directory = Path.GetDirectoryName(sandbox.ResultFiles()[0])!;
        Assert.Equal(2, sandbox.ResultFiles().Count);
        using (var summary = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(directory, "summary.json"))))
        {
            Assert.Equal(runner.ExitCode, summary.RootElement.GetProperty("exit_code").GetInt32());
            Assert.Equal(2, summary.RootElement.GetProperty("failed_thresholds").GetArrayLength());
        }

        var before = await File.ReadAllTextAsync(Path.Combine(directory, "summary.txt"));
        File.Delete(Path.Combine(directory, "summary.txt"));
        var report = await sandbox.RunAsync("report", directory);
        Assert.True(report.ExitCode == 0, report.ToString());
        Assert.Equal(before, await File.ReadAllTextAsync(Path.Combine(directory, "summary.txt")));

        // A run compared with itself differs in nothing, unless its measurements cannot be used.
        var compare = await sandbox.RunAsync("compare", directory, directory);
        Assert.True(compare.ExitCode == (runner.ExitCode == 1 ? 0 : compare.Error.Contains("no valid measurement", StringComparison.Ordinal) ? 2 : 0), compare.ToString());
        await File.AppendAllTextAsync(sandbox.ResultFiles()[0], " ");
        Assert.Equal(2, (await sandbox.RunAsync("report", directory)).ExitCode);
    }

    [Fact]
    public async Task A_search_probes_loads_until_they_are_not_sustained()
    {
        using var sandbox = new Sandbox();
        var runner = await sandbox.RunAsync(
            "benchmark", "--search", "--loads", "50", "--duration", "1", "--warm-up", "0.5", "--repeat", "1", "--base-port", "0", "--threshold", "scheduled <= 180");
        Assert.True(runner.ExitCode is 0 or InvalidMeasurement, runner.ToString());
        var directory = Path.GetDirectoryName(sandbox.ResultFiles()[0])!;
        using var summary = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(directory, "summary.json")));
        var saturation = summary.RootElement.GetProperty("saturation");
        Assert.True(saturation.GetProperty("finished").GetBoolean());
        if (runner.ExitCode == 0) Assert.InRange(saturation.GetProperty("load").GetInt32(), 171, 180);
        Assert.Equal(sandbox.ResultFiles().Count, summary.RootElement.GetProperty("results").GetArrayLength());
        await sandbox.NoValidatorIsLeftAsync();
    }
}
