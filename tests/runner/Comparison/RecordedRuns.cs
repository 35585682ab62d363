using System.Collections.Immutable;
using Mysticeti.Engine.Measurement;
using Mysticeti.Engine.Plan;
using Mysticeti.Engine.Reports;
using Mysticeti.Runner.Tests.Measurement;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Tests.Comparison;

/// <summary>Writes sealed run directories with figures that tests choose.</summary>
internal static class RecordedRuns
{
    public static async Task<string> WriteAsync(
        string output, BenchmarkSettings settings, IEnumerable<LoadResult> results, Func<RunEnvironment, RunEnvironment>? change = null, double costPerHour = 0, params ImmutableArray<LogEvidence> logs)
    {
        var directory = RunDirectory.Create(
            output, new DateTimeOffset(2026, 1, 2, 10, 15, 0, TimeSpan.Zero), settings.NetworkType, "benchmark", "settings.json", SettingsText.RenderJson(settings));
        await directory.WriteAsync(RunReports.NetworkName, Network(settings, costPerHour).ToJson());
        var environment = (change ?? (e => e))(RunEnvironment.Capture(settings, 1));
        var reports = new RunReports(environment, directory);
        foreach (var result in results) await reports.AddAsync(LoadReport.Of(result, environment));

        await reports.SealAsync(reports.Summarize("net", DateTimeOffset.UnixEpoch, interrupted: false, exitCode: 0) with { Logs = logs });
        return directory.Path;
    }

    /// <summary>So many measurements of one load of 100 tx/s, with a little variation between them.</summary>
    public static IEnumerable<LoadResult> Repeats(int count, double latencyMs, double throughput = 100) => Enumerable.Range(1, count).Select(i =>
        SampleReports.Result(100, latencyMs * (1 + 0.002 * i), (long)(throughput * 10) + i % 3, seconds: 10, number: i, repeat: i));

    private static NetworkOutputs Network(BenchmarkSettings settings, double costPerHour) => new()
    {
        Name = "net",
        Type = settings.NetworkType,
        Provider = settings.NetworkType == "remote" ? "aws" : "process",
        Flavor = NetworkOutputs.Mysticeti,
        CostPerHourUsd = costPerHour,
        Nodes = [.. Enumerable.Range(0, settings.Committee).Select(i => new NodeOutput
        {
            Index = i, Name = $"n{i}", Host = "127.0.0.1", RpcUrl = new Uri($"http://127.0.0.1:{1000 + i}"), Region = i % 2 == 0 ? "eu-west-1" : "us-east-1",
        })],
    };
}
