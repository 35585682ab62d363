using System.Globalization;
using System.Text.Json;

namespace Mysticeti.EndToEnd.Tests;

/// <summary>Every way to hand transactions over, against real validators and against the null server.</summary>
public sealed class SubmissionTests
{
    [Theory]
    [InlineData("single", "constant")]
    [InlineData("websocket", "ramp:0.5")]
    [InlineData("stream", "bursts:3,1,0.2")]
    public async Task Validators_take_transactions_in_every_mode(string mode, string shape)
    {
        using var sandbox = new Sandbox();
        await sandbox.MeasureAsync(
            "--duration", "2", "--loads", "400", "--base-port", "0", "--submission", mode, "--shape", shape, "--transaction-size", "uniform:100-900");
        using var result = sandbox.Result();
        AssertAllCommitted(result.RootElement.GetProperty("results"));
    }

    [Fact]
    public async Task Two_worker_processes_send_one_load()
    {
        using var sandbox = new Sandbox();
        var runner = await sandbox.MeasureAsync("--duration", "2", "--loads", "2000", "--base-port", "0", "--workers", "2");
        Assert.Contains("2 worker processes sent the load", runner.Out, StringComparison.Ordinal);
        Assert.Matches(@"Latency p50/p90/p95/p99/max: [0-9./ ]+ ± [0-9.]+ ms \(from the scheduled time\)", runner.Out);
        using var result = sandbox.Result();
        var results = result.RootElement.GetProperty("results");
        AssertAllCommitted(results);
        Assert.Equal(4_000, results.GetProperty("scheduled").GetInt32());
        Assert.InRange(results.GetProperty("clock_error_ms").GetDouble(), 1e-4, 1_000);
        Assert.True(result.RootElement.GetProperty("safety").GetProperty("agreement").GetBoolean());
    }

    [Fact]
    public async Task Validators_can_be_measured_through_the_rpc_of_cometbft_alone()
    {
        using var sandbox = new Sandbox();
        var network = await sandbox.RunAsync("embedded-network", "--detach", "--base-port", "0");
        Assert.True(network.ExitCode == 0, network.ToString());
        try
        {
            var outputs = (await File.ReadAllTextAsync(Path.Combine(sandbox.NetworkDirectory(), "outputs.json"))).Replace("\"mysticeti\"", "\"cometbft\"", StringComparison.Ordinal);
            var file = Path.Combine(sandbox.Root, "cometbft.json");
            await File.WriteAllTextAsync(file, outputs);
            var runner = await sandbox.MeasureAsync("--outputs", file, "--loads", "200", "--duration", "2");
            Assert.Contains("asking for the next block", runner.Out, StringComparison.Ordinal);
            using var result = sandbox.Result();
            AssertAllCommitted(result.RootElement.GetProperty("results"));
        }
        finally
        {
            await sandbox.RunAsync("network", "stop");
        }
    }

    [Theory]
    [InlineData("single,batch,websocket,stream", 1)]
    [InlineData("batch", 2)]
    public async Task A_calibration_says_what_each_mode_reaches(string chosen, int workers)
    {
        const int InvalidMeasurement = 3;
        using var sandbox = new Sandbox();
        var runner = await sandbox.RunAsync("calibrate", "--submission", chosen, "--workers", $"{workers}", "--duration", "1", "--json");
        Assert.True(runner.ExitCode is 0 or InvalidMeasurement, runner.ToString());
        Assert.Equal(runner.ExitCode == InvalidMeasurement, runner.Error.Contains("too busy", StringComparison.Ordinal));
        using var report = JsonDocument.Parse(runner.Out);
        var modes = report.RootElement.GetProperty("modes").EnumerateArray().ToArray();
        Assert.Equal(chosen.Split(','), modes.Select(m => m.GetProperty("mode").GetString()));
        foreach (var mode in modes)
        {
            Assert.Equal(workers, mode.GetProperty("workers").GetInt32());
            // More than a handful: what workers tell late counts, too.
            Assert.True(mode.GetProperty("capacity").GetDouble() > 500, mode.ToString());
            foreach (var figure in (string[])["capacity", "capacity_cpu_us", "paced_rate", "lag_p99_ms"])
                Assert.True(mode.GetProperty(figure).GetDouble() > 0, string.Create(CultureInfo.InvariantCulture, $"{figure} of {mode}"));
        }
    }

    private static void AssertAllCommitted(JsonElement results)
    {
        Assert.True(results.GetProperty("scheduled").GetInt64() > 0);
        Assert.Equal(results.GetProperty("scheduled").GetInt64(), results.GetProperty("committed").GetInt64());
        Assert.True(results.GetProperty("balanced").GetBoolean());
    }
}
