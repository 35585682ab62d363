using System.Collections.Immutable;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Networks.Containers;

/// <summary>Kills, starts and freezes the containers of a network.</summary>
internal sealed class ContainerControl(ImmutableArray<NodeOutput> nodes, ContainerWatch watch) : INodeControl
{
    private readonly DeadManTimers _timers = new();

    /// <inheritdoc/>
    public async Task<bool> IsRunningAsync(int node, CancellationToken cancellationToken) => await InspectAsync(node, cancellationToken) is { IsUp: true };

    /// <inheritdoc/>
    public async Task KillAsync(int node, CancellationToken cancellationToken)
    {
        _timers.Set(node, INodeControl.KillLease, "docker", "start", Name(node));
        if (await InspectAsync(node, cancellationToken) is not { IsUp: true }) return;
        watch.Expect(Name(node));
        await DockerAsync("kill", node, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task StartAsync(int node, CancellationToken cancellationToken)
    {
        _timers.End(node);
        watch.Forget(Name(node));
        await DockerAsync("start", node, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task PauseAsync(int node, TimeSpan longest, CancellationToken cancellationToken)
    {
        _timers.Set(node, longest, "docker", "unpause", Name(node));
        await DockerAsync("pause", node, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task ResumeAsync(int node, CancellationToken cancellationToken)
    {
        if (await InspectAsync(node, cancellationToken) is { Status: "paused" }) await DockerAsync("unpause", node, cancellationToken);
        _timers.End(node);
    }

    private string Name(int node) => nodes[node].Container!;

    private async Task<ContainerInfo?> InspectAsync(int node, CancellationToken cancellationToken) =>
        await DockerEngine.InspectAsync([Name(node)], cancellationToken) is [var container] ? container : null;

    private async Task DockerAsync(string command, int node, CancellationToken cancellationToken) =>
        await DockerEngine.RunAsync([command, Name(node)], cancellationToken);
}
