using Mysticeti.Runner.Platform.Database;
using Mysticeti.Runner.Platform.Hosting;
using Mysticeti.Runner.Platform.Uptime;

namespace Mysticeti.Runner.Platform.Dashboard;

/// <summary>The state of a deployment right now: safety, liveness, nodes.</summary>
internal sealed class DashboardQueries(IDatabase database, PlatformNetwork network, UptimeLimits limits, TimeProvider time)
{
    private const int LivenessSeconds = 10;
    private const int ComparedCommits = 1_000;

    public IDatabase Database => database;

    public double Now => time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;

    /// <summary>The deployment that was asked for, or the newest of which there is data, or the newest; null: there is none.</summary>
    public async Task<Dictionary<string, object?>?> DeploymentAsync(long? wanted, CancellationToken cancellationToken)
    {
        var rows = await RowsAsync(
            $"""
            SELECT deployment_id, created_at, deployment_key, metadata_json FROM deployment
            {(wanted is null ? "" : "WHERE deployment_id = @wanted")}
            ORDER BY CASE WHEN deployment_key IS NULL THEN 1 ELSE 0 END, deployment_id DESC LIMIT 1
            """,
            new { wanted }, cancellationToken);
        if (rows is not [var row]) return null;
        row.Remove("metadata_json", out var metadata);
        row["metadata"] = metadata;
        return row;
    }

    /// <summary>Everything at a glance.</summary>
    public async Task<Dictionary<string, object?>> OverviewAsync(long? wanted, CancellationToken cancellationToken)
    {
        var deployment = await DeploymentAsync(wanted, cancellationToken);
        var id = deployment is null ? 0 : (long)deployment["deployment_id"]!;
        var nodes = await NodesAsync(id, deployment?["deployment_key"] as string, cancellationToken);
        return new Dictionary<string, object?>
        {
            ["deployment"] = deployment,
            ["deployments"] = await RowsAsync("SELECT deployment_id, created_at, deployment_key FROM deployment ORDER BY deployment_id DESC LIMIT 50", null, cancellationToken),
            ["network"] = await NetworkAsync(id, nodes.Count, cancellationToken),
            ["safety"] = await SafetyAsync(id, cancellationToken),
            ["liveness"] = await LivenessAsync(id, nodes, cancellationToken),
            ["nodes"] = nodes,
        };
    }

    public Task<List<Dictionary<string, object?>>> RowsAsync(string sql, object? values, CancellationToken cancellationToken) =>
        JsonRows.ReadAsync(database, sql, values, cancellationToken);

    private async Task<object> NetworkAsync(long id, int nodes, CancellationToken cancellationToken)
    {
        var frozen = await new SettingStore(database).ReadAsync("log_fetcher_frozen", cancellationToken) == "true";
        var newest = await RowsAsync("SELECT MAX(updated_at) AS at FROM fetch_cursor WHERE deployment_id = @id", new { id }, cancellationToken);
        var outputs = network.Outputs;
        return new
        {
            name = outputs?.Name,
            committee_size = outputs?.CommitteeSize ?? nodes,
            frozen,
            fetch_lag_sec = newest[0]["at"] is double at ? Math.Max(0, Now - at) : (double?)null,
        };
    }

    /// <summary>Compares the chain digests of all nodes, commit by commit, over the newest ones.</summary>
    private async Task<object> SafetyAsync(long id, CancellationToken cancellationToken)
    {
        var values = new { id, compared = ComparedCommits };
        const string Recent = "deployment_id = @id AND commit_index > (SELECT COALESCE(MAX(commit_index), 0) - @compared FROM dag_commit WHERE deployment_id = @id)";
        var compared = await RowsAsync(
            $"""
            SELECT COUNT(*) AS commits, COALESCE(MAX(commit_index), 0) AS highest FROM
            (SELECT commit_index FROM dag_commit WHERE {Recent} GROUP BY commit_index HAVING COUNT(*) > 1) AS shared
            """, values, cancellationToken);
        var conflicting = await RowsAsync(
            $"""
            SELECT commit_index, node_name, chain_digest FROM dag_commit WHERE deployment_id = @id AND commit_index IN
            (SELECT commit_index FROM dag_commit WHERE {Recent} GROUP BY commit_index HAVING COUNT(DISTINCT chain_digest) > 1 ORDER BY commit_index LIMIT 20)
            ORDER BY commit_index, node_name
            """, values, cancellationToken);
        var head = await RowsAsync(
            "SELECT commit_index, chain_digest FROM dag_commit WHERE deployment_id = @id ORDER BY commit_index DESC LIMIT 1", values, cancellationToken);
        var equivocations = await RowsAsync(
            "SELECT COUNT(*) AS n FROM node_event WHERE deployment_id = @id AND kind = 'block_rejected' AND text = 'equivocation'", values, cancellationToken);
        return new
        {
            agreement = (long)compared[0]["commits"]! == 0 ? (bool?)null : conflicting.Count == 0,
            compared_commits = compared[0]["commits"],
            commit_index = head is [var newest] ? newest["commit_index"] : 0L,
            chain_digest = head is [var row] ? row["chain_digest"] : null,
            equivocations = equivocations[0]["n"],
            conflicts = conflicting.GroupBy(one => one["commit_index"]).Select(commit => new
            {
                commit_index = commit.Key,
                digests = commit.GroupBy(one => (string)one["chain_digest"]!).ToDictionary(digest => digest.Key, digest => digest.Select(one => one["node_name"]).ToArray()),
            }),
        };
    }

