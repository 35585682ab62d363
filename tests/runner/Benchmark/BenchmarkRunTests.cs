using System.Text.Json;
using Mysticeti.Engine.Benchmark;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Measurement;
using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Plan;
using Mysticeti.Engine.Reports;
using Mysticeti.Runner.Tests.Reports;

namespace Mysticeti.Runner.Tests.Benchmark;

public sealed class BenchmarkRunTests : IAsyncDisposable
{
    private readonly FakeNetwork _network = new();
    private readonly DirectoryInfo _output = Directory.CreateTempSubdirectory("mysticeti-benchmark-");
    private readonly StringWriter _console = new();
    private readonly BenchmarkSettings _settings;

    public BenchmarkRunTests() => _settings = new BenchmarkSettings
    {
        NetworkType = "embedded",
        Committee = 4,
        Loads = [300, 500],
        Duration = TimeSpan.FromSeconds(0.5),
        WarmUp = TimeSpan.FromSeconds(0.1),
        TransactionSize = 100,
        Seed = 5,
        DrainTimeout = TimeSpan.FromSeconds(20),
        OutputDirectory = _output.FullName,
    };

    public async ValueTask DisposeAsync()
    {
        await _network.DisposeAsync();
        _output.Delete(recursive: true);
    }

    [Fact]
    public async Task A_run_leaves_a_sealed_directory_and_the_seeds_console_output()
    {
        var exit = await RunAsync(_settings);
        var console = _console.ToString();
        Assert.Contains("Comprehensive Benchmark Runner\n=============================\n", console, StringComparison.Ordinal);
        Assert.Contains("Configuration:\n  Network type: embedded\n  Committee size: 4\n  Duration: 0.5s\n  Transaction size: 100 bytes\n", console, StringComparison.Ordinal);
        Assert.Contains("Starting embedded network benchmark with load: 300 tx/s\n", console, StringComparison.Ordinal);
        Assert.Contains($"BENCHMARK RESULT #2\n{new string('=', 60)}\nNetwork Type: embedded\nInput Load: 500 tx/s\nDuration: 0.5s\n\nRESULTS:\n  Throughput: ", console, StringComparison.Ordinal);
        Assert.Contains("\n  Successful Transactions: 250\n  Failed Transactions: 0\n  Efficiency: ", console, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", console, StringComparison.Ordinal);
        Assert.True(_network.Stopped);

        var directory = Directory.GetDirectories(_output.FullName).Single();
        Assert.Matches("[0-9]{8}-[0-9]{6}-embedded-benchmark$", directory);
        var manifest = JsonSerializer.Deserialize<Manifest>(await File.ReadAllTextAsync(Path.Combine(directory, "manifest.json")), ReportJson.Options)!;
        Assert.Equal(
            ["embedded_benchmark_1_300txs.hgrm", "embedded_benchmark_1_300txs.json", "embedded_benchmark_2_500txs.hgrm", "embedded_benchmark_2_500txs.json", "logs/node0.log", "network.json", .. HtmlReport.IsAvailable ? ["report.html"] : Array.Empty<string>(), "settings.json", "summary.json", "summary.txt", "time_series.csv"],
            manifest.Files.Select(f => f.Path).Order(StringComparer.Ordinal));
        var summary = await File.ReadAllBytesAsync(Path.Combine(directory, "summary.txt"));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(summary)), manifest.Files.Single(f => f.Path == "summary.txt").Sha256);

