using Mysticeti.Engine.Console;

namespace Mysticeti.Runner.Tests.Cli;

public sealed class BadInputTests : CommandLineFixture
{
    [Theory]
    [InlineData("a command is needed")]
    [InlineData("unknown command 'bench'; did you mean benchmark?", "bench")]
    [InlineData("unknown option --lods; did you mean --loads?", "benchmark", "--lods", "5")]
    [InlineData("unknown option --loads-of-nothing", "benchmark", "--loads-of-nothing")]
    [InlineData("unexpected argument 'extra'", "benchmark", "extra")]
    [InlineData("--loads takes exactly one value", "benchmark", "--loads")]
    [InlineData("--loads", "benchmark", "--loads", "")]
    [InlineData("--loads 0 is not possible", "benchmark", "--loads", "0")]
    [InlineData("--loads -5 is not possible", "benchmark", "--loads", "-5")]
    [InlineData("--loads abc is not possible", "benchmark", "--loads", "abc")]
    [InlineData("--loads 1.5 is not possible", "benchmark", "--loads", "1.5")]
    [InlineData("--loads 100,,200 is not possible", "benchmark", "--loads", "100,,200")]
    [InlineData("--loads 99999999999 is not possible", "benchmark", "--loads", "99999999999")]
    [InlineData("--local-loads x is not possible", "benchmark", "--local-loads", "100,x")]
    [InlineData("a committee needs at least 4 validators", "benchmark", "--committee", "3")]
    [InlineData("a committee needs at least 4 validators", "benchmark", "--committee", "0")]
    [InlineData("--committee 1000 is not possible", "benchmark", "--committee", "1000")]
    [InlineData("--duration 0 is not possible", "benchmark", "--duration", "0")]
    [InlineData("--duration -1 is not possible", "benchmark", "--duration", "-1")]
    [InlineData("--duration NaN is not possible", "benchmark", "--duration", "NaN")]
    [InlineData("--duration Infinity is not possible", "benchmark", "--duration", "Infinity")]
    [InlineData("--duration takes exactly one value", "benchmark", "--duration", "1", "--duration", "2")]
    [InlineData("--transaction-size 31 is not possible", "benchmark", "--transaction-size", "31")]
    [InlineData("--transaction-size 65 is not possible", "benchmark", "--transaction-type", "kv", "--transaction-size", "65")]
    [InlineData("--transaction-size 1048577 is not possible", "benchmark", "--transaction-size", "1048577")]
    [InlineData("--transaction-type json is not possible; it takes one of opaque, kv", "benchmark", "--transaction-type", "json")]
    [InlineData("it takes one of true, false", "benchmark", "--console-output", "maybe")]
    [InlineData("--file-output takes exactly one value", "benchmark", "--file-output")]
    [InlineData("--arrival uniform is not possible", "benchmark", "--arrival", "uniform")]
    [InlineData("--repeat 0 is not possible", "benchmark", "--repeat", "0")]
    [InlineData("--seed -1 is not possible", "benchmark", "--seed", "-1")]
    [InlineData("--base-port 70000 is not possible", "benchmark", "--base-port", "70000")]
    [InlineData("base port 65530 leaves no room", "benchmark", "--base-port", "65530")]
    [InlineData("--startup-wait 0 is not possible", "benchmark", "--startup-wait", "0")]
    [InlineData("--outputs and --stack both name a network", "benchmark", "--outputs", "a", "--stack", "b")]
    [InlineData("there is no such file", "benchmark", "--outputs", "/nonexistent/outputs.json")]
    [InlineData("there is no file './docker-compose.yml'", "benchmark", "--network-type", "local")]
    [InlineData("MYSTICETI_NODE0_HOST", "benchmark", "--network-type", "remote")]
    [InlineData("--network-type moon is not possible", "benchmark", "--network-type", "moon")]
    [InlineData("--num-transactions 0 is not possible", "embedded-network", "--num-transactions", "0")]
    [InlineData("--transaction-rate 0 is not possible", "embedded-network", "--transaction-rate", "0")]
    [InlineData("--name 'Big Net' is not possible", "embedded-network", "--name", "Big Net")]
    [InlineData("exclude each other", "embedded-network", "--detach", "--num-transactions", "5")]
    [InlineData("a committee needs at least 4 validators", "embedded-network", "--committee", "3")]
    [InlineData("a command is needed: status, logs, stop", "network")]
    [InlineData("--name '../x' is not possible", "network", "stop", "--name", "../x")]
    [InlineData("there is no network 'x'", "network", "status", "--name", "x")]
    [InlineData("no network has run here", "network", "logs")]
    [InlineData("dag needs <FILE>", "dag")]
    [InlineData("--wave-length 2 is not possible", "dag", "x.dag", "--wave-length", "2")]
    public async Task Wrong_usage_exits_with_2_and_one_line(string expected, params string[] args)
    {
        Assert.Equal(ExitCodes.Usage, await RunAsync(args));
        var line = Assert.Single(Error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("error: ", line, StringComparison.Ordinal);
        Assert.Contains(expected, line, StringComparison.Ordinal);
        Assert.Empty(Out);
        Assert.False(Directory.Exists(NetworksDirectory));
    }

    [Theory]
    [InlineData("results")]
    [InlineData("results/deeper/still")]
    public async Task An_output_directory_that_is_a_file_is_refused_before_the_start(string path)
    {
        await File.WriteAllTextAsync(Files.File("results"), "");
        Assert.Equal(ExitCodes.Usage, await RunAsync("benchmark", "--output-dir", Files.File(path)));
        Assert.Contains("is a file; name a directory", Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(NetworksDirectory));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("{\"network\":{\"schemaVersion\":1,\"name\":\"x\"}}")]
    [InlineData("[1]")]
    public async Task A_broken_outputs_file_is_refused_and_named(string content)
    {
        await File.WriteAllTextAsync(Files.File("outputs.json"), content);
        Assert.Equal(ExitCodes.Usage, await RunAsync("benchmark", "--outputs", Files.File("outputs.json")));
        Assert.Contains("outputs.json", Assert.Single(Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }
}
