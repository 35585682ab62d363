using System.Globalization;

namespace Mysticeti.Runner.Platform.Dashboard;

/// <summary>What happened over time, from the database.</summary>
internal sealed class DashboardSeries(DashboardQueries queries)
{
    private const int MostPoints = 600;
    private const int MostSamples = 20_000;

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
        var latencies = (await queries.RowsAsync(
            $"""
            SELECT {Slot("committed_at")} AS slot, (committed_at - received_at) * 1000 AS ms FROM tx_sample
            WHERE deployment_id = @id AND committed_at >= @from AND committed_at < @to AND received_at IS NOT NULL LIMIT @most
            """, values, cancellationToken)).ToLookup(row => Whole(row["slot"]), row => (double)row["ms"]!);
        var offered = await OfferedAsync(id, from, cancellationToken);
        var bySlot = commits.ToDictionary(row => Whole(row["slot"]));
        var points = new List<object>();
        for (var slot = 0L; slot < (long)((to - from + bucket - 1) / bucket); slot++)
        {
            var row = bySlot.GetValueOrDefault(slot);
            var t = from + slot * bucket;
            var sorted = latencies[slot].Order().ToArray();
            points.Add(new
            {
                t,
                offered_tps = offered.FirstOrDefault(round => t >= round.Start && t < round.End).Rate,
                committed_tps = Rate(row, "txs"),
                rounds = Rate(row, "rounds"),
                commits = Rate(row, "commits"),
                p50_ms = Percentile(sorted, 0.5),
                p99_ms = Percentile(sorted, 0.99),
            });
        }

        return points;

