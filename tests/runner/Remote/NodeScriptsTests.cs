using System.Globalization;
using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Remote;
using Mysticeti.Runner.Tests.Networks;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Tests.Remote;

/// <summary>The scripts for single validators in containers, run here as their host would, on a real engine.</summary>
public sealed class NodeScriptsTests : IAsyncLifetime
{
    private readonly string _name = $"scripts-{Guid.NewGuid():N}";
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(1));

    public async ValueTask InitializeAsync()
    {
        if (await Tool.TryRunAsync("docker", ["version"], _limit.Token) is not { Succeeded: true }) TestTools.Missing("no Docker engine runs here");
        await DockerAsync("run", "--detach", "--name", _name, "--restart", "unless-stopped", "debian:bookworm-slim", "sleep", "600");
    }

    public async ValueTask DisposeAsync()
    {
        await Tool.TryRunAsync("docker", ["rm", "--force", _name], CancellationToken.None);
        _limit.Dispose();
    }

    [Fact]
    public async Task A_pause_freezes_until_it_is_resumed_or_its_time_is_over_and_leaves_the_restart_policy_in_force()
    {
        using var directory = new TemporaryDirectory();
        var scripts = Scripts(directory.Path);
        var pid = await PidAsync();

        await ShellAsync(scripts.Pause(TimeSpan.FromSeconds(60)));
        Assert.Equal('T', State(pid));
        await ShellAsync(scripts.Resume());
        Assert.NotEqual('T', State(pid));

        await ShellAsync(scripts.Pause(TimeSpan.FromSeconds(1)));
        Assert.Equal('T', State(pid));
        await Eventually.HoldsAsync(() => State(pid) != 'T');

        // The process ends by itself, as far as the engine knows.
        await ShellAsync($"kill -9 {pid}");
        await Eventually.HoldsAsync(async () => await PidAsync() is not "0" and var again && again != pid, "the engine started it again");
    }

    [Fact]
    public async Task What_does_not_run_cannot_be_paused_and_nobody_else_is_signalled()
    {
        using var directory = new TemporaryDirectory();
        var scripts = Scripts(directory.Path);
        await DockerAsync("stop", "--time", "0", _name);
        var paused = await Tool.TryRunAsync("sh", ["-c", scripts.Pause(TimeSpan.FromSeconds(60))], _limit.Token);
        Assert.Equal((1, "error: the validator does not run"), (paused!.ExitCode, paused.Reason));
        await ShellAsync(scripts.Resume());
    }

    private NodeScripts Scripts(string root)
    {
        var specification = new CommitteeSpecification { Size = 4, Ports = PortPlan.ForOneHost(4, null), Parameters = ParametersFile.Defaults };
        var launch = ValidatorLaunch.All(specification, LaunchPaths.Alone(InstallScript.ContainerRoot))[0] with { Name = _name };
        return new NodeScripts(new InstallScript { Launch = launch, Runtime = HostRuntime.Docker, Root = root });
    }

    private async Task<string> PidAsync() => await DockerAsync("inspect", "--format", "{{.State.Pid}}", _name);

    // The third field of stat, after a name in brackets.
    private static char State(string pid)
    {
        var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
        return stat[stat.LastIndexOf(')') + 2];
    }

    private async Task<string> DockerAsync(params string[] arguments)
    {
        var result = (await Tool.TryRunAsync("docker", arguments, _limit.Token))!;
        Assert.True(result.Succeeded, result.Reason);
        return result.Output.Trim();
    }

    private async Task ShellAsync(string script)
    {
        var result = (await Tool.TryRunAsync("sh", ["-c", script], _limit.Token))!;
        Assert.True(result.Succeeded, result.Reason);
    }
}
