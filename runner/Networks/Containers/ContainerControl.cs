using System.Collections.Immutable;
using System.Globalization;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Networks.Containers;

/// <summary>Kills, starts and freezes the containers of a network.</summary>
internal sealed class ContainerControl(ImmutableArray<NodeOutput> nodes, ContainerWatch watch) : INodeControl
{
    /// <inheritdoc/>
    public async Task<bool> IsRunningAsync(int node, CancellationToken cancellationToken) => await InspectAsync(node, cancellationToken) is { IsUp: true };

    /// <inheritdoc/>
    public async Task KillAsync(int node, CancellationToken cancellationToken)
    {
        if (await InspectAsync(node, cancellationToken) is not { IsUp: true }) return;
        watch.Expect(Name(node));
        await DockerAsync("kill", node, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task StartAsync(int node, CancellationToken cancellationToken)
    {
        watch.Forget(Name(node));
        await DockerAsync("start", node, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task PauseAsync(int node, TimeSpan longest, CancellationToken cancellationToken)
    {
        await DockerAsync("pause", node, cancellationToken);
        // A shell of its own session, so that it outlives this program and a Ctrl-C; a container that runs already is no harm to it.
        var seconds = Math.Ceiling(longest.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        var script = $"command -v setsid >/dev/null 2>&1 && with=setsid || with=; $with sh -c 'sleep {seconds}; docker unpause {Name(node)}' </dev/null >/dev/null 2>&1 &";
        if (await Tool.TryRunAsync("sh", ["-c", script], cancellationToken) is { Succeeded: true }) return;
        await ResumeAsync(node, CancellationToken.None);
        throw new NetworkException($"{Name(node)} cannot be frozen: there is no shell to wake it up again");
    }

    /// <inheritdoc/>
    public async Task ResumeAsync(int node, CancellationToken cancellationToken)
    {
        if (await InspectAsync(node, cancellationToken) is { Status: "paused" }) await DockerAsync("unpause", node, cancellationToken);
    }

    private string Name(int node) => nodes[node].Container!;

    private async Task<ContainerInfo?> InspectAsync(int node, CancellationToken cancellationToken) =>
        await DockerEngine.InspectAsync([Name(node)], cancellationToken) is [var container] ? container : null;

    private async Task DockerAsync(string command, int node, CancellationToken cancellationToken) =>
        await DockerEngine.RunAsync([command, Name(node)], cancellationToken);
}
