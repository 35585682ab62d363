using Mysticeti.Runner.Platform.Database;
using Mysticeti.Runner.Platform.Hosting;

namespace Mysticeti.Runner.Platform.LogFetcher;

/// <summary>The nodes to fetch from: those of the network's outputs, and those whose heartbeats came lately.</summary>
/// <param name="hostOverrides"><c>HOST=OTHER,..</c>: hosts that are reached under another name from here; empty: none.</param>
internal sealed class KnownNodes(PlatformNetwork network, IDatabase database, TimeProvider time, string hostOverrides)
{
    private const double OnlineSeconds = 60;
    private const int MostNodes = 1_000;

    private readonly Dictionary<string, string> _overrides = hostOverrides
        .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2, StringSplitOptions.TrimEntries))
        .Where(pair => pair.Length == 2)
        .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);

    /// <summary>RPC addresses, each once.</summary>
    public async Task<IReadOnlyList<Uri>> ListAsync(CancellationToken cancellationToken)
    {
        var since = time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0 - OnlineSeconds;
        var rows = await JsonRows.ReadAsync(
            database, "SELECT DISTINCT rpc_url FROM heartbeat WHERE received_at >= @since LIMIT 1000", new { since }, cancellationToken);
        var reported = rows.Select(row => new Uri((string)row["rpc_url"]!));
        return [.. network.Nodes.Select(node => node.RpcUrl).Concat(reported).Select(Reachable).DistinctBy(url => url.Authority).Take(MostNodes)];
    }

    private Uri Reachable(Uri url) => _overrides.TryGetValue(url.Host, out var other) ? new UriBuilder(url) { Host = other }.Uri : url;
}
