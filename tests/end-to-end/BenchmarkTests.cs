using System.Text.Json;

namespace Mysticeti.EndToEnd.Tests;

public sealed class BenchmarkTests
{
    private static readonly string[] Parameters = ["nodes", "load", "duration", "transaction_size", "faults", "crash_recovery", "crash_interval"];

    private static readonly string[] Figures =
    [
        "throughput", "avg_latency_ms", "latency_std_dev_ms", "duration_secs", "successful_transactions", "failed_transactions",
        "committed", "rejected", "lost", "unsent", "scheduled", "efficiency", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "p999_ms", "max_ms",
        "service_p50_ms", "service_p99_ms", "generator_lag_p99_ms",
    ];

    [Fact]
    public async Task A_benchmark_measures_every_load_reports_and_leaves_no_process()
    {
        using var sandbox = new Sandbox();
        var runner = await sandbox.MeasureAsync("--duration", "3", "--loads", "200,400", "--base-port", "0");
        Assert.Contains("BENCHMARK RESULT #1", runner.Out, StringComparison.Ordinal);
        Assert.Contains("Successful transactions", runner.Out, StringComparison.OrdinalIgnoreCase);

        Assert.Equal(["embedded_benchmark_1_200txs.json", "embedded_benchmark_2_400txs.json"], sandbox.ResultFiles().Select(file => Path.GetFileName(file)));
        var directory = Path.GetDirectoryName(sandbox.ResultFiles()[0])!;
        foreach (var file in (string[])["summary.txt", "summary.json"]) Assert.True(File.Exists(Path.Combine(directory, file)), $"{file} is missing");

        using (var first = sandbox.Result(0)) CheckResult(first.RootElement, load: 200);
        using (var second = sandbox.Result(1)) CheckResult(second.RootElement, load: 400);
        await sandbox.NoValidatorIsLeftAsync();
        Assert.False(File.Exists(Path.Combine(sandbox.NetworkDirectory(), "state.json")));
    }

    [Fact]
    public async Task Transactions_of_the_key_value_application_are_measured_too()
    {
        using var sandbox = new Sandbox();
        await sandbox.MeasureAsync(
            "--duration", "2", "--loads", "100", "--base-port", "0", "--transaction-type", "kv", "--transaction-size", "128", "--arrival", "poisson", "--seed", "5");
        using var result = sandbox.Result();
        CheckResult(result.RootElement, load: 100);
    }

    [Fact]
    public async Task Without_file_output_no_file_is_written()
    {
        using var sandbox = new Sandbox();
        var runner = await sandbox.RunAsync("benchmark", "--duration", "1", "--loads", "100", "--base-port", "0", "--file-output", "false");
        Assert.Contains("BENCHMARK RESULT #1", runner.Out, StringComparison.Ordinal);
        Assert.False(Directory.Exists(sandbox.Results));
    }

    [Fact]
    public async Task An_embedded_network_takes_a_number_of_transactions_and_stops()
    {
        using var sandbox = new Sandbox();
        var runner = await sandbox.RunAsync("embedded-network", "--num-transactions", "300", "--transaction-rate", "150", "--base-port", "0", "--cleanup-thorough");
        Assert.True(runner.ExitCode == 0, runner.ToString());
        Assert.Matches("Successful transactions: *300", runner.Out);
        Assert.Matches("Failed transactions: *0", runner.Out);
        Assert.Contains("Actual rate", runner.Out, StringComparison.Ordinal);
        await sandbox.NoValidatorIsLeftAsync();
        Assert.False(Directory.Exists(sandbox.NetworkDirectory()));
    }

    [Fact]
    public async Task A_network_that_runs_already_is_measured_and_left_running()
    {
        using var sandbox = new Sandbox();
        var up = await sandbox.RunAsync("embedded-network", "--base-port", "0", "--detach");
        Assert.True(up.ExitCode == 0, up.ToString());
        var outputs = Path.Combine(sandbox.NetworkDirectory(), "outputs.json");
        await sandbox.MeasureAsync("--duration", "2", "--loads", "200", "--outputs", outputs);
        Assert.Equal(4, sandbox.Validators().Count);
        var stop = await sandbox.RunAsync("network", "stop");
        Assert.True(stop.ExitCode == 0, stop.ToString());
        await sandbox.NoValidatorIsLeftAsync();
    }

    private static void CheckResult(JsonElement result, int load)
    {
        Assert.Equal("embedded", result.GetProperty("network_type").GetString());
        Assert.True(result.TryGetProperty("benchmark_number", out _));
        Assert.True(result.GetProperty("timestamp").TryGetDateTimeOffset(out _));
        foreach (var name in Parameters) Assert.True(result.GetProperty("parameters").TryGetProperty(name, out _), name);
        Assert.Equal(load, result.GetProperty("parameters").GetProperty("load").GetInt32());
        Assert.Equal(4, result.GetProperty("parameters").GetProperty("nodes").GetInt32());

        var figures = result.GetProperty("results");
        foreach (var name in Figures) Assert.True(figures.TryGetProperty(name, out _), name);
        long Count(string name) => figures.GetProperty(name).GetInt64();
        Assert.Equal(Count("scheduled"), Count("committed") + Count("rejected") + Count("lost") + Count("unsent"));
        Assert.Equal((Count("committed"), 0), (Count("successful_transactions"), Count("failed_transactions")));
        Assert.True(Count("committed") > 0);
        Assert.InRange(figures.GetProperty("throughput").GetDouble(), 1, 1.5 * load);

        // How punctual the generator was depends on what else this machine does; everything else does not.
        var verdict = result.GetProperty("verdict");
        var reasons = verdict.GetProperty("reasons").EnumerateArray().Select(reason => reason.GetString()!).ToList();
        Assert.Equal(reasons.Count == 0 ? "VALID" : "INVALID", verdict.GetProperty("status").GetString());
        Assert.All(reasons, reason => Assert.Contains("the generator fell behind", reason, StringComparison.Ordinal));
        var safety = result.GetProperty("safety");
        Assert.True(safety.GetProperty("agreement").GetBoolean(), safety.GetRawText());
        Assert.Equal((0, 0), (safety.GetProperty("duplicates").GetInt64(), safety.GetProperty("foreign").GetInt64()));
        Assert.True(safety.GetProperty("commit_index").GetInt64() > 0);
    }
}
