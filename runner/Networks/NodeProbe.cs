using System.Globalization;
using System.Text.Json;

namespace Mysticeti.Runner.Networks;

/// <summary>What a node says of itself; null where it did not say.</summary>
/// <param name="Round">The threshold clock's round.</param>
/// <param name="CommitIndex">Index of its newest commit.</param>
/// <param name="Peers">Connected peers.</param>
internal sealed record NodeReport(bool Ready, long? Round, long? CommitIndex, int? Peers)
{
    public static readonly NodeReport Silent = new(false, null, null, null);
}

/// <summary>Asks a node how it is.</summary>
internal static class NodeProbe
{
    /// <summary>Never fails: a node that does not answer is silent.</summary>
    public static async Task<NodeReport> AskAsync(HttpClient client, Uri rpcUrl, CancellationToken cancellationToken)
    {
        var ready = await Readiness.AskAsync(client, Readiness.Service(rpcUrl, "ready"), cancellationToken) is null;
        using var status = await GetAsync(client, rpcUrl, "status", cancellationToken);
        using var peers = await GetAsync(client, rpcUrl, "net_info", cancellationToken);
        return new NodeReport(
            ready,
            Number(status, "result", "sync_info", "round"),
            Number(status, "result", "sync_info", "latest_block_height"),
            (int?)Number(peers, "result", "n_peers"));
    }

    private static async Task<JsonDocument?> GetAsync(HttpClient client, Uri rpcUrl, string method, CancellationToken cancellationToken)
    {
        try
        {
            await using var body = await client.GetStreamAsync(Readiness.Service(rpcUrl, method), cancellationToken);
            return await JsonDocument.ParseAsync(body, cancellationToken: cancellationToken);
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException or IOException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>The number at the end of a path of names, be it written as a number or, as CometBFT does, as text.</summary>
    private static long? Number(JsonDocument? document, params ReadOnlySpan<string> path)
    {
        if (document is null) return null;
        var element = document.RootElement;
        foreach (var name in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element)) return null;
        }

        var text = element.ValueKind == JsonValueKind.String ? element.GetString() : element.GetRawText();
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}
