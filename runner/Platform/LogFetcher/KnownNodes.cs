using System.Text.Json;
using Mysticeti.Engine.Nodes;
using Mysticeti.Platform.Database;
using Mysticeti.Platform.Hosting;

namespace Mysticeti.Platform.LogFetcher;

/// <summary>The nodes to fetch from: those of the network's outputs, and those whose heartbeats came lately, here or to another uptime backend.</summary>
/// <param name="uptimeBackend">Another process's uptime backend; null: none.</param>
internal sealed class KnownNodes(PlatformNetwork network, IDatabase database, TimeProvider time, HostOverrides overrides, Uri? uptimeBackend) : IDisposable
{
    private const double OnlineSeconds = 60;
    private const int MostNodes = 1_000;

    private readonly NodeClient _client = new();

    /// <summary>RPC addresses, each once.</summary>
    public async Task<IReadOnlyList<Uri>> ListAsync(CancellationToken cancellationToken)
    {
        var since = time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0 - OnlineSeconds;
        var rows = await JsonRows.ReadAsync(
            database, "SELECT DISTINCT rpc_url FROM heartbeat WHERE received_at >= @since LIMIT 1000", new { since }, cancellationToken);
        var reported = rows.Select(row => (string)row["rpc_url"]!).Concat(await OnlineAsync(cancellationToken)).Select(text => new Uri(text));
        return [.. network.All.SelectMany(one => one.Nodes).Select(node => node.RpcUrl).Concat(reported).Select(overrides.Of).DistinctBy(url => url.Authority).Take(MostNodes)];
    }

    public void Dispose() => _client.Dispose();

    private async Task<IReadOnlyList<string>> OnlineAsync(CancellationToken cancellationToken)
    {
        if (uptimeBackend is null) return [];
        try
        {
            using var answer = JsonDocument.Parse(await _client.GetAsync(uptimeBackend, "v1/online", cancellationToken));
            return
            [
                .. answer.RootElement.GetProperty("nodes").EnumerateArray().Where(node => node.GetProperty("state").GetString() != "offline")
                    .Select(node => node.GetProperty("rpc_url").GetString() ?? "").Where(url => Uri.TryCreate(url, UriKind.Absolute, out _)),
            ];
        }
        catch (Exception error) when (error is NodeException or JsonException or KeyNotFoundException or InvalidOperationException or OperationCanceledException)
        {
            // It may be starting; the outputs and the database are the other sources.
            cancellationToken.ThrowIfCancellationRequested();
            return [];
        }
    }
}
