using System.Globalization;
using System.Text.Json;

namespace Mysticeti.Platform.Dashboard;

/// <summary>What happened over time, from the database.</summary>
internal sealed class DashboardSeries(DashboardQueries queries)
{
    private const int MostPoints = 600;
    private const int MostSamples = 100_000;
    private const int StageSamples = 20_000;
    private const int LeaderSlots = 10_000;
    private const int PropagatedBlocks = 400;
    private const long Seen = 1;

    /// <summary>Offered against committed, with latencies of sampled transactions.</summary>
    public async Task<object> SeriesAsync(long id, long seconds, CancellationToken cancellationToken)
    {
        var bucket = (int)Math.Max(1, (seconds + MostPoints - 1) / MostPoints);
        var to = Math.Floor(queries.Now);
        var from = to - seconds;
        return new
        {
            bucket_sec = bucket,
            from,
            to,
            points = await PointsAsync(id, from, to, bucket, cancellationToken),
            rounds = await queries.RowsAsync(
                "SELECT exp, round, start, duration, rate FROM experiment_round WHERE deployment_id = @id AND start + duration > @from ORDER BY start LIMIT 1000",
                new { id, from }, cancellationToken),
        };
    }

    /// <summary>One point a bucket of the span; commits are those of the node that shows most.</summary>
    public async Task<IReadOnlyList<object>> PointsAsync(long id, double from, double to, int bucket, CancellationToken cancellationToken)
    {
        var values = new { id, from, to, bucket, most = MostSamples };
        var commits = await queries.RowsAsync(
            $"""
            SELECT slot, MAX(commits) AS commits, MAX(txs) AS txs, MAX(rounds) AS rounds FROM
            (SELECT {Slot("committed_at")} AS slot, COUNT(*) AS commits, SUM(tx_count) AS txs, MAX(round) - MIN(round) + 1 AS rounds FROM dag_commit
             WHERE deployment_id = @id AND committed_at >= @from AND committed_at < @to GROUP BY node_name, {Slot("committed_at")}) AS by_node
            GROUP BY slot ORDER BY slot
            """, values, cancellationToken);
        // A percentile is the lowest latency that has its share of the slot's samples at or below it.
        var latencies = (await queries.RowsAsync(
            $"""
            SELECT slot, MIN(CASE WHEN place >= 0.5 * samples THEN ms END) AS p50, MIN(CASE WHEN place >= 0.99 * samples THEN ms END) AS p99 FROM
            (SELECT slot, ms, ROW_NUMBER() OVER (PARTITION BY slot ORDER BY ms) AS place, COUNT(*) OVER (PARTITION BY slot) AS samples FROM
             (SELECT {Slot("committed_at")} AS slot, (committed_at - received_at) * 1000 AS ms FROM tx_sample
              WHERE deployment_id = @id AND committed_at >= @from AND committed_at < @to AND received_at IS NOT NULL ORDER BY committed_at DESC LIMIT @most) AS newest) AS placed
            GROUP BY slot
            """, values, cancellationToken)).ToDictionary(row => Whole(row["slot"]));
        var offered = await OfferedAsync(id, from, cancellationToken);
        var bySlot = commits.ToDictionary(row => Whole(row["slot"]));
        var points = new List<object>();
        for (var slot = 0L; slot < (long)((to - from + bucket - 1) / bucket); slot++)
        {
            var row = bySlot.GetValueOrDefault(slot);
            var t = from + slot * bucket;
            var latency = latencies.GetValueOrDefault(slot);
            points.Add(new
            {
                deployment_id = id,
                t,
                offered_tps = offered.FirstOrDefault(round => t >= round.Start && t < round.End).Rate,
                committed_tps = Rate(row, "txs"),
                rounds = Rate(row, "rounds"),
                commits = Rate(row, "commits"),
                p50_ms = latency?["p50"],
                p99_ms = latency?["p99"],
            });
        }

        return points;

        double Rate(Dictionary<string, object?>? row, string column) => row?[column] is { } value ? Convert.ToDouble(value, CultureInfo.InvariantCulture) / bucket : 0;
    }

