using System.CommandLine;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Mysticeti.Engine.Plan;
using Mysticeti.Runner.Cli;
using Mysticeti.Runner.Cli.Configuration;
using Mysticeti.Runner.Tests.Cli;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Tests.Configuration;

/// <summary>What <c>--dry-run</c> prints, given back through <c>--config</c>, is the same plan to the byte.</summary>
public sealed class ConfigRoundTripTests : CommandLineFixture
{
    /// <summary>Options that only mean something on hosts, of which the environment of a process tells; with an embedded network they are carried along.</summary>
    private static readonly string[][] Hosts =
    [
        [], ["--ssh-client", "openssh"], ["--host-runtime", "systemd", "--trust-new-hosts"], ["--ssh-config", "/home/me/.ssh/config: 2", "--validator-package", "./out/linux-x64"],
    ];

    /// <summary>Of each row one is chosen; what depends on something else stands with it.</summary>
    private string[][][] Choices =>
    [
        [[], ["--network-type", "Embedded"], ["--network-type", "simulated", "--workers", "1"]],
        [[], ["--loads", "10, 20,5"], ["--local-loads", "7"], ["--remote-loads", "1,2"], ["--shape", $"replay:{Replay}"]],
        [["--duration", "10"], ["--duration", "12.50", "--warm-up", "0"]],
        [[], ["--repeat", "4"]],
        [[], ["--threshold", "p99_ms < 500", "--threshold", "efficiency >= 0.99"], ["--threshold", "lost == 0"]],
        [[], ["--arrival", "Poisson"]],
        [[], ["--targets", "weighted:3,1,1,1"], ["--targets", "region:eu-west-1"]],
        [[], ["--transaction-size", "uniform:200-1000"], ["--transaction-size", "normal:512,100"], ["--transaction-type", "kv", "--transaction-size", "66"]],
        [[], ["--seed", "18446744073709551615"]],
        [[], ["--submission", "STREAM", "--connections", "3"], ["--submission", "single", "--in-flight", "1"], ["--submission", "websocket"]],
        [
            [], ["--faults", "1"], ["--faults", "1", "--crash-recovery", "--crash-interval", "2.5"],
            ["--fault", "kill 1 at 1s for 2s", "--fault", "kill 2,3 at 4s for 500ms", "--allow-quorum-loss"],
        ],
        [[], ["--base-port", "0"], ["--base-port", "30000"]],
        [[], ["--startup-wait", "5"]],
        [[], ["--cleanup"], ["--cleanup-thorough"], ["--cleanup=false"]],
        [[], ["--output-dir", "a directory: with # and \"quotes\" \\ and\ttabs"], ["--output-dir", "~"], ["--output-dir", "ü 😀"], ["--output-dir", "- null"], ["--output-dir", "null"], ["--output-dir", "0x1"], ["--output-dir", "1e3"], ["--output-dir", "007"], ["--output-dir", " Yes "]],
        [[], ["--console-output", "False"], ["--file-output", "false"]],
        Hosts,
    ];

    /// <summary>The same, of networks that only real validators make.</summary>
    private string[][][] ChoicesOfRealNetworks =>
    [
        .. Choices[1..],
        [[], ["--workers", "3"]],
        [[], ["--search"]],
        [[], ["--committee", "4"]],
        [[], ["--parameters", Parameters], ["--regions", "us-east-1, eu-west-1"], ["--regions", "all", "--parameters", Parameters]],
    ];

    private string Replay => Written("replay.txt", "0.5\n1.25\n3\n");

    private string Parameters => Written("parameters, local.json", ParametersFile.Defaults.ToString());

    [Fact]
    public void The_plan_is_the_same()
    {
        Property(Choices);
        Property(ChoicesOfRealNetworks);
    }

    [Theory]
    [InlineData(NetworkOutputs.Mysticeti)]
    [InlineData(NetworkOutputs.CometBft)]
    [InlineData(NetworkOutputs.ScalarOrg)]
    public void The_plan_for_a_running_network_is_the_same(string flavor)
    {
        var outputs = new NetworkOutputs
        {
            Name = "running",
            Type = "remote",
            Flavor = flavor,
            Nodes = [.. Enumerable.Range(0, 4).Select(i => new NodeOutput { Index = i, Name = $"n{i}", Host = "127.0.0.1", RpcUrl = new Uri($"http://127.0.0.1:{1000 + i}") })],
        };
        AssertSame(["--outputs", Written("stack outputs.json", outputs.ToJson()), "--remote-loads", "3,4", "--threshold", "p50_ms < 9"]);
    }

    /// <summary>Whoever adds an option adds it here, so that it cannot be forgotten in the printed configuration.</summary>
    [Fact]
    public void Every_option_has_its_turn()
    {
        // A stack needs Pulumi, a compose file Docker to be read.
        string[] chosen = [.. ChoicesOfRealNetworks.Concat(Choices).SelectMany(row => row).SelectMany(choice => choice).Select(word => word.Split('=')[0]), "--outputs", "--stack", "--docker-compose-path"];
        Assert.Empty(Command().Options.Where(option => ConfigFile.KeyOf(option) is not null).Select(option => option.Name).Except(chosen));
    }

