using Mysticeti.Engine.Load;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Networks;

/// <summary>The nodes of a network as the load needs them.</summary>
public static class NodeEndpoints
{
    /// <exception cref="NetworkException">There is none, or one is not spoken to over plain HTTP.</exception>
    public static IReadOnlyList<NodeEndpoint> Of(NetworkOutputs outputs)
    {
        if (outputs.Nodes.IsEmpty) throw new NetworkException($"network {outputs.Name} has no nodes");

        if (outputs.Nodes.FirstOrDefault(n => n.RpcUrl.Scheme != Uri.UriSchemeHttp) is { } other)
        {
            throw new NetworkException($"{other.Name} has the RPC address {other.RpcUrl}; only http:// can be loaded");
        }

        return [.. outputs.Nodes.Select(n => new NodeEndpoint(n.Index, n.Name, n.RpcUrl))];
    }
}