        var results = Json(Path.Combine(directory, "summary.json")).GetProperty("results");
        Assert.Equal([300, 500], results.EnumerateArray().Select(r => r.GetProperty("load").GetInt32()));
        Assert.Equal(exit, Json(Path.Combine(directory, "summary.json")).GetProperty("exit_code").GetInt32());
    }

    [Fact]
    public async Task The_distribution_beside_the_json_has_the_same_percentiles()
    {
        await RunAsync(_settings with { Loads = [300] });
        var file = Directory.GetFiles(_output.FullName, "embedded_benchmark_1_300txs.hgrm", SearchOption.AllDirectories).Single();
        Hgrm.Row[] rows = [.. Hgrm.Rows(await File.ReadAllTextAsync(file))];
        var results = Json(Path.ChangeExtension(file, ".json")).GetProperty("results");
        foreach (var (key, percentile) in new[] { ("p50_ms", 0.5), ("p90_ms", 0.9), ("p95_ms", 0.95), ("max_ms", 1) })
        {
            Assert.Equal(results.GetProperty(key).GetDouble(), rows.First(row => row.Percentile >= percentile).Ms);
        }

        Assert.InRange(results.GetProperty("p99_ms").GetDouble(), rows.Last(row => row.Percentile <= 0.99).Ms, rows.First(row => row.Percentile >= 0.99).Ms);
        Assert.Equal((1.0, results.GetProperty("committed").GetInt64()), (rows[^1].Percentile, rows[^1].UpTo));
    }

    [Fact]
    public async Task The_json_has_the_seeds_keys_and_ours()
    {
        await RunAsync(_settings with { Loads = [300] });
        var json = Json(Directory.GetFiles(_output.FullName, "embedded_benchmark_1_300txs.json", SearchOption.AllDirectories).Single());
        Assert.Equal("embedded", json.GetProperty("network_type").GetString());
        Assert.Equal(1, json.GetProperty("benchmark_number").GetInt32());
        AssertHas(json, "network_type", "benchmark_number", "parameters", "results", "timestamp", "verdict", "safety", "time_series", "histogram", "faults", "environment", "interrupted");
        AssertHas(json.GetProperty("parameters"), "nodes", "load", "duration", "transaction_size", "faults", "crash_recovery", "crash_interval");
        AssertHas(json.GetProperty("results"), "throughput", "avg_latency_ms", "latency_std_dev_ms", "duration_secs", "successful_transactions",
            "failed_transactions", "committed", "rejected", "lost", "unsent", "scheduled", "sent", "efficiency", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "p999_ms",
            "max_ms", "service_p50_ms", "service_p99_ms", "generator_lag_p99_ms", "missing");
        AssertHas(json.GetProperty("verdict"), "status", "reasons");
        AssertHas(json.GetProperty("safety"), "agreement", "commit_index", "chain_digest", "duplicates", "foreign", "violations");
        AssertHas(json.GetProperty("time_series")[0], "t", "scheduled", "sent", "committed", "rejected", "p50_ms", "p99_ms", "max_ms");
        AssertHas(json.GetProperty("histogram"), "unit", "count", "lost", "buckets");
        AssertHas(json.GetProperty("environment"), "cores", "memory_bytes", "os", "kernel", "dotnet", "runner_version", "git_commit", "seed", "run_id", "command_line", "settings");
        Assert.Equal((4, 300, 0.5, 100), (Int(json, "parameters", "nodes"), Int(json, "parameters", "load"),
            json.GetProperty("parameters").GetProperty("duration").GetDouble(), Int(json, "parameters", "transaction_size")));
        Assert.False(json.GetProperty("parameters").GetProperty("crash_recovery").GetBoolean());
        Assert.Equal(60, Int(json, "parameters", "crash_interval"));
        Assert.Equal((150, 150, 0), (Int(json, "results", "scheduled"), Int(json, "results", "successful_transactions"), Int(json, "results", "failed_transactions")));
        Assert.Equal(JsonValueKind.Null, json.GetProperty("results").GetProperty("p999_ms").ValueKind);
        Assert.Contains("1000", json.GetProperty("results").GetProperty("missing").GetProperty("p999_ms").GetString(), StringComparison.Ordinal);
        Assert.Contains(json.GetProperty("verdict").GetProperty("status").GetString(), (string[])["VALID", "INVALID"]);
        Assert.Equal(0, json.GetProperty("faults").GetArrayLength());
        Assert.EndsWith("Z", json.GetProperty("timestamp").GetString(), StringComparison.Ordinal);
        Assert.Equal("constant", json.GetProperty("environment").GetProperty("settings").GetProperty("arrival").GetString());
    }

    [Fact]
    public async Task Two_runs_in_one_second_get_two_directories()
    {
        var time = new FrozenDate();
        await Task.WhenAll(Enumerable.Range(0, 2).Select(async _ =>
        {
            await using var network = new FakeNetwork();
            await BenchmarkRun.ExecuteAsync(_settings with { Loads = [100] }, network, TextWriter.Null, time, TestContext.Current.CancellationToken);
        }));
        Assert.Equal(["20240115-103000-embedded-benchmark", "20240115-103000-embedded-benchmark-2"],
            Directory.GetDirectories(_output.FullName).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task An_unsafe_network_exits_1_even_when_the_measurement_is_invalid()
    {
        _network.Nodes[1].DisagreesFrom = 5;
        Assert.Equal(ExitCodes.CheckFailed, await RunAsync(_settings with { Loads = [300] }));
        Assert.Contains("safety audit failed at load 300 tx/s", _console.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interrupted_run_saves_what_it_has()
    {
        using var interrupt = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        _network.Chain.FateOf = header =>
        {
            if (header.Sequence == 200) interrupt.Cancel();

            return Fate.Commit;
        };
        var exit = await BenchmarkRun.ExecuteAsync(
            _settings with { Duration = TimeSpan.FromSeconds(60) }, _network, _console, TimeProvider.System, interrupt.Token);
        Assert.Equal(ExitCodes.Interrupted, exit);
        Assert.True(_network.Stopped);
        var json = Json(Directory.GetFiles(_output.FullName, "embedded_benchmark_1_300txs.json", SearchOption.AllDirectories).Single());
        Assert.True(json.GetProperty("interrupted").GetBoolean());
        Assert.InRange(Int(json, "results", "scheduled"), 170, 10_000);
        Assert.InRange(json.GetProperty("results").GetProperty("duration_secs").GetDouble(), 0.5, 50);
        Assert.Equal(0, Int(json, "results", "unsent"));
        Assert.Empty(Directory.GetFiles(_output.FullName, "*_500txs.json", SearchOption.AllDirectories));
        Assert.Single(Directory.GetFiles(_output.FullName, "manifest.json", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_node_that_fails_ends_the_run_with_4_and_the_results_so_far()
    {
        _network.Chain.FateOf = header =>
        {
            if (header.Sequence == 100 && header.LoadNumber == 1) _network.Fail(2, "exited with code 134");

            return Fate.Commit;
        };
        Assert.Equal(ExitCodes.Network, await RunAsync(_settings with { Duration = TimeSpan.FromSeconds(60) }));
        Assert.Contains("network failed during load 300 tx/s: node2 exited with code 134", _console.ToString(), StringComparison.Ordinal);
        var json = Json(Directory.GetFiles(_output.FullName, "embedded_benchmark_1_300txs.json", SearchOption.AllDirectories).Single());
        Assert.Equal("node2", json.GetProperty("node_failures")[0].GetProperty("name").GetString());
        Assert.True(_network.Stopped);
    }

    [Fact]
    public async Task A_network_that_does_not_come_up_is_stopped_and_leaves_no_results()
    {
        _network.StartFailure = new NetworkException("node0 did not start");
        await Assert.ThrowsAsync<NetworkException>(() => RunAsync(_settings));
        Assert.True(_network.Stopped);
        Assert.Empty(_output.GetFileSystemInfos());
    }

    [Fact]
    public async Task An_output_directory_that_is_a_file_is_wrong_usage_before_anything_starts()
    {
        var file = Path.Combine(_output.FullName, "file");
        await File.WriteAllTextAsync(file, "");
        var error = await Assert.ThrowsAsync<UsageException>(() => RunAsync(_settings with { OutputDirectory = file }));
        Assert.Contains("is a file", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("network is up", _console.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_console_and_file_output_nothing_is_written()
    {
        await RunAsync(_settings with { Loads = [300], ConsoleOutput = false, FileOutput = false });
        Assert.Equal("", _console.ToString());
        Assert.Empty(_output.GetFileSystemInfos());
    }

    [Fact]
    public async Task The_summary_compares_network_kinds_in_one_output_directory()
    {
        await RunAsync(_settings with { Loads = [300] });
        _console.GetStringBuilder().Clear();
        await RunAsync(_settings with { Loads = [300], NetworkType = "remote" });
        Assert.Contains("NETWORK COMPARISON", _console.ToString(), StringComparison.Ordinal);
        var directory = Directory.GetDirectories(_output.FullName).Single(d => d.Contains("-remote-", StringComparison.Ordinal));
        var rows = Json(Path.Combine(directory, "summary.json")).GetProperty("comparison");
        Assert.Equal(["remote", "embedded"], rows.EnumerateArray().Select(r => r.GetProperty("network_type").GetString()));
    }

    [Fact]
    public async Task A_search_finds_the_capacity_of_the_network_and_reports_every_load_that_it_tried()
    {
        // Of the transactions due in one hundredth of a second, the first 15 of each load and node-independent bin are taken: 1,500 tx/s.
        const int capacity = 1_500;
        var taken = new Dictionary<(uint Load, long Bin), int>();
        var gate = new Lock();
        _network.Chain.FateOf = header =>
        {
            lock (gate)
            {
                var bin = (header.LoadNumber, header.ScheduledUnixNs / 10_000_000);
                taken[bin] = taken.GetValueOrDefault(bin) + 1;
                return taken[bin] <= capacity / 100 ? Fate.Commit : Fate.Reject;
            }
        };
        var exit = await RunAsync(_settings with { Search = true, Loads = [400], Repeat = 1, Duration = TimeSpan.FromSeconds(0.3), Thresholds = [Thresholds.Parse("rejected <= 22")] });
        var console = _console.ToString();
        Assert.True(exit is ExitCodes.Done or ExitCodes.InvalidMeasurement, console);
        Assert.Contains("SATURATION POINT\nHighest load sustained: ", console, StringComparison.Ordinal);

        var directory = Directory.GetDirectories(_output.FullName).Single();
        var summary = Json(Path.Combine(directory, "summary.json"));
        var saturation = summary.GetProperty("saturation");
        Assert.True(saturation.GetProperty("finished").GetBoolean());
        var found = saturation.GetProperty("load").GetInt32();
        JsonElement[] tried = [.. summary.GetProperty("results").EnumerateArray()];
        Assert.Equal(400, Load(tried[0]));
        // A machine that is busy with something else may make the first load invalid, and then the search goes on below it.
        var below = Verdict(tried[0]) == "INVALID";
        Assert.InRange(found, below ? 1 : 400, capacity * 1.1);
        Assert.True(below || Load(tried[1]) == 800, console);
        if (tried.All(r => Verdict(r) == "VALID"))
        {
            Assert.InRange(found, capacity * 0.9, capacity * 1.1);
            Assert.Equal("network", saturation.GetProperty("limited_by").GetString());
        }

        Assert.Equal(Directory.GetFiles(directory, "*txs.json").Length, tried.Length);

        static int Load(JsonElement result) => result.GetProperty("load").GetInt32();
        static string? Verdict(JsonElement result) => result.GetProperty("verdict").GetString();
    }

    [Theory]
    [InlineData("committed > 0", true)]
    [InlineData("committed > 1000000", false)]
    public async Task A_threshold_decides_the_exit_code_unless_something_graver_does(string threshold, bool holds)
    {
        var exit = await RunAsync(_settings with { Loads = [300], Thresholds = [Thresholds.Parse(threshold)] });
        var json = Json(Directory.GetFiles(_output.FullName, "embedded_benchmark_1_300txs.json", SearchOption.AllDirectories).Single());
        var valid = json.GetProperty("verdict").GetProperty("status").GetString() != "INVALID";
        Assert.Equal(!valid ? ExitCodes.InvalidMeasurement : holds ? ExitCodes.Done : ExitCodes.CheckFailed, exit);
        Assert.Equal(holds, json.GetProperty("thresholds")[0].GetProperty("passed").GetBoolean());
        Assert.Contains($"  Threshold: {threshold}: {(holds ? "passed" : "FAILED")} (150)", _console.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Safety_a_failed_network_and_an_invalid_measurement_outrank_a_threshold()
    {
        var failing = new ThresholdOutcome(Thresholds.Parse("lost == 0"), 1, false, null);
        var report = LoadReport.Of(await ResultAsync(), RunEnvironment.Capture(_settings, 1)) with { Thresholds = [failing], Verdict = new Verdict(VerdictStatus.Valid, [], []) };
        int Exit(LoadReport r, Saturation? saturation = null, bool interrupted = false) => BenchmarkRun.ExitCodeOf([r], saturation, interrupted);
        Assert.Equal(ExitCodes.CheckFailed, Exit(report));
        var invalid = report with { Verdict = new Verdict(VerdictStatus.Invalid, ["late"], []) };
        Assert.Equal(ExitCodes.InvalidMeasurement, Exit(invalid));
        var failed = invalid with { NodeFailures = [new NodeFailure(0, "node0", "ended")] };
        Assert.Equal(ExitCodes.Network, Exit(failed));
        Assert.Equal(ExitCodes.CheckFailed, Exit(failed with { Safety = failed.Safety with { Violations = ["fork"] } }));
        Assert.Equal(ExitCodes.Interrupted, Exit(report, interrupted: true));

        var saturation = new Saturation
        {
            Finished = true, Load = 100, Measurements = 1, Throughput = 100, P50Ms = 1, P99Ms = 1, NotSustained = 200, LimitedBy = SaturationLimit.Network, Criterion = "",
        };
        Assert.Equal(ExitCodes.Done, Exit(invalid with { Thresholds = [] }, saturation));
        Assert.Equal(ExitCodes.InvalidMeasurement, Exit(invalid, saturation with { LimitedBy = SaturationLimit.Instrument }));
        Assert.Equal(ExitCodes.CheckFailed, Exit(invalid, saturation with { Load = null }));
    }

    [Theory]
    [InlineData(false, VerdictStatus.Valid, ExitCodes.Done)]
    [InlineData(false, VerdictStatus.Inconclusive, ExitCodes.Done)]
    [InlineData(false, VerdictStatus.Invalid, ExitCodes.InvalidMeasurement)]
    [InlineData(true, VerdictStatus.Invalid, ExitCodes.Interrupted)]
    public async Task Exit_codes_follow_from_the_verdicts(bool interrupted, VerdictStatus status, int expected)
    {
        var report = LoadReport.Of(await ResultAsync(), RunEnvironment.Capture(_settings, 1));
        Assert.Equal(expected, BenchmarkRun.ExitCodeOf([report with { Verdict = new Verdict(status, [], []) }], saturation: null, interrupted));
    }

    private async Task<LoadResult> ResultAsync()
    {
        var screen = Screen.On(TextWriter.Null, enabled: false);
        var run = new LoadRun(LoadPlan.Of(_settings with { Duration = TimeSpan.FromSeconds(0.1) }, 1, 100, 1), _network, NodeEndpoints.Of(_network.Outputs), 1, screen, TimeProvider.System);
        return await run.ExecuteAsync(TestContext.Current.CancellationToken);
    }

    private Task<int> RunAsync(BenchmarkSettings settings) =>
        BenchmarkRun.ExecuteAsync(settings, _network, _console, TimeProvider.System, TestContext.Current.CancellationToken);

    private static JsonElement Json(string path) => JsonDocument.Parse(File.ReadAllText(path)).RootElement;

    private static int Int(JsonElement json, string first, string second) => json.GetProperty(first).GetProperty(second).GetInt32();

    private static void AssertHas(JsonElement json, params string[] keys) =>
        Assert.Empty(keys.Except(json.EnumerateObject().Select(p => p.Name)));

    private sealed class FrozenDate : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2024, 1, 15, 10, 30, 0, TimeSpan.Zero);
    }
}
