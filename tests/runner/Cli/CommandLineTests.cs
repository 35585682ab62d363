using System.CommandLine;
using System.Text.Json;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Networks;
using Mysticeti.Runner.Cli;

namespace Mysticeti.Runner.Tests.Cli;

public sealed class CommandLineTests : CommandLineFixture
{
    [Fact]
    public async Task A_dry_run_shows_what_would_be_done_and_starts_nothing()
    {
        var results = Files.File("results");
        Assert.Equal(ExitCodes.Done, await RunAsync("benchmark", "--dry-run", "--loads", "123", "--base-port", "0", "--output-dir", results));
        Assert.Contains("4 validators started on 127.0.0.1, free ports", Out, StringComparison.Ordinal);
        Assert.Contains("123", Out, StringComparison.Ordinal);
        Assert.Empty(Error);
        Assert.False(Directory.Exists(NetworksDirectory) || Directory.Exists(results));
    }

    [Fact]
    public void Every_option_and_command_says_what_it_is()
    {
        var commands = new Queue<Command>([CommandLine.Root(Shell(TextWriter.Null, TextWriter.Null))]);
        while (commands.TryDequeue(out var command))
        {
            Assert.False(string.IsNullOrWhiteSpace(command.Description), command.Name);
            Assert.All(command.Options, option => Assert.False(string.IsNullOrWhiteSpace(option.Description), $"{command.Name} {option.Name}"));
            foreach (var child in command.Subcommands) commands.Enqueue(child);
        }
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("benchmark", "-h")]
    [InlineData("network", "logs", "--help")]
    public async Task Help_has_examples_and_exits_with_0(params string[] args)
    {
        Assert.Equal(ExitCodes.Done, await RunAsync(args));
        Assert.Contains("Examples:", Out, StringComparison.Ordinal);
        Assert.Empty(Error);
    }

    [Fact]
    public async Task Without_networks_status_and_stop_say_so()
    {
        Assert.Equal(ExitCodes.Done, await RunAsync("network", "status"));
        Assert.StartsWith("no network is running here", Out, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, await RunAsync("network", "status", "--json"));
        Assert.Equal("[]", Out.Trim());
        Assert.Equal(ExitCodes.Done, await RunAsync("network", "stop"));
        Assert.StartsWith("no network is running here", Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_state_whose_processes_are_gone_is_shown_as_ended_and_cleared_by_stop()
    {
        Record("old", "older");
        Assert.Equal(ExitCodes.Done, await RunAsync("network", "status", "--json"));
        using (var json = JsonDocument.Parse(Out))
        {
            Assert.Equal(["old", "older"], json.RootElement.EnumerateArray().Select(network => network.GetProperty("name").GetString()));
            Assert.False(json.RootElement[0].GetProperty("nodes")[0].GetProperty("running").GetBoolean());
        }

        Assert.Equal(ExitCodes.Usage, await RunAsync("network", "stop"));
        Assert.Contains("several networks: old, older; say which with --name", Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, await RunAsync("network", "stop", "--name", "old"));
        Assert.Contains("was not running any more", Out, StringComparison.Ordinal);
        Assert.Equal(["older"], new NetworkDirectories(NetworksDirectory).ReadAll().Select(state => state.Name));
    }

    [Fact]
    public async Task Logs_print_the_end_of_one_or_all()
    {
        Record("old");
        for (var i = 0; i < 2; i++)
        {
            var log = new NetworkDirectories(NetworksDirectory).LogOf("old", i);
            Directory.CreateDirectory(Path.GetDirectoryName(log)!);
            await File.WriteAllLinesAsync(log, Enumerable.Range(0, 50).Select(line => $"{i}-{line}"));
        }

        Assert.Equal(ExitCodes.Done, await RunAsync("network", "logs", "1", "--lines", "2"));
        Assert.Equal(["1-48", "1-49"], Out.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(ExitCodes.Done, await RunAsync("network", "logs", "--lines", "1"));
        Assert.Equal(["node0 | 0-49", "node1 | 1-49"], Out.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(ExitCodes.Usage, await RunAsync("network", "logs", "7"));
        Assert.Contains("has no node '7'", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Following_a_log_prints_what_is_written_later()
    {
        Record("old");
        var log = new NetworkDirectories(NetworksDirectory).LogOf("old", 0);
        Directory.CreateDirectory(Path.GetDirectoryName(log)!);
        await File.WriteAllTextAsync(log, "before\n");
        using var output = new StringWriter();
        using var cancel = new CancellationTokenSource();
        var follow = CommandLine.RunAsync(["network", "logs", "0", "--follow"], Shell(TextWriter.Synchronized(output), TextWriter.Null), cancel.Token);
        await Eventually.HoldsAsync(() => output.ToString().Contains("before", StringComparison.Ordinal));
        await File.AppendAllTextAsync(log, "after\nhalf");
        await Eventually.HoldsAsync(() => output.ToString().Contains("after", StringComparison.Ordinal));
        await cancel.CancelAsync();
        Assert.Equal(ExitCodes.Interrupted, await follow);
        Assert.DoesNotContain("half", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_lists_what_networks_need()
    {
        Assert.Equal(ExitCodes.Done, await RunAsync("doctor", "--json"));
        using var json = JsonDocument.Parse(Out);
        var names = json.RootElement.EnumerateArray().Select(finding => finding.GetProperty("name").GetString());
        Assert.Equal([".NET SDK", "package feed", "validator", "libsodium", "OpenSSL", "ports", "disk", "Docker engine", "Docker Compose", "Pulumi", "Pulumi login", "OpenSSH client", "Pulumi secrets", "SSH keys"], names);
    }

    private void Record(params string[] names)
    {
        var gone = new ProcessIdentity(Environment.ProcessId, "another time");
        foreach (var name in names)
        {
            new NetworkDirectories(NetworksDirectory).Write(new NetworkState
            {
                Name = name,
                StartedAt = DateTimeOffset.UnixEpoch,
                Detached = false,
                Runner = gone,
                Nodes = [new NodeState(0, "mysticeti-node0", gone, new Uri("http://127.0.0.1:1"), "")],
            });
        }
    }
}
