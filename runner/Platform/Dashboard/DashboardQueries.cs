using Mysticeti.Platform.Database;
using Mysticeti.Platform.Hosting;
using Mysticeti.Platform.Uptime;

namespace Mysticeti.Platform.Dashboard;

/// <summary>A node's newest commit.</summary>
/// <param name="Round">Of its anchor.</param>
internal sealed record CommitHead(long Index, long Round);

/// <summary>The state of a deployment right now: safety, liveness, nodes.</summary>
internal sealed class DashboardQueries
{
    /// <summary>The nodes of the deployment <c>@id</c>, as a table <c>node</c>: few rows, from which indexes lead to what each node did last.</summary>
    public const string FetchedNodes = "(SELECT DISTINCT node_name FROM fetch_cursor WHERE deployment_id = @id) AS node";

    private const int LivenessSeconds = 10;

    private readonly IDatabase _database;
    private readonly PlatformNetwork _network;
    private readonly TimeProvider _time;
    private readonly ChainAgreement _agreement;
    private readonly NodeStates _states;

    public DashboardQueries(IDatabase database, PlatformNetwork network, UptimeLimits limits, TimeProvider time)
    {
        (_database, _network, _time) = (database, network, time);
        (_agreement, _states) = (new ChainAgreement(database), new NodeStates(this, network, limits));
    }

    public IDatabase Database => _database;

    public double Now => _time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;

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
        var deployments = await RowsAsync("SELECT deployment_id, created_at, deployment_key FROM deployment ORDER BY deployment_id DESC LIMIT 50", null, cancellationToken);
        var newest = wanted is null || (long?)deployments.FirstOrDefault(one => one["deployment_key"] is not null)?["deployment_id"] == id;
        var heads = await HeadsAsync(id, cancellationToken);
        var nodes = await _states.ReadAsync(id, deployment?["deployment_key"] as string, newest, heads, cancellationToken);
        return new Dictionary<string, object?>
        {
            ["now"] = Now,
            ["deployment"] = deployment,
            ["deployments"] = deployments,
            ["network"] = await NetworkAsync(id, nodes.Count, cancellationToken),
            ["safety"] = await _agreement.CompareAsync(id, heads.ToDictionary(head => head.Key, head => head.Value.Index), cancellationToken),
            ["liveness"] = await LivenessAsync(id, nodes, cancellationToken),
            ["nodes"] = nodes,
        };
    }

    public Task<List<Dictionary<string, object?>>> RowsAsync(string sql, object? values, CancellationToken cancellationToken) =>
        JsonRows.ReadAsync(_database, sql, values, cancellationToken);

    private async Task<object> NetworkAsync(long id, int nodes, CancellationToken cancellationToken)
    {
        var frozen = await new SettingStore(_database).ReadAsync("log_fetcher_frozen", cancellationToken) == "true";
        var newest = await RowsAsync("SELECT MAX(updated_at) AS at FROM fetch_cursor WHERE deployment_id = @id", new { id }, cancellationToken);
        var outputs = _network.Outputs;
        return new
        {
            name = outputs?.Name,
            committee_size = outputs?.CommitteeSize ?? nodes,
            frozen,
            fetch_lag_sec = newest[0]["at"] is double at ? Math.Max(0, Now - at) : (double?)null,
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

    /// <summary>The newest commit of each node: ids ascend as rows arrive.</summary>
    private async Task<Dictionary<string, CommitHead>> HeadsAsync(long id, CancellationToken cancellationToken) => (await RowsAsync(
        $"""
        SELECT head.node_name, head.commit_index, head.round FROM {FetchedNodes} JOIN dag_commit head ON head.dag_commit_id =
        (SELECT MAX(dag_commit_id) FROM dag_commit WHERE node_name = node.node_name AND deployment_id = @id)
        """,
        new { id }, cancellationToken)).ToDictionary(row => (string)row["node_name"]!, row => new CommitHead((long)row["commit_index"]!, (long)row["round"]!));

    /// <summary>The names of a deployment's nodes by authority.</summary>
    public async Task<SortedDictionary<long, string>> NamesAsync(long id, CancellationToken cancellationToken)
    {
        var names = new SortedDictionary<long, string>();
        foreach (var row in await RowsAsync($"SELECT node_name FROM {FetchedNodes}", new { id }, cancellationToken))
        {
            if (AuthorityOf((string)row["node_name"]!) is { } authority) names[authority] = (string)row["node_name"]!;
        }

        return names;
    }

    /// <summary>The newest word on each link.</summary>
    public async Task<List<Dictionary<string, object?>>> LinksAsync(long id, CancellationToken cancellationToken)
    {
        // Kind by kind, since SQLite goes through all events of the deployment when it looks for either and groups them.
        var rows = await RowsAsync(
            """
            SELECT e.node_name, e.peer, e.kind, e.at AS since, latest.changes FROM node_event e JOIN
            (SELECT MAX(node_event_id) AS id, COUNT(*) AS changes FROM
             (SELECT node_event_id, node_name, peer FROM node_event WHERE deployment_id = @id AND kind = 'peer_up'
              UNION ALL SELECT node_event_id, node_name, peer FROM node_event WHERE deployment_id = @id AND kind = 'peer_down') AS word
             GROUP BY node_name, peer) AS latest
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

    /// <summary>The name of a validator of which only its authority is known.</summary>
    public static string NameOf(long authority) => $"mysticeti-node{authority}";
}
