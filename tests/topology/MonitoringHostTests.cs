using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Mysticeti.Topology.Cloud;

namespace Mysticeti.Topology.Tests;

public sealed class MonitoringHostTests
{
    [Fact]
    public void Its_scripts_are_something_that_a_shell_can_read()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no sh");
        var host = new MonitoringHost("/srv/it's here", 3);
        foreach (var script in (string[])[MonitoringHost.AwaitUserData(), host.Prepare(), host.Start([("a", "10.0.0.1:26657")])])
        {
            using var shell = Process.Start("sh", ["-n", "-c", script]);
            shell.WaitForExit();
            Assert.True(shell.ExitCode == 0, script);
        }

        Assert.Contains("+3 hours", host.Prepare(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Both_are_started_with_files_that_everybody_can_read()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "hosts are Linux machines");
        using var directory = new ScratchDirectory();
        var (said, docker) = (directory["said"], directory["docker"]);
        await File.WriteAllTextAsync(docker, $"#!/bin/sh\necho \"$@\" >>{said}\n", TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(docker, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        using var listeners = new Listeners();
        // As the host would find them, were it one: a Docker of ours, a root of ours where nobody is, and ports that something listens on.
        var start = new MonitoringHost(directory.Path, 3).Start([("first", "10.0.0.1:26657"), ("second", "10.0.0.2:26657")]);
        foreach (var (port, other) in listeners.Instead(MonitoringFiles.PrometheusPort, MonitoringFiles.GrafanaPort)) start = start.Replace($"/{port}'", $"/{other}'", StringComparison.Ordinal);
        using var shell = Process.Start("sh", ["-c", $"umask 077; PATH={directory.Path}:$PATH; sudo() {{ shift; \"$@\"; }}\n{start}"]);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, shell.ExitCode);

        var prometheus = await File.ReadAllTextAsync(directory["prometheus.yml"], TestContext.Current.CancellationToken);
        Assert.Contains("targets: [\"10.0.0.2:26657\"]\n        labels: {node: \"second\"}", prometheus, StringComparison.Ordinal);
        foreach (var file in (string[])["prometheus.yml", "datasource.yml", "provider.yml", "dashboard.json"])
        {
            if (!OperatingSystem.IsWindows()) Assert.True(File.GetUnixFileMode(directory[file]).HasFlag(UnixFileMode.OtherRead), file);
        }

        var runs = (await File.ReadAllLinesAsync(said, TestContext.Current.CancellationToken)).Where(line => line.StartsWith("run ", StringComparison.Ordinal)).ToArray();
        Assert.Equal([MonitoringFiles.PrometheusImage, MonitoringFiles.GrafanaImage], runs.Select(line => line.Split(' ')[^1]));
        Assert.All(runs, line => Assert.Contains("--cap-drop ALL --security-opt no-new-privileges", line, StringComparison.Ordinal));
    }

    /// <summary>Free ports of this machine that something listens on.</summary>
    private sealed class Listeners : IDisposable
    {
        private readonly List<TcpListener> _listeners = [];

        public IEnumerable<(int Port, int Other)> Instead(params int[] ports)
        {
            foreach (var port in ports)
            {
                var listener = new TcpListener(IPAddress.Loopback, 0);
                listener.Start();
                _listeners.Add(listener);
                yield return (port, ((IPEndPoint)listener.LocalEndpoint).Port);
            }
        }

        public void Dispose()
        {
            foreach (var listener in _listeners) listener.Dispose();
        }
    }
}
