using Mysticeti.Engine.Networks;

namespace Mysticeti.Engine.Remote;

/// <summary>Single validators on other machines, stopped and started over SSH.</summary>
internal sealed class RemoteNodeControl(IReadOnlyList<RemoteNode> nodes, RemoteWatch watch) : INodeControl
{
    public async Task KillAsync(int node, CancellationToken cancellationToken)
    {
        await watch.EndAsync(node);
        await nodes[node].ControlAsync("killing its validator", nodes[node].Scripts().Kill(), cancellationToken);
    }

    public async Task StartAsync(int node, CancellationToken cancellationToken)
    {
        await nodes[node].ControlAsync("starting its validator", nodes[node].Scripts().Start(), cancellationToken);
        await watch.BeginAsync(node);
    }

    public Task PauseAsync(int node, TimeSpan longest, CancellationToken cancellationToken) =>
        nodes[node].ControlAsync("freezing its validator", nodes[node].Scripts().Pause(longest), cancellationToken);

    public Task ResumeAsync(int node, CancellationToken cancellationToken) =>
        nodes[node].ControlAsync("letting its validator go on", nodes[node].Scripts().Resume(), cancellationToken);

    public Task<bool> IsRunningAsync(int node, CancellationToken cancellationToken) => nodes[node].IsRunningAsync(cancellationToken);
}
