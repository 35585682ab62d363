using System.Net;
using System.Net.Sockets;
using Mysticeti.Engine.Networks;

namespace Mysticeti.Runner.Tests.Networks;

public sealed class EmbeddedNetworkTests
{
    private static readonly TimeSpan Plenty = TimeSpan.FromSeconds(30);

    public EmbeddedNetworkTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "the fake validators are shell scripts");

    [Fact]
    public async Task A_started_network_is_ready_recorded_and_gone_when_stopped()
    {
        using var fakes = FakeValidators.WellBehaved();
        var basePort = FakeValidators.FreeBasePort();
        await using var network = new EmbeddedNetwork(fakes.Settings(basePort), TimeProvider.System);
        var start = network.StartAsync(Plenty, new Reports(), default);
        await fakes.ServeAsync(basePort);
        await start;

        var state = fakes.Directories.Read("embedded")!;
        Assert.Equal(4, state.Nodes.Count(node => node.Process.IsAlive()));
        Assert.Equal([.. Enumerable.Range(basePort, 4)], network.Outputs.Nodes.Select(node => node.RpcUrl.Port));
        Assert.Empty(network.Failures());
        Assert.False(network.IsStoppedFromOutside);

        await network.StopAsync(default);
        Assert.DoesNotContain(state.Nodes, node => node.Process.IsAlive());
        Assert.Null(fakes.Directories.Read("embedded"));
        Assert.Empty(network.Failures());
    }

    [Fact]
    public async Task Logs_are_complete_and_can_be_collected_after_the_stop()
    {
        using var fakes = new FakeValidators("i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done; echo last >&2; exec cat");
        var basePort = FakeValidators.FreeBasePort();
        await using var network = new EmbeddedNetwork(fakes.Settings(basePort), TimeProvider.System);
        var start = network.StartAsync(Plenty, new Reports(), default);
        await fakes.ServeAsync(basePort);
        await start;
        await Eventually.HoldsAsync(() => Enumerable.Range(0, 4).All(i => LogFile.LastLines(fakes.Directories.LogOf("embedded", i), 1) is ["last"]));
        await network.StopAsync(default);
        await network.CollectLogsAsync(fakes.Directory.File("collected"), default);

        var files = Directory.GetFiles(fakes.Directory.File("collected")).Order();
        Assert.Equal(Enumerable.Range(0, 4).Select(i => $"mysticeti-node{i}.log"), files.Select(file => Path.GetFileName(file)));
        Assert.All(files, file => Assert.Equal(2001, File.ReadAllLines(file).Length));
    }

    [Fact]
    public async Task A_validator_that_ends_during_the_start_fails_it_with_the_end_of_its_log()
    {
        using var fakes = new FakeValidators("[ \"$3\" = 2 ] && { echo reading genesis; echo error: no luck >&2; exit 3; }\nexec cat");
        await using var network = new EmbeddedNetwork(fakes.Settings(), TimeProvider.System);
        var error = await Assert.ThrowsAsync<NetworkException>(() => network.StartAsync(Plenty, new Reports(), default));
        Assert.Contains("mysticeti-node2 ended with exit code 3: reading genesis | error: no luck", error.Message, StringComparison.Ordinal);
        Assert.Empty(fakes.Directories.ReadAll());
    }

    [Fact]
    public async Task A_network_that_never_gets_ready_is_stopped_again()
    {
        using var fakes = new FakeValidators("echo $$ >>\"$(dirname \"$0\")/pids\"; exec cat");
        await using var network = new EmbeddedNetwork(fakes.Settings(), TimeProvider.System);
        var error = await Assert.ThrowsAsync<NetworkException>(() => network.StartAsync(TimeSpan.FromSeconds(1), new Reports(), default));
        Assert.Contains("4 of 4 nodes were not ready after", error.Message, StringComparison.Ordinal);
        var pids = File.ReadAllLines(fakes.Directory.File("pids")).Select(int.Parse).ToArray();
        Assert.Equal(4, pids.Length);
        Assert.All(pids, pid => Assert.Null(ProcessIdentity.Of(pid)));
    }

    [Fact]
    public async Task A_cancelled_start_leaves_nothing_behind()
    {
        using var fakes = FakeValidators.WellBehaved();
        using var cancel = new CancellationTokenSource();
        await using var network = new EmbeddedNetwork(fakes.Settings(), TimeProvider.System);
        var start = network.StartAsync(Plenty, new Reports(), cancel.Token);
        await Eventually.HoldsAsync(() => fakes.Directories.Read("embedded") is { Nodes.Length: 4 });
        var state = fakes.Directories.Read("embedded")!;
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start);
        Assert.DoesNotContain(state.Nodes, node => node.Process.IsAlive());
        Assert.Empty(fakes.Directories.ReadAll());
    }

    [Fact]
    public async Task A_validator_that_does_not_listen_to_the_request_is_ended_by_force()
    {
        using var fakes = new FakeValidators("trap '' TERM; while true; do sleep 1; done");
        await using var network = new EmbeddedNetwork(fakes.Settings() with { StopGrace = TimeSpan.FromMilliseconds(100) }, TimeProvider.System);
        var start = network.StartAsync(TimeSpan.FromSeconds(1), new Reports(), default);
        await Eventually.HoldsAsync(() => fakes.Directories.Read("embedded") is { Nodes.Length: 4 });
        var state = fakes.Directories.Read("embedded")!;
        await Assert.ThrowsAsync<NetworkException>(() => start);
        Assert.DoesNotContain(state.Nodes, node => node.Process.IsAlive());
    }

    [Fact]
    public async Task An_occupied_port_is_found_before_anything_is_started()
    {
        using var fakes = FakeValidators.WellBehaved();
        var basePort = FakeValidators.FreeBasePort();
        using var other = new TcpListener(IPAddress.Loopback, basePort + 5);
        other.Start();
        await using var network = new EmbeddedNetwork(fakes.Settings(basePort), TimeProvider.System);
        var error = await Assert.ThrowsAsync<NetworkException>(() => network.StartAsync(Plenty, new Reports(), default));
        Assert.StartsWith($"port {basePort + 5} is in use on 127.0.0.1; stop what listens there or pass --base-port 0", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(fakes.NetworksDirectory));
    }

    [Fact]
    public async Task Free_ports_are_tried_again_when_another_program_was_faster()
    {
        using var fakes = new FakeValidators("echo \"error: address already in use\"; exit 4");
        await using var network = new EmbeddedNetwork(fakes.Settings(), TimeProvider.System);
        var reports = new Reports();
        await Assert.ThrowsAsync<NetworkException>(() => network.StartAsync(Plenty, reports, default));
        Assert.Equal(4, reports.Lines.Count(line => line.StartsWith("another program took one of the ports", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_validator_that_dies_later_is_a_failure()
    {
        using var fakes = FakeValidators.WellBehaved();
        var basePort = FakeValidators.FreeBasePort();
        await using var network = new EmbeddedNetwork(fakes.Settings(basePort), TimeProvider.System);
        var start = network.StartAsync(Plenty, new Reports(), default);
        await fakes.ServeAsync(basePort);
        await start;
        Signals.Kill(fakes.Directories.Read("embedded")!.Nodes[1].Process.Pid);
        await Eventually.HoldsAsync(() => network.Failures().Count == 1);
        var failure = network.Failures()[0];
        Assert.Equal((1, "mysticeti-node1"), (failure.Index, failure.Name));
        Assert.StartsWith("was killed by signal 9", failure.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_command_can_stop_the_network()
    {
        using var fakes = FakeValidators.WellBehaved();
        var basePort = FakeValidators.FreeBasePort();
        await using var network = new EmbeddedNetwork(fakes.Settings(basePort), TimeProvider.System);
        var start = network.StartAsync(Plenty, new Reports(), default);
        await fakes.ServeAsync(basePort);
        await start;
        var state = fakes.Directories.Read("embedded")!;
        Assert.Equal(4, await NetworkStopper.StopAsync(fakes.Directories, state, Plenty, TimeProvider.System, default));
        Assert.DoesNotContain(state.Nodes, node => node.Process.IsAlive());
        Assert.True(network.IsStoppedFromOutside);
    }

    [Fact]
    public async Task A_detached_network_outlives_its_object_and_is_not_tied_to_standard_input()
    {
        using var fakes = new FakeValidators("echo \"$@\"; exec sleep 1000");
        var basePort = FakeValidators.FreeBasePort();
        var network = new EmbeddedNetwork(fakes.Settings(basePort) with { Detached = true }, TimeProvider.System);
        var start = network.StartAsync(Plenty, new Reports(), default);
        await fakes.ServeAsync(basePort);
        await start;
        await network.DisposeAsync();
        var state = fakes.Directories.Read("embedded")!;
        Assert.Equal(4, state.Nodes.Count(node => node.Process.IsAlive()));
        await Eventually.HoldsAsync(() => LogFile.LastLines(state.Nodes[0].Log, 1).Count == 1);
        Assert.DoesNotContain("--exit-with-parent", LogFile.LastLines(state.Nodes[0].Log, 1)[0], StringComparison.Ordinal);
        Assert.Equal(4, await NetworkStopper.StopAsync(fakes.Directories, state, Plenty, TimeProvider.System, default));
    }

    [Theory]
    [InlineData(Cleanup.Nothing, true, true)]
    [InlineData(Cleanup.Storage, true, false)]
    [InlineData(Cleanup.Everything, false, false)]
    public async Task Cleanup_says_what_stays(Cleanup cleanup, bool logStays, bool storageStays)
    {
        // $9 is the validator's working directory.
        using var fakes = new FakeValidators("mkdir -p \"$9/blocks\"; echo data >\"$9/blocks/0\"; exec cat");
        var basePort = FakeValidators.FreeBasePort();
        await using var network = new EmbeddedNetwork(fakes.Settings(basePort) with { Cleanup = cleanup }, TimeProvider.System);
        var start = network.StartAsync(Plenty, new Reports(), default);
        await fakes.ServeAsync(basePort);
        await start;
        var log = fakes.Directories.LogOf("embedded", 3);
        var storage = Path.Combine(Path.GetDirectoryName(log)!, "blocks", "0");
        await Eventually.HoldsAsync(() => File.Exists(storage));
        await network.StopAsync(default);
        Assert.Equal((logStays, storageStays), (File.Exists(log), File.Exists(storage)));
    }
}
