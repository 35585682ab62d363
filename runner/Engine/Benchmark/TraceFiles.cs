using System.Globalization;
using System.Text.Json;
using Mysticeti.Engine.Networks;
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
        using var client = Readiness.CreateClient();
        await Task.WhenAll(nodes.Select(node => SaveAsync(client, node, directory, limit, cancellationToken)));
    }

    private static async Task SaveAsync(HttpClient client, NodeOutput node, string directory, int limit, CancellationToken cancellationToken)
    {
        try
        {
            using var first = JsonDocument.Parse(await AskAsync(client, node, after: 0, limit: 1, cancellationToken));
            var newest = first.RootElement.GetProperty("next_seq").GetInt64() - 1;
            var trace = await AskAsync(client, node, Math.Max(0, newest - limit), limit, cancellationToken);
            Directory.CreateDirectory(directory);
            await File.WriteAllBytesAsync(Path.Combine(directory, $"{node.Name}.json"), trace, cancellationToken);
        }
        catch (Exception error) when (error is HttpRequestException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException
            || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // Evidence, not a figure: the run is none the worse without it.
        }
    }

    private static Task<byte[]> AskAsync(HttpClient client, NodeOutput node, long after, int limit, CancellationToken cancellationToken) => client.GetByteArrayAsync(
        Readiness.Service(node.RpcUrl, string.Create(CultureInfo.InvariantCulture, $"v1/trace?after={after}&limit={limit}")), cancellationToken);
}
