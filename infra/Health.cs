using Mysticeti.Protocol;
using Mysticeti.Topology;
using Pulumi;

namespace Mysticeti.Infra;

/// <summary>A stack is up when its nodes are, not when their resources are made.</summary>
internal static class Health
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Asks every node until it says that it is ready.</summary>
    /// <exception cref="RunException">One does not within three minutes.</exception>
    public static async Task WaitAsync(NetworkOutputs network)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(5) };
        using var deadline = new CancellationTokenSource(Longest);
        // Others' nodes know nothing of quorums; they say only that they live.
        var path = network.Flavor == NetworkOutputs.Mysticeti ? NodePaths.Ready : NodePaths.Health;
        await Task.WhenAll(network.Nodes.Select(node => WaitAsync(client, node, path, deadline.Token)));
    }

    private static async Task WaitAsync(HttpClient client, NodeOutput node, string path, CancellationToken deadline)
    {
        var url = new Uri($"{node.RpcUrl.OriginalString}/{path}");
        try
        {
            while (!await AnswersAsync(client, url, deadline)) await Task.Delay(Interval, deadline);
        }
        catch (OperationCanceledException)
        {
            throw new RunException($"{node.Name} does not answer on {url} after {Longest.TotalMinutes} minutes: look at its container's log ('docker logs {node.Name}' on its host)");
        }
    }

    private static async Task<bool> AnswersAsync(HttpClient client, Uri url, CancellationToken deadline)
    {
        try
        {
            using var answer = await client.GetAsync(url, deadline);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception error) when (error is HttpRequestException || (error is OperationCanceledException && !deadline.IsCancellationRequested))
        {
            return false;
        }
    }
}
