using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace Mysticeti.EndToEnd.Tests;

/// <summary>Faults that the runner brings about in real networks under load. <c>MYSTICETI_CRASH_SECONDS=180</c> makes the first one as long as that.</summary>
public sealed class FaultTests : IDisposable
{
    private static readonly int CrashSeconds = int.Parse(Environment.GetEnvironmentVariable("MYSTICETI_CRASH_SECONDS") ?? "9", CultureInfo.InvariantCulture);

    private readonly Sandbox _sandbox = new() { Longest = TimeSpan.FromSeconds(90 + CrashSeconds) };

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task Validators_that_crash_by_and_by_come_back_and_agree()
    {
        var interval = Math.Max(3, CrashSeconds / 9).ToString(CultureInfo.InvariantCulture);
        var load = CrashSeconds >= 60 ? "2000" : "200";
        var runner = await _sandbox.MeasureAsync(
            "--committee", "7", "--base-port", "0", "--loads", load, "--duration", $"{CrashSeconds}", "--faults", "2", "--crash-recovery", "--crash-interval", interval);
        using var result = _sandbox.Result();
        var root = result.RootElement;
        Assert.True(root.GetProperty("safety").GetProperty("agreement").GetBoolean());
        Assert.Equal(0, root.GetProperty("safety").GetProperty("duplicates").GetInt64());
        Assert.Equal(0, root.GetProperty("node_failures").GetArrayLength());
        Assert.NotEqual(0, root.GetProperty("faults").GetArrayLength());
        foreach (var fault in root.GetProperty("faults").EnumerateArray())
        {
            Assert.Equal("kill", fault.GetProperty("kind").GetString());
            Assert.Equal([5, 6], fault.GetProperty("nodes").EnumerateArray().Select(node => node.GetInt32()));
            Assert.True(fault.GetProperty("took_effect").GetBoolean(), fault.ToString());
            Assert.Equal(JsonValueKind.Number, fault.GetProperty("time_to_recover").ValueKind);
            Assert.True(fault.GetProperty("commits_meanwhile").GetInt64() > 0, fault.ToString());
        }

        Assert.Contains("Fault: kill 5,6 at", runner.Out, StringComparison.Ordinal);
        await _sandbox.NoValidatorIsLeftAsync();
    }

