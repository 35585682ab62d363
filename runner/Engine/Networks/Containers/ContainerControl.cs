using System.Collections.Immutable;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Networks.Containers;

/// <summary>Kills, starts and freezes the containers of a network.</summary>
internal sealed class ContainerControl(ImmutableArray<NodeOutput> nodes, ContainerWatch watch) : INodeControl
{
    // Signals, not docker pause: the freezer may catch a health check that is just being started in the container, and then the engine
    // either gives up ("unable to freeze") or waits for that check with the container locked, which no docker unpause gets through.
    private const string Stop = "--signal=STOP", Continue = "--signal=CONT";

    private readonly DeadManTimers _timers = new();

    /// <inheritdoc/>
    public async Task<bool> IsRunningAsync(int node, CancellationToken cancellationToken) =>
        await DockerEngine.InspectAsync([Name(node)], cancellationToken) is [{ IsUp: true }];

    /// <inheritdoc/>
    public async Task KillAsync(int node, CancellationToken cancellationToken)
    {
        _timers.Set(node, INodeControl.KillLease, "docker", "start", Name(node));
        if (!await IsRunningAsync(node, cancellationToken)) return;
        watch.Expect(Name(node));
        await DockerEngine.RunAsync(["kill", Name(node)], cancellationToken);
    }

    /// <inheritdoc/>
    public async Task StartAsync(int node, CancellationToken cancellationToken)
    {
        _timers.End(node);
        watch.Forget(Name(node));
        await DockerEngine.RunAsync(["start", Name(node)], cancellationToken);
    }

    /// <inheritdoc/>
    public async Task PauseAsync(int node, TimeSpan longest, CancellationToken cancellationToken)
    {
        _timers.Set(node, longest, "docker", "kill", Continue, Name(node));
        await DockerEngine.RunAsync(["kill", Stop, Name(node)], cancellationToken);
    }

    /// <inheritdoc/>
    public async Task ResumeAsync(int node, CancellationToken cancellationToken)
    {
        if (await IsRunningAsync(node, cancellationToken)) await DockerEngine.RunAsync(["kill", Continue, Name(node)], cancellationToken);
        _timers.End(node);
    }

    private string Name(int node) => nodes[node].Container!;
}
