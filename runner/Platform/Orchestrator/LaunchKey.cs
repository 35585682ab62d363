using Mysticeti.Engine.Nodes;
using Mysticeti.Platform.LogFetcher;
using Mysticeti.Topology;

namespace Mysticeti.Platform.Orchestrator;

/// <summary>The key of the launch that a network's nodes belong to, as they report it.</summary>
internal static class LaunchKey
{
    /// <summary>Null: no node tells, for none answers or tracing is off.</summary>
    public static async Task<string?> AskAsync(NetworkOutputs network, CancellationToken cancellationToken)
    {
        using var client = new NodeClient();
        foreach (var node in network.Nodes)
        {
            try
            {
                using var page = await TracePage.AskAsync(client, node.RpcUrl, after: 0, limit: 1, cancellationToken);
                return page.DeploymentKey;
            }
            catch (Exception error) when (error is NodeException or IOException or FormatException or OperationCanceledException)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        return null;
    }
}