    [Fact]
    public async Task Every_other_kind_of_fault_takes_effect_passes_and_leaves_the_network_safe()
    {
        string[] faults =
        [
            "slow 1 by 40ms jitter 10ms at 1s for 1s", "loss 2 to 0,3 by 20% at 3s for 1s", "clock-skew 3 by -2000ms at 5s for 1s", "equivocate 0 at 7s for 1s",
            "withhold 1 from 2 at 9s for 1s", "restart 2 at 11s", "disk-full 3 at 14s for 2s",
        ];
        await _sandbox.MeasureAsync(["--base-port", "0", "--loads", "200", "--duration", "18", .. faults.SelectMany(fault => (string[])["--fault", fault])]);
        using var result = _sandbox.Result();
        var root = result.RootElement;
        Assert.Equal(faults, root.GetProperty("faults").EnumerateArray().Select(fault => fault.GetProperty("description").GetString()));
        foreach (var fault in root.GetProperty("faults").EnumerateArray())
        {
            Assert.True(fault.GetProperty("took_effect").GetBoolean(), fault.ToString());
            Assert.Equal(JsonValueKind.Number, fault.GetProperty("end").ValueKind);
            Assert.True(fault.GetProperty("time_to_recover").ValueKind == JsonValueKind.Number, fault.ToString());
        }

        Assert.Equal(0, root.GetProperty("node_failures").GetArrayLength());
        Assert.True(root.GetProperty("safety").GetProperty("agreement").GetBoolean());
        Assert.True(root.GetProperty("safety").GetProperty("app_hash_agreement").GetBoolean());
        Assert.Equal((0, 0), (root.GetProperty("safety").GetProperty("duplicates").GetInt64(), root.GetProperty("safety").GetProperty("foreign").GetInt64()));
        Assert.True(root.GetProperty("results").GetProperty("balanced").GetBoolean());

        // What the validators themselves say of it.
        var run = Path.GetDirectoryName(_sandbox.ResultFiles().Single())!;
        using var summary = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(run, "summary.json")));
        var logs = summary.RootElement.GetProperty("logs").EnumerateArray().ToArray();
        Assert.Equal([1, 1, 2, 2], logs.Select(log => log.GetProperty("starts").GetInt32()));
        Assert.Contains(logs[1..], log => log.GetProperty("equivocations").GetInt32() > 0);
        Assert.Equal([0, 0, 0, 1], logs.Select(log => log.GetProperty("errors").GetInt32()));
        Assert.Contains("No space left on device", logs[3].GetProperty("first_error").GetString(), StringComparison.Ordinal);
        for (var i = 0; i < 4; i++)
        {
            using var trace = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(run, "traces", $"mysticeti-node{i}.json")));
            Assert.InRange(trace.RootElement.GetProperty("entries").GetArrayLength(), 1, 10_000);
        }

        await _sandbox.NoValidatorIsLeftAsync();
    }

    [Fact]
    public async Task Nothing_is_committed_on_either_side_of_a_partition_and_all_agree_afterwards()
    {
        string[] partition = ["benchmark", "--base-port", "0", "--loads", "100", "--duration", "9", "--fault", "partition 0,1|2,3 at 2s for 3s"];
        var refused = await _sandbox.RunAsync(partition);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("2 of 4 nodes would be faulty or cut off at 2s, more than f = 1", refused.Error, StringComparison.Ordinal);

        await _sandbox.MeasureAsync([.. partition[1..], "--allow-quorum-loss"]);
        using var result = _sandbox.Result();
        var root = result.RootElement;
        var fault = root.GetProperty("faults")[0];
        Assert.True(fault.GetProperty("took_effect").GetBoolean(), fault.ToString());
        Assert.Equal(0, fault.GetProperty("commits_meanwhile").GetInt64());
        Assert.Equal(JsonValueKind.Number, fault.GetProperty("time_to_recover").ValueKind);
        Assert.True(root.GetProperty("safety").GetProperty("agreement").GetBoolean());
        Assert.Equal(0, root.GetProperty("safety").GetProperty("duplicates").GetInt64());
        Assert.True(root.GetProperty("results").GetProperty("balanced").GetBoolean());
        Assert.True(root.GetProperty("results").GetProperty("committed").GetInt64() > 600);
    }

    [Fact]
    public async Task A_fault_ends_by_itself_where_its_runner_was_killed()
    {
        await using var validators = new ValidatorProcesses(specification => specification with { UnsafeFaultInjection = true });
        await validators.StartAllAsync();
        var outputs = Path.Combine(_sandbox.Root, "outputs.json");
        await File.WriteAllTextAsync(outputs, validators.Plan.ToOutputs(type: "local", provider: "process").ToJson());
        var runner = _sandbox.Start("benchmark", "--outputs", outputs, "--loads", "50", "--duration", "600", "--fault", "disconnect 3 at 0s");
        await Eventually.HoldsAsync(async () => await RemainingAsync() > 0, "the fault was brought about");
        runner.Kill();
        await Eventually.HoldsAsync(async () => await RemainingAsync() == 0, "the fault ended");

        async Task<double> RemainingAsync()
        {
            var state = await validators.Client.GetFromJsonAsync<JsonElement>($"http://127.0.0.1:{validators.Plan.Nodes[3].RpcPort}/v1/faults");
            return state.GetProperty("remaining_ms").GetDouble();
        }
    }

    [Fact]
    public async Task A_network_that_takes_no_faults_makes_the_measurement_invalid()
    {
        await using var validators = new ValidatorProcesses();
        await validators.StartAllAsync();
        var outputs = Path.Combine(_sandbox.Root, "outputs.json");
        await File.WriteAllTextAsync(outputs, validators.Plan.ToOutputs(type: "local", provider: "process").ToJson());
        var runner = await _sandbox.RunAsync("benchmark", "--outputs", outputs, "--loads", "50", "--duration", "2", "--fault", "slow 1 by 50ms at 0s");
        Assert.NotEqual(0, runner.ExitCode);
        Assert.Contains("it was started without --unsafe-fault-injection", runner.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nodes_that_are_out_of_reach_cannot_be_killed()
    {
        await using var validators = new ValidatorProcesses();
        var outputs = Path.Combine(_sandbox.Root, "outputs.json");
        await File.WriteAllTextAsync(outputs, validators.Plan.ToOutputs(type: "local", provider: "process").ToJson());
        var runner = await _sandbox.RunAsync("benchmark", "--outputs", outputs, "--loads", "50", "--fault", "kill 1 at 1s");
        Assert.Equal(2, runner.ExitCode);
        Assert.Contains("its nodes cannot be stopped and started from here", runner.Error, StringComparison.Ordinal);
    }
}