    [Fact]
    public void Any_text_is_itself_again()
    {
        var texts = ArbMap.Default.ArbFor<NonNull<string>>().Filter(text => text.Get.Length > 0 && !text.Get.Any(char.IsSurrogate));
        Prop.ForAll(texts, text => IsItself(text.Get)).QuickCheckThrowOnFailure();
        var nasty = Gen.OneOf(
            Gen.Elements(" ", "\t", "\r", "\n", "\r\n", "\u0085", "\u00a0", "\u2028", "\u2029", "\ufeff", "\0", "\u007f", "ü", "日", "😀"),
            Gen.Elements(":", "#", "-", "---", "...", "\"", "'", "\\", ",", "[", "]", "{", "}", "&", "*", "!", "|", ">", "%", "@", "`", "?", "=", "<<"),
            Gen.Elements("null", "~", "yes", "No", "on", "true", "0x1", "0o7", "1e3", "1:30", "1_000", ".inf", "007", "60", "12.50", "a"));
        Prop.ForAll(nasty.ArrayOf().Where(parts => parts.Length > 0).Select(parts => string.Concat(parts)).ToArbitrary(), IsItself).QuickCheckThrowOnFailure();
        Assert.All(["line\n", "\u0085", "😀", "a: b # c", "true"], text => Assert.True(IsItself(text), text));
    }

    /// <summary>Whoever reads the file with another tool gets the text too.</summary>
    [Theory]
    [InlineData("null")]
    [InlineData("~")]
    [InlineData("yes")]
    [InlineData("Off")]
    [InlineData("true")]
    [InlineData("0x1")]
    [InlineData("1e3")]
    [InlineData(".inf")]
    [InlineData("007")]
    public void Text_that_looks_like_something_else_is_quoted(string text) =>
        Assert.Contains($"output_dir: \"{text}\"\n", Read("--output-dir", text).Configuration.Value, StringComparison.Ordinal);

    [Theory]
    [InlineData("duration", "12.50", "duration: 12.50")]
    [InlineData("seed", "18446744073709551615", "seed: 18446744073709551615")]
    [InlineData("loads", "10, 20,5", "loads: [10, 20, 5]")]
    [InlineData("cleanup", "true", "cleanup: true")]
    [InlineData("output-dir", "results of today", "output_dir: results of today")]
    [InlineData("threshold", "p99_ms < 500", "thresholds: [p99_ms < 500]")]
    public void Numbers_flags_and_plain_text_stand_as_they_are(string option, string value, string line) =>
        Assert.Contains($"{line}\n", Read($"--{option}={value}").Configuration.Value, StringComparison.Ordinal);

    private bool IsItself(string text) =>
        ConfigFile.Load(Written("text.yaml", ConfigText.Render(new Dictionary<string, object> { ["output_dir"] = text, ["thresholds"] = new[] { text, text } })))
            .Entries is [{ Values: [var value] }, { Values: [var first, var second] }] && value == text && first == text && second == text;

    private void Property(string[][][] choices)
    {
        var commandLines = choices.Select(row => Gen.Elements(row))
            .Aggregate(Gen.Constant(Array.Empty<string>()), (all, next) => all.SelectMany(a => next.Select(b => (string[])[.. a, .. b])));
        Prop.ForAll(commandLines.ToArbitrary(), AssertSame).QuickCheckThrowOnFailure();
    }

    private void AssertSame(string[] args)
    {
        var first = Read(args);
        var second = Read("--config", Written("again.yaml", first.Configuration.Value));
        Assert.Equal(first.Configuration.Value, second.Configuration.Value);
        Assert.Equal(SettingsText.RenderJson(first.Settings), SettingsText.RenderJson(second.Settings));
        Assert.Equal(Text(first.Source), Text(second.Source));
    }

    private static string Text(NetworkSource source) => source switch
    {
        EmbeddedSource embedded => $"{JsonSerializer.Serialize(embedded.Settings with { Parameters = null })} {embedded.Settings.Parameters}",
        ExternalSource external => external.Outputs.ToJson() + external.Origin,
        _ => source.Describe(),
    };

    private BenchmarkRequest Read(params string[] args)
    {
        var options = new BenchmarkOptions();
        var command = Command(options);
        return options.ReadAsync(command.Parse(args), Shell(TextWriter.Null, TextWriter.Null), default).GetAwaiter().GetResult();
    }

    private static Command Command(BenchmarkOptions? options = null)
    {
        var command = new Command("benchmark");
        (options ?? new BenchmarkOptions()).AddTo(command);
        return command;
    }

    private string Written(string name, string text)
    {
        File.WriteAllText(Files.File(name), text);
        return Files.File(name);
    }
}
