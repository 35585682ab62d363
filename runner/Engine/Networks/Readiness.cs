using System.Collections.Immutable;
using System.Net;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Networks;

/// <summary>Waits until nodes say that they are ready.</summary>
internal static class Readiness
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(2);

    /// <summary>A client for the nodes' own HTTP services: no proxy stands between, whatever the environment says.</summary>
    /// <param name="patience">Longest wait for an answer; null: 2 s.</param>
    public static HttpClient CreateClient(TimeSpan? patience = null) =>
        new(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = RequestTimeout }) { Timeout = patience ?? RequestTimeout };

    /// <summary>A service of the node beside its RPC: the RPC address may have a path of its own.</summary>
    public static Uri Service(Uri rpcUrl, string path) => new($"{rpcUrl.OriginalString.TrimEnd('/')}/{path}");

    /// <summary>Asks every node for a service until each has answered 200 once.</summary>
    /// <param name="limit">Longest wait.</param>
    /// <param name="service">What to ask for.</param>
    /// <exception cref="NetworkException">The wait is over; the message names the nodes that are missing and why.</exception>
    public static async Task WaitAsync(ImmutableArray<NodeOutput> nodes, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken, string service = "ready")
    {
        using var client = CreateClient();
        var waiting = new string?[nodes.Length];
        using var deadline = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await Task.WhenAll(nodes.Select((node, i) => PollAsync(client, Service(node.RpcUrl, service), time, state => waiting[i] = state, either.Token)));
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            var missing = nodes.Select((node, i) => (node.Name, State: waiting[i])).Where(node => node.State is not null).ToArray();
            throw new NetworkException(
                $"{missing.Length} of {nodes.Length} nodes were not ready after {limit.TotalSeconds:0.#} s"
                + $" ({string.Join(", ", missing.Select(node => $"{node.Name}: {node.State}"))}); look at their logs or wait longer with --startup-wait");
        }
    }

    private static async Task PollAsync(HttpClient client, Uri url, TimeProvider time, Action<string?> report, CancellationToken cancellationToken)
    {
        report("no answer");
        while (true)
        {
            var state = await AskAsync(client, url, cancellationToken);
            report(state);
            if (state is null) return;
            await Task.Delay(Interval, time, cancellationToken);
        }
    }

    /// <summary>Null: ready. Else why not.</summary>
    public static async Task<string?> AskAsync(HttpClient client, Uri url, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await client.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return response.StatusCode switch
            {
                HttpStatusCode.OK => null,
                HttpStatusCode.ServiceUnavailable => "not connected to a quorum yet",
                var other => $"answers {(int)other} on {url}",
            };
        }
        catch (HttpRequestException)
        {
            return $"no connection to {url.Authority}";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"no answer from {url.Authority}";
        }
    }
}
