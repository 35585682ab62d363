using System.Security.Cryptography;
using System.Text.Json;

namespace Mysticeti.EndToEnd.Tests.Remote;

/// <summary>Hosts that are made when the first test needs them.</summary>
public sealed class LazyHosts : IDisposable
{
    private SshHosts? _hosts;

    internal SshHosts Value => _hosts ??= new SshHosts();

    public void Dispose() => _hosts?.Dispose();
}

/// <summary><c>remote-network</c> and remote benchmarks on four real hosts with real SSH servers.</summary>
public sealed class RemoteNetworkTests(LazyHosts lazy) : IClassFixture<LazyHosts>, IDisposable
{
    private readonly SshHosts _hosts = lazy.Value;
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task A_network_comes_up_on_bare_hosts_stays_and_leaves_them_bare()
    {
        var parameters = Path.Combine(_sandbox.Root, "given.json");
        await File.WriteAllTextAsync(parameters, "{}", TestContext.Current.CancellationToken);
        var first = await RunAsync("remote-network", "--num-transactions", "200", "--parameters", parameters);
        Assert.True(first.ExitCode == 0, first.ToString());
        Assert.Contains("Successful transactions: 200", first.Out, StringComparison.Ordinal);
        var running = Enumerable.Range(0, 4).Select(Processes).ToArray();
        Assert.All(running, pids => Assert.NotEmpty(pids));
        Assert.Equal("600", _hosts.Run(0, "stat -c %a /home/bench/.mysticeti/remote/mysticeti-node0/key.json"));

        Assert.Equal("{}", _hosts.Run(0, "cat /home/bench/.mysticeti/remote/mysticeti-node0/parameters.json"));

        var second = await RunAsync("remote-network", "--num-transactions", "100", "--parameters", parameters, "--collect-logs", "logs");
        Assert.True(second.ExitCode == 0, second.ToString());
        Assert.Contains("runs already on its 4 hosts; nothing was changed", second.Out, StringComparison.Ordinal);
        Assert.Equal(running, Enumerable.Range(0, 4).Select(Processes));
        Assert.All(Enumerable.Range(0, 4), i => Assert.NotEqual(0, new FileInfo(Path.Combine(_sandbox.Root, "logs", $"mysticeti-node{i}.log")).Length));

        await NamesTheValidatorThatDiesAsync();
        var benchmark = await RunAsync(
            "benchmark", "--network-type", "remote", "--remote-loads", "100", "--duration", "5", "--fault", "kill 3 at 1s for 2s", "--cleanup-thorough");
        AssertMeasured(benchmark);
        using (var result = _sandbox.Result(^1))
        {
            Assert.Equal("remote", result.RootElement.GetProperty("network_type").GetString());
            Assert.True(result.RootElement.GetProperty("safety").GetProperty("agreement").GetBoolean());
            var fault = result.RootElement.GetProperty("faults")[0];
            Assert.True(fault.GetProperty("took_effect").GetBoolean());
            Assert.Equal(JsonValueKind.Number, fault.GetProperty("time_to_recover").ValueKind);
            var resources = result.RootElement.GetProperty("resources").EnumerateArray().ToArray();
            Assert.All(Enumerable.Range(0, 4), i => Assert.Contains(resources, sample => sample.GetProperty("node").GetString() == $"mysticeti-node{i}"));
            Assert.All(resources, sample => Assert.True(sample.GetProperty("memory_bytes").GetInt64() > 1_000_000 && sample.GetProperty("sent_bytes").GetInt64() > 0, sample.ToString()));
            Assert.Contains("whole host", result.RootElement.GetProperty("resources_note").GetString(), StringComparison.Ordinal);
        }

        AssertBare();
    }

    [Fact]
    public async Task A_frozen_validator_goes_on_although_its_runner_was_killed()
    {
        try
        {
            var runner = _sandbox.Start(_hosts.Variables(), Arguments(
                ["benchmark", "--network-type", "remote", "--loads", "50", "--warm-up", "0", "--duration", "60", "--fault", "pause 2 at 0s for 3s"]));
            await Eventually.HoldsAsync(() => State(2) == "T", "the validator was frozen");
            runner.Kill();
            await Eventually.HoldsAsync(() => State(2) is "S" or "R", "the validator went on");
        }
        finally
        {
            await RunAsync("remote-network", "--stop", "--cleanup-thorough");
        }

        AssertBare();
    }

    [Fact]
    public async Task A_key_that_is_not_accepted_is_named() => await FailsAsync(
        1, "does not let us in with the key", variables => variables["MYSTICETI_NODE1_SSH_KEY"] = _hosts.StrangeKey);

    [Fact]
    public async Task Another_host_key_than_the_known_one_is_refused()
    {
        var known = File.ReadAllText(_hosts.KnownHosts);
        _hosts.ForgetHostKey(2);
        await FailsAsync(2, "another host key than known_hosts says");
        File.WriteAllText(_hosts.KnownHosts, known);
    }

    [Fact]
    public async Task A_host_key_that_nobody_knows_is_refused_unless_new_ones_are_trusted()
    {
        var known = File.ReadAllText(_hosts.KnownHosts);
        File.WriteAllText(_hosts.KnownHosts, "");
        await FailsAsync(0, "--trust-new-hosts");
        var trusting = await RunAsync("remote-network", "--stop", "--trust-new-hosts", "--cleanup-thorough");
        Assert.True(trusting.ExitCode == 0, trusting.ToString());
        Assert.Contains(_hosts.Address(3), File.ReadAllText(_hosts.KnownHosts), StringComparison.Ordinal);
        File.WriteAllText(_hosts.KnownHosts, known);
    }