    /// <summary>Where the latency of sampled transactions goes, stage by stage.</summary>
    public async Task<object> LatencyAsync(long id, long seconds, CancellationToken cancellationToken)
    {
        // Few blocks hold what there is to know of propagation: the more validators there are, the fewer rounds.
        var nodes = (await queries.NamesAsync(id, cancellationToken)).Count;
        var values = new { id, since = queries.Now - seconds, most = StageSamples, rounds = PropagatedBlocks / Math.Max(nodes, 4) };
        var samples = await queries.RowsAsync(
            """
            SELECT (included_at - received_at) * 1000 AS inclusion, (committed_at - included_at) * 1000 AS finish, (committed_at - received_at) * 1000 AS total FROM tx_sample
            WHERE deployment_id = @id AND committed_at > @since AND included_at IS NOT NULL AND received_at IS NOT NULL ORDER BY committed_at DESC LIMIT @most
            """, values, cancellationToken);
        var propagation = await queries.RowsAsync(
            """
            SELECT (peer.trace_started_at - own.trace_started_at) * 1000 AS ms FROM block_trace own
            JOIN block_trace peer ON peer.deployment_id = own.deployment_id AND peer.round = own.round AND peer.block_id = own.block_id AND peer.source = 'peer'
            WHERE own.deployment_id = @id AND own.source = 'own' AND own.round > (SELECT MAX(round) FROM block_trace WHERE deployment_id = @id) - @rounds
            """, values, cancellationToken);
        return new
        {
            samples = samples.Count,
            stages = new[]
            {
                Stage("inclusion", samples.Select(row => (double)row["inclusion"]!)),
                Stage("propagation", propagation.Select(row => (double)row["ms"]!)),
                Stage("commit", samples.Select(row => (double)row["finish"]!)),
                Stage("total", samples.Select(row => (double)row["total"]!)),
            },
        };
    }

    /// <summary>What became of the newest leader slots, as the node that decided the newest one saw it.</summary>
    public async Task<object> LeadersAsync(long id, CancellationToken cancellationToken)
    {
        var observers = await queries.RowsAsync(
            $"""
            SELECT node.node_name, COALESCE((SELECT MAX(leader_decision_id) FROM leader_decision WHERE node_name = node.node_name AND deployment_id = @id), 0) AS newest
            FROM {DashboardQueries.FetchedNodes} ORDER BY newest DESC LIMIT 1
            """, new { id }, cancellationToken);
        var observer = observers is [var one] ? (string)one["node_name"]! : null;
        var decisions = await queries.RowsAsync(
            """
            SELECT authority, status, COUNT(*) AS n, MIN(decided_at) AS since FROM
            (SELECT authority, status, decided_at FROM leader_decision WHERE node_name = @observer AND deployment_id = @id ORDER BY leader_decision_id DESC LIMIT @slots) AS newest
            GROUP BY authority, status
            """, new { id, observer, slots = LeaderSlots }, cancellationToken);
        var since = decisions.Count == 0 ? (double?)null : decisions.Min(row => (double)row["since"]!);
        var timeouts = (await queries.RowsAsync(
            "SELECT node_name, COUNT(*) AS n FROM node_event WHERE deployment_id = @id AND kind = 'leader_timeout' AND at >= @since GROUP BY node_name",
            new { id, since }, cancellationToken)).ToDictionary(row => (string)row["node_name"]!, row => Whole(row["n"]));
        var names = await queries.NamesAsync(id, cancellationToken);
        return new
        {
            observer,
            since,
            slots = decisions.Sum(row => Whole(row["n"])),
            authorities = decisions.GroupBy(row => Whole(row["authority"])).OrderBy(group => group.Key).Select(group => new
            {
                authority = group.Key,
                node_name = Name(names, group.Key),
                direct_commit = Count(group, "direct-commit"),
                indirect_commit = Count(group, "indirect-commit"),
                direct_skip = Count(group, "direct-skip"),
                indirect_skip = Count(group, "indirect-skip"),
                timeouts = timeouts.GetValueOrDefault(Name(names, group.Key)),
            }),
        };

        static long Count(IEnumerable<Dictionary<string, object?>> rows, string status) => rows.Where(row => row["status"] is string text && text == status).Sum(row => Whole(row["n"]));
    }

