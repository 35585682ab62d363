using System.Net;
using System.Text;
using System.Text.Json;
using Mysticeti.Topology;

namespace Mysticeti.EndToEnd.Tests;

/// <summary>Asks nodes over HTTP.</summary>
internal static class Rpc
{
    private static readonly HttpClient Client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(10) };

    /// <summary>Null: no answer.</summary>
    public static async Task<HttpStatusCode?> StatusCodeAsync(NodeOutput node, string path)
    {
        try
        {
            using var response = await Client.GetAsync(new Uri(node.RpcUrl, path));
            return response.StatusCode;
        }
        // A published port takes connections before its container does: then nobody answers.
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }

    /// <summary>Index of the node's newest commit.</summary>
    public static async Task<long> CommitIndexAsync(NodeOutput node)
    {
        using var status = JsonDocument.Parse(await Client.GetStringAsync(new Uri(node.RpcUrl, "status")));
        return long.Parse(status.RootElement.GetProperty("result").GetProperty("sync_info").GetProperty("latest_block_height").GetString()!, provider: null);
    }

    /// <summary>Waits until every node has made <paramref name="count"/> commits more.</summary>
    public static async Task CommitsGoOnAsync(NetworkOutputs network, int count = 20)
    {
        foreach (var node in network.Nodes)
        {
            var before = await CommitIndexAsync(node);
            await Eventually.HoldsAsync(async () => await CommitIndexAsync(node) >= before + count, $"{node.Name} made {count} commits more");
        }
    }

    /// <summary>The error code of a JSON-RPC answer; null where there is a result.</summary>
    public static async Task<int?> ErrorCodeAsync(NodeOutput node, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await Client.PostAsync(node.RpcUrl, content);
        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return answer.RootElement.TryGetProperty("error", out var error) ? error.GetProperty("code").GetInt32() : null;
    }

    public static Task<HttpResponseMessage> PostAsync(NodeOutput node, HttpContent content) => Client.PostAsync(node.RpcUrl, content);
}
