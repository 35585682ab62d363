using System.Collections.Immutable;
using Mysticeti.Platform.Hosting;
using Mysticeti.Platform.Uptime;

namespace Mysticeti.Platform.Dashboard;

/// <summary>The validators of a deployment: how far each one is, and when it was last heard of.</summary>
internal sealed class NodeStates(DashboardQueries queries, PlatformNetwork network, UptimeLimits limits)
{
    private const int HeartbeatSeconds = 3_600;
    private const int RoundSeconds = 5;

    /// <summary>Every node of which there is a trace or a heartbeat, and those that the network should have besides, by authority.</summary>
    /// <param name="newest">Whether it is the deployment that the network's outputs are about.</param>
    public async Task<List<Dictionary<string, object?>>> ReadAsync(
        long id, string? key, bool newest, IReadOnlyDictionary<string, CommitHead> heads, CancellationToken cancellationToken)
    {
        var fetched = (await queries.RowsAsync(
            "SELECT node_name, SUM(missed) AS dropped, MAX(updated_at) AS updated_at FROM fetch_cursor WHERE deployment_id = @id GROUP BY node_name",
            new { id }, cancellationToken)).ToDictionary(row => (string)row["node_name"]!);
        var heartbeats = (await queries.RowsAsync(
            """
            SELECT authority, received_at, round, commit_index, version, boot_id, rpc_url FROM heartbeat WHERE heartbeat_id IN
            (SELECT MAX(heartbeat_id) FROM heartbeat WHERE deployment_key = @key AND received_at > @since GROUP BY authority)
            """,
            new { key, since = queries.Now - HeartbeatSeconds }, cancellationToken)).ToDictionary(row => (long)row["authority"]!);
        var rounds = await ByNodeAsync("SELECT node_name, MAX(round) AS value FROM node_event WHERE deployment_id = @id AND kind = 'round_advanced' AND at > @since GROUP BY node_name");
        var restarts = await ByNodeAsync("SELECT node_name, COUNT(*) AS value FROM node_restarts WHERE deployment_id = @id GROUP BY node_name");
        var links = (await queries.LinksAsync(id, cancellationToken)).Where(link => link["up"] is true).ToLookup(link => (string)link["node_name"]!, link => (long)link["peer"]!);
        var names = fetched.Keys.ToDictionary(name => name, DashboardQueries.AuthorityOf, StringComparer.Ordinal);
        foreach (var node in Expected(newest, heartbeats.Values)) names.TryAdd(node.Name, node.Index);
        foreach (var authority in heartbeats.Keys.Where(authority => !names.ContainsValue(authority))) names.TryAdd(DashboardQueries.NameOf(authority), authority);
        var best = heads.Values.Select(head => head.Index).DefaultIfEmpty(0).Max();
        return [.. names.OrderBy(node => node.Value ?? long.MaxValue).ThenBy(node => node.Key, StringComparer.Ordinal).Select(node => State(node.Key, node.Value))];

        Dictionary<string, object?> State(string name, long? authority)
        {
            var heartbeat = authority is { } index ? heartbeats.GetValueOrDefault(index) : null;
            var cursor = fetched.GetValueOrDefault(name);
            var head = heads.GetValueOrDefault(name);
            var commit = head?.Index ?? heartbeat?["commit_index"] as long?;
            return new Dictionary<string, object?>
            {
                ["node_name"] = name,
                ["authority"] = authority,
                ["state"] = StateOf(heartbeat?["received_at"] as double? ?? cursor?["updated_at"] as double?),
                ["last_heartbeat"] = heartbeat?["received_at"],
                ["round"] = rounds.TryGetValue(name, out var round) ? round : heartbeat?["round"] ?? head?.Round,
                ["commit_index"] = commit,
                ["commit_lag"] = commit is null ? null : Math.Max(0, best - commit.Value),
                ["version"] = heartbeat?["version"],
                ["boot_id"] = heartbeat?["boot_id"],
                ["restarts"] = restarts.GetValueOrDefault(name),
                ["dropped"] = cursor is null ? 0L : Convert.ToInt64(cursor["dropped"], null),
                ["peers_up"] = links[name].Order().ToArray(),
            };
        }

        async Task<Dictionary<string, long>> ByNodeAsync(string sql) => (await queries.RowsAsync(sql, new { id, since = queries.Now - RoundSeconds }, cancellationToken))
            .ToDictionary(row => (string)row["node_name"]!, row => Convert.ToInt64(row["value"], null));
    }

    /// <summary>Nodes that should be there, so that one that never came up is seen to be missing. An experiment's own network is not the one of the outputs.</summary>
    private ImmutableArray<Topology.NodeOutput> Expected(bool newest, IReadOnlyCollection<Dictionary<string, object?>> heartbeats)
    {
        if (!newest || network.Outputs is not { } outputs) return [];
        var reported = heartbeats.Select(heartbeat => new Uri((string)heartbeat["rpc_url"]!)).ToHashSet();
        return reported.Count == 0 || outputs.Nodes.Any(node => reported.Contains(node.RpcUrl)) ? outputs.Nodes : [];
    }

    private string StateOf(double? at)
    {
        if (at is null) return "unknown";
        var age = queries.Now - at.Value;
        return age <= limits.Online.TotalSeconds ? "online" : age <= limits.Suspect.TotalSeconds ? "suspect" : "offline";
    }
}
