using Mysticeti.Engine.Console;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Networks;
using Mysticeti.Runner.Cli;
using Mysticeti.Runner.Cli.Configuration;
using Mysticeti.Runner.Tests.Cli;

namespace Mysticeti.Runner.Tests.Configuration;

public sealed class ConfigFileTests : CommandLineFixture
{
    private const string Everything = """
        # a nightly run
        network_type: embedded
        committee: 7
        base_port: 0
        local_loads: [10, 20]
        duration: 2.5
        transaction_size: 100
        arrival: poisson
        repeat: 3
        seed: 7
        cleanup: true
        shape: bursts:3,10,1
        output_dir: "a directory: with a colon"
        thresholds:
          - p99_ms < 500
          - efficiency >= 0.99
        """;

    private string FileOf(string yaml)
    {
        File.WriteAllText(Files.File("run.yaml"), yaml);
        return Files.File("run.yaml");
    }

    [Fact]
    public async Task Every_key_reaches_the_settings_and_the_command_line_overrides_it()
    {
        var (settings, source, _) = await ReadAsync(
            "--config", FileOf(Everything), "--duration", "9", "--threshold", "lost == 0", "--cleanup", "false", "--output-dir", Files.Path);
        Assert.Equal((7, 100, 3, 7ul, TimeSpan.FromSeconds(9)), (settings.Committee, settings.TransactionSize, settings.Repeat, settings.Seed, settings.Duration));
        Assert.Equal([10, 20], settings.Loads);
        Assert.Equal(Arrival.Poisson, settings.Arrival);
        Assert.Equal(["lost == 0"], settings.Thresholds.Select(t => t.ToString()));
        var network = Assert.IsType<EmbeddedSource>(source).Settings;
        Assert.Equal((0, Cleanup.Nothing), (network.BasePort, network.Cleanup));
    }

    [Fact]
    public async Task Loads_on_the_command_line_displace_those_of_the_file()
    {
        var file = FileOf("loads: [1, 2]");
        Assert.Equal([1, 2], (await ReadAsync("--config", file)).Settings.Loads);
        Assert.Equal([5], (await ReadAsync("--config", file, "--local-loads", "5")).Settings.Loads);
    }

    [Fact]
    public async Task What_a_dry_run_prints_can_be_fed_back()
    {
        Assert.Equal(ExitCodes.Done, await RunAsync("benchmark", "--dry-run", "--config", FileOf(Everything)));
        var first = Out;
        Assert.Contains("thresholds: [p99_ms < 500, efficiency >= 0.99]", first, StringComparison.Ordinal);
        Assert.Contains("warm_up: 1\n", first, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, await RunAsync("benchmark", "--dry-run", "--config", FileOf(first)));
        Assert.Equal(first, Out);
    }

    [Fact]
    public async Task A_seed_that_was_drawn_is_in_the_dry_run()
    {
        await RunAsync("benchmark", "--dry-run");
        Assert.Matches("\nseed: [0-9]+\n", Out);
    }

    [Theory]
    [InlineData("duration: 5\nlaods: [1]\n", "run.yaml, line 2: unknown key laods; did you mean loads?")]
    [InlineData("transaction-size: 5\n", "line 1: unknown key transaction-size; did you mean transaction_size?")]
    [InlineData("config: other.yaml\n", "line 1: unknown key config")]
    [InlineData("dry_run: true\n", "line 1: unknown key dry_run")]
    [InlineData("\n\nduration: soon\n", "run.yaml, line 3: duration soon is not possible")]
    [InlineData("committee: 3\n", "run.yaml, line 1: committee 3 is too small")]
    [InlineData("thresholds: [\"p99 < 5\"]\n", "line 1: thresholds")]
    [InlineData("cleanup: maybe\n", "line 1: cleanup takes true or false")]
    [InlineData("duration:\n", "line 1: duration has no value")]
    [InlineData("loads: []\n", "line 1: loads has no value")]
    [InlineData("duration: [1, 2]\n", "line 1: duration 1,2 is not possible")]
    [InlineData("duration: {a: 1}\n", "line 1: duration takes a value or a list of values")]
    [InlineData("duration: 1\nduration: 2\n", "line 2:")]
    [InlineData("duration: 1\n  loads: 5\n", "line 2:")]
    [InlineData("- duration\n", "a mapping of keys to values is needed")]
    [InlineData("duration: 1\n---\nduration: 2\n", "several YAML documents")]
    [InlineData("outputs: a\nstack: b\n", "both name a network")]
    public async Task What_is_wrong_is_named_with_its_line(string yaml, string expected)
    {
        Assert.Equal(ExitCodes.Usage, await RunAsync("benchmark", "--config", FileOf(yaml)));
        Assert.Contains(expected, Assert.Single(Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.False(Directory.Exists(NetworksDirectory));
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_named()
    {
        Assert.Equal(ExitCodes.Usage, await RunAsync("benchmark", "--config", Files.File("none.yaml")));
        Assert.Contains("none.yaml", Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_key_is_documented()
    {
        var documentation = File.ReadAllText(SourceTree.PathOf("docs", "configuration.md"));
        var command = BenchmarkCommand.Create(Shell(TextWriter.Null, TextWriter.Null));
        Assert.All(command.Options.Select(ConfigFile.KeyOf).OfType<string>(), key => Assert.Contains($"`{key}`", documentation, StringComparison.Ordinal));
    }

    private async Task<BenchmarkRequest> ReadAsync(params string[] args)
    {
        var options = new BenchmarkOptions();
        var command = new System.CommandLine.Command("benchmark");
        options.AddTo(command);
        return await options.ReadAsync(command.Parse(args), Shell(TextWriter.Null, TextWriter.Null), default);
    }
}
