using System.CommandLine;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Plan;
using Mysticeti.Runner.Cli;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Tests.Cli;

public sealed class BenchmarkOptionsTests : CommandLineFixture
{
    private Task<BenchmarkRequest> ReadAsync(params string[] args)
    {
        var options = new BenchmarkOptions();
        var command = new Command("benchmark");
        options.AddTo(command);
        return options.ReadAsync(command.Parse(args), Shell(TextWriter.Null, TextWriter.Null), default);
    }

    private string OutputsFile(string type = "local", string flavor = NetworkOutputs.Mysticeti)
    {
        var outputs = new NetworkOutputs
        {
            Name = "running",
            Type = type,
            Flavor = flavor,
            Nodes = [.. Enumerable.Range(0, 5).Select(i => new NodeOutput { Index = i, Name = $"n{i}", Host = "127.0.0.1", RpcUrl = new Uri($"http://127.0.0.1:{1000 + i}") })],
        };
        File.WriteAllText(Files.File("outputs.json"), outputs.ToJson());
        return Files.File("outputs.json");
    }

    [Fact]
    public async Task Defaults_are_those_of_the_contract()
    {
        var (settings, source, dryRun) = await ReadAsync("--seed", "7");
        Assert.Equal([100, 200, 500], settings.Loads);
        var expected = new BenchmarkSettings
        {
            NetworkType = "embedded", Committee = 4, Loads = settings.Loads, Duration = TimeSpan.FromSeconds(180), WarmUp = TimeSpan.FromSeconds(1),
            TransactionSize = 512, TransactionType = TransactionType.Opaque, Arrival = Arrival.Constant, Repeat = 1, Seed = 7,
            StartupWait = TimeSpan.FromSeconds(30), OutputDirectory = "./benchmarks", ConsoleOutput = true, FileOutput = true,
        };
        Assert.Equal(expected, settings);
        Assert.False(dryRun);
        var embedded = Assert.IsType<EmbeddedSource>(source).Settings;
        Assert.Equal((4, null, Cleanup.Nothing, false), (embedded.Committee, embedded.BasePort, embedded.Cleanup, embedded.Detached));
    }

    [Fact]
    public async Task Every_option_reaches_the_settings()
    {
        var (settings, source, dryRun) = await ReadAsync(
            "--committee", "7", "--loads", "10, 20", "--duration", "2.5", "--warm-up", "0", "--transaction-size", "66", "--transaction-type", "kv",
            "--arrival", "Poisson", "--repeat", "3", "--seed", "18446744073709551615", "--startup-wait", "5", "--output-dir", Files.Path,
            "--console-output", "false", "--file-output", "false", "--base-port", "0", "--cleanup-thorough", "--dry-run");
        Assert.Equal([10, 20], settings.Loads);
        var expected = new BenchmarkSettings
        {
            NetworkType = "embedded", Committee = 7, Loads = settings.Loads, Duration = TimeSpan.FromSeconds(2.5), WarmUp = TimeSpan.Zero,
            TransactionSize = 66, TransactionType = TransactionType.Kv, Arrival = Arrival.Poisson, Repeat = 3, Seed = ulong.MaxValue,
            StartupWait = TimeSpan.FromSeconds(5), OutputDirectory = Files.Path, ConsoleOutput = false, FileOutput = false,
        };
        Assert.Equal(expected, settings);
        Assert.True(dryRun);
        var embedded = Assert.IsType<EmbeddedSource>(source).Settings;
        Assert.Equal((7, 0, Cleanup.Everything), (embedded.Committee, embedded.BasePort!.Value, embedded.Cleanup));
    }

    [Theory]
    [InlineData("local", new[] { 1 })]
    [InlineData("remote", new[] { 2 })]
    public async Task A_running_network_brings_its_type_committee_and_loads(string type, int[] loads)
    {
        var (settings, source, _) = await ReadAsync("--outputs", OutputsFile(type), "--local-loads", "1", "--remote-loads", "2");
        Assert.Equal((type, 5), (settings.NetworkType, settings.Committee));
        Assert.Equal(loads, settings.Loads);
        Assert.IsType<ExternalSource>(source);
    }

    [Theory]
    [InlineData("--committee 4 contradicts", "--committee", "4")]
    [InlineData("--network-type remote contradicts", "--network-type", "remote")]
    [InlineData("--base-port is for a network that this command starts", "--base-port", "0")]
    [InlineData("--cleanup is for a network that this command starts", "--cleanup")]
    public async Task Options_that_contradict_a_running_network_are_refused(string expected, params string[] args)
    {
        var error = await Assert.ThrowsAsync<UsageException>(() => ReadAsync(["--outputs", OutputsFile(), .. args]));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(NetworkOutputs.Mysticeti, SubmissionMode.Batch)]
    [InlineData(NetworkOutputs.CometBft, SubmissionMode.Batch)]
    [InlineData(NetworkOutputs.ScalarOrg, SubmissionMode.Single)]
    public async Task The_flavor_chooses_how_transactions_are_handed_over(string flavor, SubmissionMode mode) =>
        Assert.Equal(mode, (await ReadAsync("--outputs", OutputsFile(flavor: flavor))).Settings.Submission.Mode);

    [Fact]
    public async Task A_mode_that_the_flavor_does_not_know_is_refused()
    {
        var error = await Assert.ThrowsAsync<UsageException>(() => ReadAsync("--outputs", OutputsFile(flavor: NetworkOutputs.CometBft), "--submission", "stream"));
        Assert.Contains("stream is not known to cometbft networks; they take batch, single, websocket", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--submission", "grpc", "takes one of single, batch, websocket, stream")]
    [InlineData("--shape", "square", "ramp:0.1, steps:5")]
    [InlineData("--shape", "replay:/no/such/file", "cannot be read")]
    [InlineData("--targets", "weighted:1,2", "2 weights for 4 nodes")]
    [InlineData("--targets", "nearest", "region:NAME")]
    [InlineData("--transaction-size", "uniform:10-20", "within 32 to")]
    [InlineData("--in-flight", "0", "from 1 to 8192")]
    public async Task What_the_load_cannot_be_is_refused_with_a_hint(string option, string value, string hint)
    {
        var error = await Assert.ThrowsAsync<UsageException>(() => ReadAsync(option, value));
        Assert.Contains(option, error.Message + " --shape", StringComparison.Ordinal);
        Assert.Contains(hint, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replay_has_the_rate_and_length_of_its_recording()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllLinesAsync(file, Enumerable.Range(0, 500).Select(i => (i / 100.0).ToString(System.Globalization.CultureInfo.InvariantCulture)), TestContext.Current.CancellationToken);
            var settings = (await ReadAsync("--shape", $"replay:{file}")).Settings;
            Assert.Equal((100, 4.991), (Assert.Single(settings.Loads), settings.Duration.TotalSeconds));
            await Assert.ThrowsAsync<UsageException>(() => ReadAsync("--shape", $"replay:{file}", "--loads", "5"));
        }
        finally
        {
            File.Delete(file);
        }
    }
}