    /// <summary>Rates over the last seconds, each at the node that shows most.</summary>
    private async Task<object> LivenessAsync(long id, List<Dictionary<string, object?>> nodes, CancellationToken cancellationToken)
    {
        var rates = await RowsAsync(
            """
            SELECT MAX(commits) AS commits, MAX(txs) AS txs, MAX(rounds) AS rounds FROM
            (SELECT COUNT(*) AS commits, SUM(tx_count) AS txs, MAX(round) - MIN(round) AS rounds FROM dag_commit
             WHERE deployment_id = @id AND committed_at > @since GROUP BY node_name) AS by_node
            """,
            new { id, since = Now - LivenessSeconds }, cancellationToken);
        return new
        {
            round = nodes.Max(node => node["round"] as long?),
            rounds_per_sec = Rate("rounds"),
            commits_per_sec = Rate("commits"),
            committed_tps = Rate("txs"),
        };

        double Rate(string column) => rates[0][column] is { } value ? Convert.ToDouble(value, null) / LivenessSeconds : 0;
    }

    /// <summary>Every node of which there is a trace or a heartbeat.</summary>
    private async Task<List<Dictionary<string, object?>>> NodesAsync(long id, string? key, CancellationToken cancellationToken)
    {
        var fetched = await RowsAsync(
            "SELECT node_name, SUM(missed) AS dropped, MAX(updated_at) AS updated_at FROM fetch_cursor WHERE deployment_id = @id GROUP BY node_name ORDER BY node_name",
            new { id }, cancellationToken);
        // The committee's names carry the authority's index at their end.
        var heartbeats = (await RowsAsync(
            """
            SELECT authority, received_at, round, commit_index, version, boot_id FROM heartbeat WHERE heartbeat_id IN
            (SELECT MAX(heartbeat_id) FROM heartbeat WHERE deployment_key = @key AND received_at > @since GROUP BY authority)
            """,
            new { key, since = Now - 3_600 }, cancellationToken)).ToDictionary(row => (long)row["authority"]!);
        var commits = await ByNodeAsync("SELECT node_name, MAX(commit_index) AS value FROM dag_commit WHERE deployment_id = @id AND committed_at > @since GROUP BY node_name");
        var rounds = await ByNodeAsync("SELECT node_name, MAX(round) AS value FROM node_event WHERE deployment_id = @id AND kind = 'round_advanced' AND at > @since GROUP BY node_name");
        var restarts = await ByNodeAsync("SELECT node_name, COUNT(*) AS value FROM node_restarts WHERE deployment_id = @id GROUP BY node_name");
        var links = (await LinksAsync(id, cancellationToken)).Where(link => link["up"] is true).ToLookup(link => (string)link["node_name"]!, link => (long)link["peer"]!);
        var best = commits.Values.DefaultIfEmpty(0).Max();
        var nodes = new List<Dictionary<string, object?>>();
        foreach (var row in fetched)
        {
            var name = (string)row["node_name"]!;
            var heartbeat = AuthorityOf(name) is { } authority ? heartbeats.GetValueOrDefault(authority) : null;
            long? commit = commits.TryGetValue(name, out var index) ? index : heartbeat?["commit_index"] as long?;
            nodes.Add(new Dictionary<string, object?>
            {
                ["node_name"] = name,
                ["authority"] = AuthorityOf(name),
                ["state"] = StateOf(heartbeat?["received_at"] as double? ?? row["updated_at"] as double?),
                ["last_heartbeat"] = heartbeat?["received_at"],
                ["round"] = rounds.TryGetValue(name, out var round) ? round : heartbeat?["round"],
                ["commit_index"] = commit,
                ["commit_lag"] = commit is null ? null : Math.Max(0, best - commit.Value),
                ["version"] = heartbeat?["version"],
                ["boot_id"] = heartbeat?["boot_id"],
                ["restarts"] = restarts.GetValueOrDefault(name),
                ["dropped"] = Convert.ToInt64(row["dropped"], null),
                ["peers_up"] = links[name].Order().ToArray(),
            });
        }

        return [.. nodes.OrderBy(node => (long?)node["authority"] ?? long.MaxValue)];

        async Task<Dictionary<string, long>> ByNodeAsync(string sql) =>
            (await RowsAsync(sql, new { id, since = Now - 60 }, cancellationToken)).ToDictionary(row => (string)row["node_name"]!, row => Convert.ToInt64(row["value"], null));
    }

    /// <summary>The newest word on each link.</summary>
    public async Task<List<Dictionary<string, object?>>> LinksAsync(long id, CancellationToken cancellationToken)
    {
        var rows = await RowsAsync(
            """
            SELECT e.node_name, e.peer, e.kind, e.at AS since, latest.changes FROM node_event e JOIN
            (SELECT MAX(node_event_id) AS id, COUNT(*) AS changes FROM node_event WHERE deployment_id = @id AND kind IN ('peer_up', 'peer_down') GROUP BY node_name, peer) AS latest
            ON latest.id = e.node_event_id ORDER BY e.node_name, e.peer
            """,
            new { id }, cancellationToken);
        foreach (var row in rows)
        {
            row.Remove("kind", out var kind);
            row["up"] = kind is "peer_up";
        }

        return rows;
    }

    /// <summary>Validators' names end with their index: mysticeti-node3.</summary>
    public static long? AuthorityOf(string name)
    {
        var digits = name.Length - name.AsSpan().TrimEnd("0123456789").Length;
        return digits is > 0 and < 10 ? long.Parse(name.AsSpan(name.Length - digits), null) : null;
    }

    private string StateOf(double? at)
    {
        if (at is null) return "unknown";
        var age = Now - at.Value;
        return age <= limits.Online.TotalSeconds ? "online" : age <= limits.Suspect.TotalSeconds ? "suspect" : "offline";
    }
}