    /// <summary>The newest word of each validator on each of its links.</summary>
    public async Task<object> PeersAsync(long id, CancellationToken cancellationToken)
    {
        var links = await queries.LinksAsync(id, cancellationToken);
        var names = await queries.NamesAsync(id, cancellationToken);
        foreach (var peer in links.Select(link => Whole(link["peer"]))) names.TryAdd(peer, DashboardQueries.NameOf(peer));
        return new { nodes = names.Select(name => new { authority = name.Key, node_name = name.Value }), links };
    }

    /// <summary>A window on the DAG: blocks with what became of them.</summary>
    public async Task<object> DagAsync(long id, long rounds, long? before, CancellationToken cancellationToken)
    {
        var newest = await queries.RowsAsync("SELECT MAX(round) AS round FROM block_trace WHERE deployment_id = @id", new { id }, cancellationToken);
        var to = before - 1 ?? (newest[0]["round"] is { } round ? Whole(round) : 0);
        var values = new { id, from = Math.Max(0, to - rounds + 1), to };
        var blocks = await queries.RowsAsync(
            """
            SELECT round, authority, block_id, MAX(CASE status WHEN 'committed' THEN 4 WHEN 'uncommitted' THEN 3 WHEN 'accepted' THEN 2 WHEN 'seen' THEN 1 ELSE 0 END) AS rank,
                MAX(tx_count) AS tx_count, MAX(bytes) AS bytes, MIN(trace_started_at) AS first_seen, COUNT(*) AS seen_by
            FROM block_trace WHERE deployment_id = @id AND round BETWEEN @from AND @to GROUP BY round, authority, block_id ORDER BY round, authority LIMIT 20000
            """, values, cancellationToken);
        var leaders = (await queries.RowsAsync(
            "SELECT block_id, MAX(status) AS status FROM leader_decision WHERE deployment_id = @id AND round BETWEEN @from AND @to AND block_id IS NOT NULL GROUP BY block_id",
            values, cancellationToken)).ToDictionary(row => (string)row["block_id"]!, row => row["status"]);
        var commits = (await queries.RowsAsync(
            "SELECT block_id, MAX(commit_index) AS commit_index FROM dag_commit WHERE deployment_id = @id AND round BETWEEN @from AND @to GROUP BY block_id",
            values, cancellationToken)).ToDictionary(row => (string)row["block_id"]!, row => row["commit_index"]);
        // A node that suspends a block tells its place only; once the block is known, that says nothing more.
        var known = blocks.Where(block => !IsPlace(block)).Select(Place).ToHashSet();
        blocks.RemoveAll(block => IsPlace(block) && Whole(block["rank"]) == Seen && known.Contains(Place(block)));
        string[] words = ["rejected", "seen", "accepted", "uncommitted", "committed"];
        foreach (var block in blocks)
        {
            block.Remove("rank", out var rank);
            block["status"] = words[Whole(rank)];
            block["leader"] = leaders.GetValueOrDefault((string)block["block_id"]!);
            block["commit_index"] = commits.GetValueOrDefault((string)block["block_id"]!);
        }

        return new { from_round = values.from, to_round = to, authorities = blocks.Select(block => Whole(block["authority"]) + 1).DefaultIfEmpty(0).Max(), blocks };

        static (long, long) Place(Dictionary<string, object?> block) => (Whole(block["round"]), Whole(block["authority"]));

        static bool IsPlace(Dictionary<string, object?> block) => ((string)block["block_id"]!).Contains('/', StringComparison.Ordinal);
    }

