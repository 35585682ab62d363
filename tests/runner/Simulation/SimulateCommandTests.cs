using System.Text.Json;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Plan;
using Mysticeti.Engine.Simulation;
using Mysticeti.Runner.Cli;

namespace Mysticeti.Runner.Tests.Simulation;

public sealed class SimulateCommandTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("simulate-").FullName;
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        Directory.Delete(_root, recursive: true);
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task The_command_simulates_and_writes_a_benchmarks_files()
    {
        Assert.Equal(ExitCodes.Done, await Invoke(
            "--committee", "7", "--duration", "3", "--warm-up", "0", "--loads", "50,100", "--transaction-size", "64", "--crash", "1@1-2", "--equivocate", "1",
            "--partition", "0,1@1-1.5;2@1-1.2", "--slow", "2+20@1-2", "--regions", "us-east-1,eu-west-1", "--seed", "3"));
        var run = Assert.Single(Directory.GetDirectories(_root));
        using var report = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "simulated_benchmark_2_100txs.json")));
        Assert.Equal("simulated", report.RootElement.GetProperty("network_type").GetString());
        Assert.Equal(7, report.RootElement.GetProperty("parameters").GetProperty("nodes").GetInt32());
        Assert.Equal(2, report.RootElement.GetProperty("parameters").GetProperty("faults").GetInt32());
        Assert.Equal("VALID", report.RootElement.GetProperty("verdict").GetProperty("status").GetString());
        Assert.True(report.RootElement.GetProperty("safety").GetProperty("agreement").GetBoolean());
        Assert.Equal(5, report.RootElement.GetProperty("faults").GetArrayLength());
        Assert.Contains("#[Max", File.ReadAllText(Path.Combine(run, "simulated_benchmark_2_100txs.hgrm")));
        using var facts = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "simulation_2_100txs.json")));
        Assert.Equal("keyed-hash", facts.RootElement.GetProperty("signatures").GetString());
        Assert.Equal(7, facts.RootElement.GetProperty("validators").GetArrayLength());
        Assert.True(facts.RootElement.GetProperty("leader_slots").GetProperty("direct_commit").GetInt64() > 0);
        Assert.Contains("Signatures: keyed-hash", File.ReadAllText(Path.Combine(run, "summary.txt")));
    }

    [Theory]
    [InlineData("--committee", "3")]
    [InlineData("--loads", "0")]
    [InlineData("--loads", "-5")]
    [InlineData("--loads", "abc")]
    [InlineData("--duration", "0")]
    [InlineData("--regions", "mars-1")]
    [InlineData("--crash", "x@1")]
    [InlineData("--crash", "11")]
    [InlineData("--crash", "1@5-2")]
    [InlineData("--partition", "0,1")]
    [InlineData("--partition", "0,99@1-2")]
    [InlineData("--leaders", "0")]
    [InlineData("--transaction-size", "5")]
    [InlineData("--seeds", "0")]
    [InlineData("--loss", "0.9")]
    [InlineData("--arrival", "sometimes")]
    public async Task Wrong_usage_exits_with_2_and_leaves_nothing(string option, string value)
    {
        Assert.Equal(ExitCodes.Usage, await Invoke(option, value));
        Assert.Single(_error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Empty(Directory.GetDirectories(_root));
    }

    [Fact]
    public async Task An_output_directory_that_is_a_file_exits_with_2()
    {
        var file = Path.Combine(_root, "file");
        File.WriteAllText(file, "");
        Assert.Equal(ExitCodes.Usage, await InvokeIn(file, "--duration", "1"));
        Assert.Contains("is a file", _error.ToString());
    }

    [Fact]
    public async Task Seeds_are_swept_and_recorded()
    {
        Assert.Equal(ExitCodes.Done, await Invoke("--seeds", "3", "--seed", "11", "--committee", "4"));
        var run = Assert.Single(Directory.GetDirectories(_root));
        using var seeds = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "seeds.json")));
        Assert.Contains("3 of 3 seeds passed", _output.ToString());
        Assert.Equal([11, 12, 13], seeds.RootElement.GetProperty("results").EnumerateArray().Select(result => result.GetProperty("seed").GetInt32()));
    }

    [Fact]
    public async Task An_interrupted_simulation_saves_what_it_has_and_exits_with_130()
    {
        using var stop = new CancellationTokenSource();
        // Cancelled as soon as the first line of the progress of the simulation is written.
        var output = new StoppingWriter(stop);
        var settings = Simulations.Small() with { Loads = [200, 300] };
        Assert.Equal(ExitCodes.Interrupted, await SimulateCommand.RunAsync(settings, _root, output, stop.Token));
        var run = Assert.Single(Directory.GetDirectories(_root));
        using var summary = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "summary.json")));
        Assert.True(summary.RootElement.GetProperty("interrupted").GetBoolean());
        Assert.Equal(ExitCodes.Interrupted, summary.RootElement.GetProperty("exit_code").GetInt32());
        Assert.True(File.Exists(Path.Combine(run, "manifest.json")));
    }

    [Fact]
    public void A_benchmarks_settings_become_a_simulations()
    {
        var settings = SimulateCommand.FromBenchmark(new BenchmarkSettings
        {
            NetworkType = "simulated", Committee = 4, Loads = [100, 200], Duration = TimeSpan.FromSeconds(5), Seed = 9, Repeat = 2,
            Faults = 1, CrashRecovery = true, CrashInterval = TimeSpan.FromSeconds(2),
        });
        Assert.Equal([100, 100, 200, 200], settings.Loads);
        Assert.Equal(new Crash(3, TimeSpan.Zero, TimeSpan.FromSeconds(2)), Assert.Single(settings.Faults.Crashes));
        Assert.Throws<UsageException>(() => SimulateCommand.FromBenchmark(new BenchmarkSettings
        {
            NetworkType = "simulated", Committee = 2, Loads = [100], Duration = TimeSpan.FromSeconds(5), Seed = 9,
        }));
    }

    private Task<int> Invoke(params string[] arguments) => InvokeIn(_root, arguments);

    private Task<int> InvokeIn(string outputDirectory, params string[] arguments) => CommandLine.RunAsync(
        ["simulate", .. arguments, "--output-dir", outputDirectory], new Shell(_output, _error, TimeProvider.System, _root), TestContext.Current.CancellationToken);

    private sealed class StoppingWriter(CancellationTokenSource stop) : StringWriter
    {
        public override void Write(char[] buffer, int index, int count) => Check(new string(buffer, index, count));

        public override void Write(string? value) => Check(value);

        public override void WriteLine(string? value) => Check(value);

        private void Check(string? text)
        {
            if (text?.StartsWith("Simulating", StringComparison.Ordinal) == true) stop.Cancel();
        }
    }
}