        double Rate(Dictionary<string, object?>? row, string column) => row?[column] is { } value ? Convert.ToDouble(value, CultureInfo.InvariantCulture) / bucket : 0;
    }

    /// <summary>Where the latency of sampled transactions goes, stage by stage.</summary>
    public async Task<object> LatencyAsync(long id, long seconds, CancellationToken cancellationToken)
    {
        var values = new { id, since = queries.Now - seconds, most = MostSamples };
        var samples = await queries.RowsAsync(
            """
            SELECT (included_at - received_at) * 1000 AS queue, (committed_at - included_at) * 1000 AS finish, (committed_at - received_at) * 1000 AS total FROM tx_sample
            WHERE deployment_id = @id AND committed_at > @since AND included_at IS NOT NULL AND received_at IS NOT NULL ORDER BY committed_at DESC LIMIT @most
            """, values, cancellationToken);
        var propagation = await queries.RowsAsync(
            """
            SELECT (peer.trace_started_at - own.trace_started_at) * 1000 AS ms FROM
            (SELECT deployment_id, block_id, trace_started_at FROM block_trace WHERE deployment_id = @id AND source = 'own' ORDER BY block_trace_id DESC LIMIT 500) AS own
            JOIN block_trace peer ON peer.block_id = own.block_id AND peer.deployment_id = own.deployment_id AND peer.source = 'peer'
            """, values, cancellationToken);
        return new
        {
            samples = samples.Count,
            stages = new[]
            {
                Stage("queue", samples.Select(row => (double)row["queue"]!)),
                Stage("propagation", propagation.Select(row => (double)row["ms"]!)),
                Stage("commit", samples.Select(row => (double)row["finish"]!)),
                Stage("total", samples.Select(row => (double)row["total"]!)),
            },
        };
    }

    /// <summary>What became of the authorities' leader slots, as the node with most decisions saw it.</summary>
    public async Task<object> LeadersAsync(long id, CancellationToken cancellationToken)
    {
        var decisions = await queries.RowsAsync(
            """
            SELECT authority, status, COUNT(*) AS n FROM leader_decision WHERE deployment_id = @id AND node_name =
            (SELECT node_name FROM leader_decision WHERE deployment_id = @id ORDER BY leader_decision_id DESC LIMIT 1)
            GROUP BY authority, status
            """, new { id }, cancellationToken);
        var timeouts = (await queries.RowsAsync(
            "SELECT node_name, COUNT(*) AS n FROM node_event WHERE deployment_id = @id AND kind = 'leader_timeout' GROUP BY node_name",
            new { id }, cancellationToken)).ToDictionary(row => (string)row["node_name"]!, row => Whole(row["n"]));
        var names = (await queries.RowsAsync("SELECT DISTINCT node_name FROM fetch_cursor WHERE deployment_id = @id", new { id }, cancellationToken))
            .Select(row => (string)row["node_name"]!).Where(name => DashboardQueries.AuthorityOf(name) is not null)
            .ToLookup(name => DashboardQueries.AuthorityOf(name)!.Value);
        return new
        {
            authorities = decisions.GroupBy(row => Whole(row["authority"])).OrderBy(group => group.Key).Select(group => new
            {
                authority = group.Key,
                node_name = names[group.Key].FirstOrDefault(),
                direct_commit = Count(group, "direct-commit"),
                indirect_commit = Count(group, "indirect-commit"),
                direct_skip = Count(group, "direct-skip"),
                indirect_skip = Count(group, "indirect-skip"),
                timeouts = timeouts.GetValueOrDefault(names[group.Key].FirstOrDefault() ?? ""),
            }),
        };

        static long Count(IEnumerable<Dictionary<string, object?>> rows, string status) => rows.Where(row => row["status"] is string text && text == status).Sum(row => Whole(row["n"]));
    }

    /// <summary>A window on the DAG: blocks with what became of them.</summary>
    public async Task<object> DagAsync(long id, long rounds, long? before, CancellationToken cancellationToken)
    {
        var newest = await queries.RowsAsync("SELECT MAX(round) AS round FROM block_trace WHERE deployment_id = @id", new { id }, cancellationToken);
        var to = before - 1 ?? (newest[0]["round"] is { } round ? Whole(round) : 0);
        var values = new { id, from = Math.Max(0, to - rounds + 1), to };
        var blocks = await queries.RowsAsync(
            """
            SELECT round, authority, block_id, MAX(CASE status WHEN 'committed' THEN 3 WHEN 'uncommitted' THEN 2 WHEN 'accepted' THEN 1 ELSE 0 END) AS rank,
                MAX(tx_count) AS tx_count, MAX(bytes) AS bytes, MIN(trace_started_at) AS first_seen, COUNT(*) AS seen_by
            FROM block_trace WHERE deployment_id = @id AND round BETWEEN @from AND @to GROUP BY round, authority, block_id ORDER BY round, authority LIMIT 20000
            """, values, cancellationToken);
        var leaders = (await queries.RowsAsync(
            "SELECT block_id, MAX(status) AS status FROM leader_decision WHERE deployment_id = @id AND round BETWEEN @from AND @to AND block_id IS NOT NULL GROUP BY block_id",
            values, cancellationToken)).ToDictionary(row => (string)row["block_id"]!, row => row["status"]);
        var commits = (await queries.RowsAsync(
            "SELECT block_id, MAX(commit_index) AS commit_index FROM dag_commit WHERE deployment_id = @id AND round BETWEEN @from AND @to GROUP BY block_id",
            values, cancellationToken)).ToDictionary(row => (string)row["block_id"]!, row => row["commit_index"]);
        string[] words = ["seen", "accepted", "uncommitted", "committed"];
        foreach (var block in blocks)
        {
            block.Remove("rank", out var rank);
            block["status"] = words[Whole(rank)];
            block["leader"] = leaders.GetValueOrDefault((string)block["block_id"]!);
            block["commit_index"] = commits.GetValueOrDefault((string)block["block_id"]!);
        }

        return new { from_round = values.from, to_round = to, authorities = blocks.Select(block => Whole(block["authority"]) + 1).DefaultIfEmpty(0).Max(), blocks };
    }

    /// <summary>Heartbeats, restarts, timeouts and changes of links on the time axis.</summary>
    public async Task<object> EventsAsync(long id, string? key, long seconds, CancellationToken cancellationToken)
    {
        var values = new { id, key, since = queries.Now - seconds };
        var heartbeats = await queries.RowsAsync(
            "SELECT authority, received_at FROM heartbeat WHERE deployment_key = @key AND received_at > @since ORDER BY authority, received_at LIMIT 50000", values, cancellationToken);
        return new
        {
            heartbeats = heartbeats.GroupBy(row => Whole(row["authority"])).SelectMany(group => Segments(group.Key, [.. group.Select(row => (double)row["received_at"]!)])),
            restarts = await queries.RowsAsync(
                "SELECT node_name, time, reason, code, restart_count FROM node_restarts WHERE deployment_id = @id AND time > @since ORDER BY time LIMIT 1000", values, cancellationToken),
            timeouts = await queries.RowsAsync(
                "SELECT node_name, at AS time, round FROM node_event WHERE deployment_id = @id AND kind = 'leader_timeout' AND at > @since ORDER BY at LIMIT 1000", values, cancellationToken),
            peer_changes = (await queries.RowsAsync(
                "SELECT node_name, peer, kind, at AS time FROM node_event WHERE deployment_id = @id AND kind IN ('peer_up', 'peer_down') AND at > @since ORDER BY at LIMIT 1000",
                values, cancellationToken)).Select(row => new { node_name = row["node_name"], peer = row["peer"], up = row["kind"] is "peer_up", time = row["time"] }),
        };
    }

    private IEnumerable<object> Segments(long authority, double[] times)
    {
        const double LongestGap = 15;
        var name = $"mysticeti-node{authority}";
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

    /// <summary>What experiments offered: finished rounds, and the one that is under way.</summary>
    private async Task<List<(double Start, double End, long? Rate)>> OfferedAsync(long id, double from, CancellationToken cancellationToken)
    {
        var rounds = await queries.RowsAsync(
            "SELECT start, duration, rate FROM experiment_round WHERE deployment_id = @id AND start + duration > @from ORDER BY start LIMIT 1000", new { id, from }, cancellationToken);
        var offered = rounds.Select(row => ((double)row["start"]!, (double)row["start"]! + (double)row["duration"]!, (long?)Whole(row["rate"]))).ToList();
        var running = await queries.RowsAsync(
            "SELECT step_name, updated_at FROM experiment_state WHERE status = 'running' AND step_name LIKE 'round %' ORDER BY created_at DESC LIMIT 1", null, cancellationToken);
        // The step's own words are what there is of a round that has not ended: "round 2 of 4: 230 tx/s".
        if (running is [var row] && ((string)row["step_name"]!).Split(' ') is [.., var rate, "tx/s"] && long.TryParse(rate, NumberStyles.None, CultureInfo.InvariantCulture, out var tps))
            offered.Add(((double)row["updated_at"]!, double.MaxValue, tps));
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
