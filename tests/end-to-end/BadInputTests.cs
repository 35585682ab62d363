using System.Net;
using System.Net.Sockets;
using Mysticeti.Topology;

namespace Mysticeti.EndToEnd.Tests;

public sealed class BadInputTests
{
    [Theory]
    [InlineData("benchmark", "--loads", "0")]
    [InlineData("benchmark", "--loads", "-5")]
    [InlineData("benchmark", "--loads", "abc")]
    [InlineData("benchmark", "--committee", "3")]
    [InlineData("benchmark", "--committee", "0")]
    [InlineData("benchmark", "--output-dir", "/dev/null")]
    [InlineData("benchmark", "--no-such-option")]
    [InlineData("benchmark", "--outputs", "missing.json")]
    [InlineData("no-such-command")]
    public async Task Wrong_usage_is_one_line_exit_2_and_no_process(params string[] args)
    {
        using var sandbox = new Sandbox();
        var runner = await sandbox.RunAsync(args);
        Assert.True(runner.ExitCode == 2, runner.ToString());
        Assert.StartsWith("error: ", Assert.Single(runner.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Empty(sandbox.Validators());
        Assert.Empty(Directory.EnumerateFileSystemEntries(sandbox.Root));
    }

    [Fact]
    public async Task A_broken_outputs_file_is_one_line_and_exit_2()
    {
        using var sandbox = new Sandbox();
        await File.WriteAllTextAsync(Path.Combine(sandbox.Root, "outputs.json"), "{\"network\": {\"schemaVersion\": 1,");
        var runner = await sandbox.RunAsync("benchmark", "--outputs", "outputs.json");
        Assert.True(runner.ExitCode == 2, runner.ToString());
        Assert.Contains("outputs.json", Assert.Single(runner.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_occupied_port_is_one_line_exit_4_and_no_process()
    {
        using var sandbox = new Sandbox();
        using var other = new TcpListener(IPAddress.Loopback, FreePorts.Reserve(1)[0]);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        var runner = await sandbox.RunAsync("benchmark", "--duration", "1", "--loads", "100", "--base-port", $"{port - 1}");
        Assert.True(runner.ExitCode == 4, runner.ToString());
        Assert.StartsWith($"error: port {port} is in use", Assert.Single(runner.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Empty(sandbox.Validators());
    }
}
