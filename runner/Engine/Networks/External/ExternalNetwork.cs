using Mysticeti.Engine.Flavors;
using Mysticeti.Engine.Networks.Containers;
using Mysticeti.Engine.Resources;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Networks.External;

/// <summary>A network that somebody else brought up. It is waited for and measured, and never stopped.</summary>
public sealed class ExternalNetwork(NetworkOutputs outputs, TimeProvider time) : INetwork
{
    private ContainerResources? _resources;

    /// <inheritdoc/>
    public NetworkOutputs Outputs => outputs;

    /// <summary>Of containers of this machine; others are out of sight.</summary>
    public INodeResources? Resources => _resources;

    /// <inheritdoc/>
    public async Task StartAsync(TimeSpan startupWait, IProgress<string> progress, CancellationToken cancellationToken)
    {
        progress.Report($"waiting for the {outputs.Nodes.Length} nodes of network '{outputs.Name}'");
        await Readiness.WaitAsync(outputs.Nodes, startupWait, time, cancellationToken, Flavor.Of(outputs.Flavor).ReadyPath);
        _resources = await ContainerResources.FindAsync(outputs.Nodes, time, cancellationToken);
        progress.Report($"{outputs.Nodes.Length} nodes are ready");
    }

    /// <summary>None: the processes are out of sight. What fails shows in the measurement.</summary>
    public IReadOnlyList<NodeFailure> Failures() => [];

    /// <summary>Collects nothing: the logs are out of reach.</summary>
    public Task CollectLogsAsync(string directory, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Leaves the network running.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _resources?.Dispose();
        return ValueTask.CompletedTask;
    }
}