    [Fact]
    public async Task A_host_that_is_not_there_is_named() => await FailsAsync(
        77, "no connection to bench@", variables => variables["MYSTICETI_NODE3_HOST"] = _hosts.Address(77));

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        var server = $"/usr/sbin/sshd -p 26670 -f {Path.GetDirectoryName(_hosts.Config)}/host1/sshd_config -o PidFile=/home/taken.pid";
        _hosts.Run(1, server);
        await FailsAsync(1, "its port 26670 is in use by another program");
        _hosts.Run(1, "kill $(cat /home/taken.pid)");
    }

    [Fact]
    public async Task A_disk_that_is_too_small_is_named()
    {
        _hosts.Run(3, "mount -o remount,size=64m /home");
        await FailsAsync(3, "its disk has 6");
        _hosts.Run(3, "mount -o remount,size=4096m /home");
    }

    [Fact]
    public async Task A_runtime_that_needs_rights_says_that_there_are_none() => await FailsAsync(
        0, "its user may not use sudo without a password", null, "--host-runtime", "docker");

    [Fact]
    public async Task A_connection_that_is_cut_within_an_upload_leaves_nothing()
    {
        // Big enough, and slow enough on its way, to be caught in the middle.
        var package = Directory.CreateDirectory(Path.Combine(_sandbox.Root, "package")).FullName;
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(SourceTree.Validator)!)) File.Copy(file, Path.Combine(package, Path.GetFileName(file)));
        File.WriteAllBytes(Path.Combine(package, "ballast"), RandomNumberGenerator.GetBytes(16 << 20));
        var cutting = Task.Run(() => _hosts.Run(
            2, "left=1200; until [ -n \"$(find /home/bench -name validator.tar.gz.part -size +1024)\" ] || [ $left = 0 ]; do left=$((left - 1)); sleep 0.05; done; pkill -9 -f 'sshd: bench'"));
        _hosts.LimitReceiving(2, "80mbit");
        try
        {
            await FailsAsync(2, "failed at uploading the validator", null, "--validator-package", package);
        }
        finally
        {
            _hosts.LimitReceiving(2, null);
        }

        await cutting;
    }

    private static string[] Arguments(string[] args, string config) =>
        [.. args, "--ssh-config", config, .. args.Contains("--validator-package") ? [] : (string[])["--validator-package", Path.GetDirectoryName(SourceTree.Validator)!]];

    private string[] Arguments(string[] args) => Arguments(args, _hosts.Config);

    private async Task<RunnerProcess> RunAsync(params string[] args)
    {
        var runner = _sandbox.Start(_hosts.Variables(), Arguments(args));
        await runner.ExitAsync();
        return runner;
    }

    /// <summary>During a load one of the running validators ends without anybody having asked for it.</summary>
    private async Task NamesTheValidatorThatDiesAsync()
    {
        var runner = _sandbox.Start(_hosts.Variables(), Arguments(["benchmark", "--network-type", "remote", "--loads", "50", "--duration", "120", "--warm-up", "0"]));
        await Eventually.HoldsAsync(
            () => Directory.Exists(_sandbox.Results) && Directory.EnumerateFiles(_sandbox.Results, "network.json", SearchOption.AllDirectories).Any(), "the load began");
        _hosts.Run(1, "kill -9 $(pgrep -x mysticeti-valid)");
        Assert.Equal(4, await runner.ExitAsync());
        Assert.Matches("mysticeti-node1 ended: .+ \\| .+", runner.Out);
        // What waited on the hosts for an end went with the login.
        for (var i = 0; i < 4; i++)
        {
            var host = i;
            await Eventually.HoldsAsync(() => _hosts.Run(host, "pgrep -x sleep || true").Length == 0, $"host {host} waits for nothing any more");
        }
    }

    /// <summary>One host cannot do it: exit code 4, one line that names it and says why, and nothing left on any.</summary>
    private async Task FailsAsync(int host, string why, Action<Dictionary<string, string>>? change = null, params string[] args)
    {
        var variables = _hosts.Variables();
        change?.Invoke(variables);
        var runner = _sandbox.Start(variables, Arguments(["remote-network", .. args]));
        await runner.ExitAsync();
        Assert.True(runner.ExitCode == 4, runner.ToString());
        var line = Assert.Single(runner.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains($"host {_hosts.Address(host)} ", line, StringComparison.Ordinal);
        Assert.Contains(why, line, StringComparison.Ordinal);
        AssertBare();
    }

    private void AssertBare()
    {
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal("", _hosts.Files(i));
            Assert.Equal("", _hosts.Validators(i));
        }
    }

    private static void AssertMeasured(RunnerProcess runner)
    {
        var late = runner.Out.Contains("the generator fell behind its schedule", StringComparison.Ordinal);
        Assert.True(runner.ExitCode == (late ? 3 : 0), runner.ToString());
    }

    private string Processes(int host) => _hosts.Run(host, "pgrep -x mysticeti-valid");

    private string State(int host) => _hosts.Run(host, "ps -eo s,args | grep '[m]ysticeti-validator run' | cut -c 1");
}
