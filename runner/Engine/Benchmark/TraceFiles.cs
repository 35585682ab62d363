using System.Text.Json;
using Mysticeti.Engine.Nodes;
using Mysticeti.Protocol;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Benchmark;

/// <summary>Saves what the validators' traces hold at the end of a run: the newest entries of each, as <c>GET /v1/trace</c> gives them.</summary>
internal static class TraceFiles
{
    /// <summary>What one answer can hold.</summary>
    private const int MostOfOne = 10_000;

    /// <summary>Most entries of all validators, of about 200 bytes each.</summary>
    private const int MostOfAll = 40_000;

    /// <summary>Entries of each of <paramref name="validators"/> that are worth keeping.</summary>
    public static int EntriesOf(int validators) => Math.Clamp(MostOfAll / Math.Max(1, validators), 1, MostOfOne);

    /// <summary>Writes <c>NAME.json</c> for each node that answers; one that is down or has no trace leaves none.</summary>
    public static async Task CollectAsync(string directory, IReadOnlyList<NodeOutput> nodes, CancellationToken cancellationToken)
    {
        var limit = EntriesOf(nodes.Count);
        using var client = new NodeClient();
        await Task.WhenAll(nodes.Select(node => SaveAsync(client, node, directory, limit, cancellationToken)));
    }

    private static async Task SaveAsync(NodeClient client, NodeOutput node, string directory, int limit, CancellationToken cancellationToken)
    {
        try
        {
            using var first = JsonDocument.Parse(await AskAsync(client, node, after: 0, limit: 1, cancellationToken));
            var newest = first.RootElement.GetProperty("next_seq").GetInt64() - 1;
            var trace = await AskAsync(client, node, Math.Max(0, newest - limit), limit, cancellationToken);
            Directory.CreateDirectory(directory);
            await File.WriteAllBytesAsync(Path.Combine(directory, $"{node.Name}.json"), trace, cancellationToken);
        }
        catch (Exception error) when (error is NodeException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            // Evidence, not a figure: the run is none the worse without it.
        }
    }

    private static Task<byte[]> AskAsync(NodeClient client, NodeOutput node, long after, int limit, CancellationToken cancellationToken) => client.GetAsync(node.RpcUrl, NodePaths.TraceAfter(after, limit), cancellationToken);
}