    /// <summary>Heartbeats, restarts, timeouts and changes of links on the time axis.</summary>
    public async Task<object> EventsAsync(long id, string? key, long seconds, CancellationToken cancellationToken)
    {
        var values = new { id, key, since = queries.Now - seconds };
        var heartbeats = await queries.RowsAsync(
            "SELECT authority, received_at FROM heartbeat WHERE deployment_key = @key AND received_at > @since ORDER BY authority, received_at LIMIT 50000", values, cancellationToken);
        var names = await queries.NamesAsync(id, cancellationToken);
        return new
        {
            now = queries.Now,
            heartbeats = heartbeats.GroupBy(row => Whole(row["authority"])).SelectMany(group => Segments(group.Key, Name(names, group.Key), [.. group.Select(row => (double)row["received_at"]!)])),
            restarts = await queries.RowsAsync(
                "SELECT node_name, time, reason, code, restart_count FROM node_restarts WHERE deployment_id = @id AND time > @since ORDER BY time LIMIT 1000", values, cancellationToken),
            timeouts = await queries.RowsAsync(
                "SELECT node_name, at AS time, round FROM node_event WHERE deployment_id = @id AND kind = 'leader_timeout' AND at > @since ORDER BY at LIMIT 1000", values, cancellationToken),
            peer_changes = (await queries.RowsAsync(
                "SELECT node_name, peer, kind, at AS time FROM node_event WHERE deployment_id = @id AND kind IN ('peer_up', 'peer_down') AND at > @since ORDER BY at LIMIT 1000",
                values, cancellationToken)).Select(row => new { node_name = row["node_name"], peer = row["peer"], up = row["kind"] is "peer_up", time = row["time"] }),
        };
    }

    private IEnumerable<object> Segments(long authority, string name, double[] times)
    {
        const double LongestGap = 15;
        var from = times[0];
        for (var i = 1; i <= times.Length; i++)
        {
            var next = i < times.Length ? times[i] : queries.Now;
            if (next - times[i - 1] <= LongestGap && i < times.Length) continue;
            yield return new { node_name = name, authority, from, to = times[i - 1], state = "online" };
            if (next - times[i - 1] > LongestGap) yield return new { node_name = name, authority, from = times[i - 1], to = next, state = "offline" };
            from = next;
        }
    }

    private static string Name(SortedDictionary<long, string> names, long authority) => names.GetValueOrDefault(authority) ?? DashboardQueries.NameOf(authority);

    /// <summary>What experiments offered: finished rounds, and the one that is under way.</summary>
    private async Task<List<(double Start, double End, long? Rate)>> OfferedAsync(long id, double from, CancellationToken cancellationToken)
    {
        var rounds = await queries.RowsAsync(
            "SELECT start, duration, rate FROM experiment_round WHERE deployment_id = @id AND start + duration > @from ORDER BY start LIMIT 1000", new { id, from }, cancellationToken);
        var offered = rounds.Select(row => ((double)row["start"]!, (double)row["start"]! + (double)row["duration"]!, (long?)Whole(row["rate"]))).ToList();
        var running = await queries.RowsAsync(
            "SELECT step_name, updated_at, setup_json FROM experiment_state WHERE status = 'running' AND step_name LIKE 'round %' AND deployment_id = @id ORDER BY created_at DESC LIMIT 1", new { id }, cancellationToken);
        // The step's own words are what there is of a round that has not ended: "round 2 of 4: 230 tx/s".
        if (running is [var row] && ((string)row["step_name"]!).Split(' ') is [.., var rate, "tx/s"] && long.TryParse(rate, NumberStyles.None, CultureInfo.InvariantCulture, out var tps))
        {
            var (begin, setup) = ((double)row["updated_at"]!, (JsonElement)row["setup_json"]!);
            offered.Add((begin, begin + setup.GetProperty("warmup_sec").GetDouble() + setup.GetProperty("round_duration_min").GetDouble() * 60, tps));
        }

        return offered;
    }

    private static object Stage(string stage, IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return new { stage, p50_ms = Percentile(sorted, 0.5), p99_ms = Percentile(sorted, 0.99), mean_ms = sorted.Length == 0 ? (double?)null : sorted.Average() };
    }

    private static double? Percentile(double[] sorted, double share) =>
        sorted.Length == 0 ? null : sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];

    private string Slot(string column) => queries.Database.Floor($"({column} - @from) / @bucket");

    private static long Whole(object? value) => Convert.ToInt64(value, CultureInfo.InvariantCulture);
}
