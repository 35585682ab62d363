using System.Collections.Immutable;
using System.Net;
using Mysticeti.Engine.Nodes;
using Mysticeti.Protocol;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Networks;

/// <summary>Waits until nodes say that they are ready.</summary>
internal static class Readiness
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25);

    /// <summary>Asks every node for a service until each has answered 200 once.</summary>
    /// <param name="limit">Longest wait.</param>
    /// <param name="service">What to ask for.</param>
    /// <exception cref="NetworkException">The wait is over; the message names the nodes that are missing and why.</exception>
    public static async Task WaitAsync(ImmutableArray<NodeOutput> nodes, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken, string service = NodePaths.Ready)
    {
        using var client = new NodeClient();
        var waiting = new string?[nodes.Length];
        using var deadline = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await Task.WhenAll(nodes.Select((node, i) => PollAsync(client, node.RpcUrl, service, time, state => waiting[i] = state, either.Token)));
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            var missing = nodes.Select((node, i) => (node.Name, State: waiting[i])).Where(node => node.State is not null).ToArray();
            throw new NetworkException(
                $"{missing.Length} of {nodes.Length} nodes were not ready after {limit.TotalSeconds:0.#} s"
                + $" ({string.Join(", ", missing.Select(node => $"{node.Name}: {node.State}"))}); look at their logs or wait longer with --startup-wait");
        }
    }

    private static async Task PollAsync(NodeClient client, Uri rpcUrl, string service, TimeProvider time, Action<string?> report, CancellationToken cancellationToken)
    {
        report("no answer");
        while (true)
        {
            var state = await AskAsync(client, rpcUrl, service, cancellationToken);
            report(state);
            if (state is null) return;
            await Task.Delay(Interval, time, cancellationToken);
        }
    }

    /// <summary>Null: ready. Else why not.</summary>
    public static async Task<string?> AskAsync(NodeClient client, Uri rpcUrl, string service, CancellationToken cancellationToken)
    {
        try
        {
            return (await client.SendAsync(HttpMethod.Get, rpcUrl, service, null, cancellationToken)).Status switch
            {
                HttpStatusCode.OK => null,
                HttpStatusCode.ServiceUnavailable => "not connected to a quorum yet",
                var other => $"answers {(int)other} on {NodePaths.Of(rpcUrl, service)}",
            };
        }
        catch (NodeException error)
        {
            return error.Message;
        }
    }
}
