using System.Net;
using System.Text.Json;
using Mysticeti.Platform.Database;

namespace Mysticeti.Platform.Tests;

public sealed class LogApiTests(PostgresCluster cluster)
{
    // In several parts of the history (BlockKey), some of them far apart.
    private static readonly long[] Rounds = [1, 1_023, 1_024, 1_025, 5_000, 1_000_000_000_000, long.MaxValue];

    [Theory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.Postgres)]
    public async Task A_block_is_found_by_its_id_wherever_it_lies(Engine engine)
    {
        using var committee = new TraceNode.Committee(4);
        await using var node = await TraceNode.StartAsync(0, committee);
        foreach (var round in Rounds) node.AddBlock(round);
        await using var platform = await TestPlatform.StartAsync(engine, cluster, TraceNode.Outputs(node));
        await Eventually.HoldsAsync(async () => await platform.CountAsync("SELECT COUNT(*) FROM dag_commit") == Rounds.Length, "all entries were fetched");
        node.Restart("boot2", "key2");
        foreach (var round in Rounds[3..]) node.AddBlock(round);
        await Eventually.HoldsAsync(async () => await platform.CountAsync("SELECT COUNT(*) FROM dag_commit WHERE deployment_id = 2") == Rounds.Length - 3, "the next launch was fetched");

        foreach (var (round, i) in Rounds.Select((round, i) => (round, i)))
        {
            var id = Id(round, 0);
            var (_, block) = await platform.GetAsync("log-api", $"/v1/blocks/{id}?deployment=1");
            Assert.Equal((id, round), (block.GetProperty("block_id").GetString(), block.GetProperty("round").GetInt64()));
            Assert.Equal(1, Assert.Single(block.GetProperty("traces").EnumerateArray()).GetProperty("deployment_id").GetInt64());
            Assert.Equal(["accepted", "committed", "proposed"], block.GetProperty("checkpoints").EnumerateArray().Select(row => row.GetProperty("checkpoint").GetString()).Order());
            Assert.Single(await ItemsAsync($"blocks?block={id}"));
            Assert.Single(await ItemsAsync($"blocks?block={id}&deployment=1"));
            Assert.Equal(i < 3 ? 0 : 1, (await ItemsAsync($"blocks?block={id}&deployment=2&status=committed")).Count);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await platform.GetAsync("log-api", $"/v1/blocks/{Id(2, 0)}")).Status);
        Assert.Empty(await ItemsAsync($"blocks?block={Id(2, 0)}"));

        async Task<List<JsonElement>> ItemsAsync(string query) => [.. (await platform.GetAsync("log-api", $"/v1/{query}")).Body.GetProperty("items").EnumerateArray()];
    }

    [Theory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.Postgres)]
    public async Task Blocks_whose_digest_is_unknown_are_told_apart_by_their_deployments(Engine engine)
    {
        await using var platform = await TestPlatform.StartAsync(engine, cluster);
        await FillAsync(platform, deployments: 3, rounds: 2_000, "'mysticeti-node0', round || '/3'", "1 AS one");
        Assert.Equal([3, 2, 1], (await platform.GetAsync("log-api", "/v1/blocks?block=1500/3")).Body.GetProperty("items").EnumerateArray().Select(row => row.GetProperty("deployment_id").GetInt64()));
        foreach (var (query, deployment) in (IEnumerable<(string, int)>)[("", 3), ("?deployment=2", 2)])
        {
            var (_, block) = await platform.GetAsync("log-api", $"/v1/blocks/1500%2F3{query}");
            Assert.Equal(1_500, block.GetProperty("round").GetInt64());
            Assert.Equal(deployment, Assert.Single(block.GetProperty("traces").EnumerateArray()).GetProperty("deployment_id").GetInt64());
        }

        Assert.Equal(HttpStatusCode.NotFound, (await platform.GetAsync("log-api", "/v1/blocks/1500/3?deployment=4")).Status);
    }

    /// <summary>Times are not asserted in tests; a plan that reads the table whole is what would make them long.</summary>
    [Fact]
    public async Task A_block_is_found_without_reading_the_table_whole()
    {
        await using var platform = await TestPlatform.StartAsync(Engine.Postgres, cluster);
        await FillAsync(platform, deployments: 1, rounds: 4_000, "'mysticeti-node' || node, md5(round || '')", "node FROM generate_series(0, 49) AS node");
        await JsonRows.ReadAsync(platform.Database, "ANALYZE block_trace", null, default);
        var block = (string)(await JsonRows.ReadAsync(platform.Database, "SELECT md5('1500') AS id", null, default))[0]["id"]!;
        var places = await BlockKey.FindAsync(platform.Database, block, null, default);
        Assert.Equal([new BlockPlace(1, 1_500)], places);
        foreach (var sql in (IEnumerable<string>)
        [
            BlockKey.Search(""), BlockKey.Search(" WHERE deployment_id = 1"),
            $"SELECT * FROM block_trace WHERE {BlockKey.IsBlock(places)} ORDER BY block_trace_id DESC LIMIT 101",
        ])
        {
            var plan = await JsonRows.ReadAsync(platform.Database, $"EXPLAIN {sql}", new { block, most = 100 }, default);
            var lines = plan.Select(row => (string)row.Values.Single()!).ToArray();
            Assert.True(lines.Any(line => line.Contains("block_trace_key", StringComparison.Ordinal)), string.Join('\n', lines));
            Assert.DoesNotContain(lines, line => line.Contains("Seq Scan on block_trace", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.Postgres)]
    public async Task Rows_are_filtered_by_their_status(Engine engine)
    {
        using var committee = new TraceNode.Committee(4);
        await using var node = await TraceNode.StartAsync(0, committee);
        for (var round = 1; round <= 20; round++) node.AddBlock(round);
        node.Add(
            $"\"kind\":\"tx_received\",\"tx\":\"{TraceNode.Hash("waiting")}\",\"bytes\":512",
            $"\"kind\":\"block_received\",\"block\":{TraceNode.Block(21, 1)},\"tx_count\":1,\"bytes\":9,\"peer\":1,\"origin\":\"stream\"",
            $"\"kind\":\"block_rejected\",\"block\":{TraceNode.Block(22, 1)},\"peer\":1,\"reason\":\"signature\"",
            "\"kind\":\"leader_decided\",\"round\":23,\"offset\":0,\"authority\":2,\"status\":\"indirect-skip\"");
        await using var platform = await TestPlatform.StartAsync(engine, cluster, TraceNode.Outputs(node));
        await Eventually.HoldsAsync(async () => await platform.CountAsync("SELECT COUNT(*) FROM leader_decision") == 21, "all entries were fetched");

        foreach (var (query, count) in (IEnumerable<(string, int)>)
        [
            ("blocks?status=committed", 20), ("blocks?status=seen", 1), ("blocks?status=rejected", 1), ("blocks?status=accepted", 0),
            ("leaders?status=direct-commit", 20), ("leaders?status=indirect-skip", 1), ("leaders?status=direct-skip", 0),
            ("transactions?status=committed", 20), ("transactions?status=received", 1), ("transactions?status=no'such", 0),
        ])
        {
            Assert.Equal((query, count), (query, (await platform.GetAsync("log-api", $"/v1/{query}")).Body.GetProperty("items").GetArrayLength()));
        }
    }

    /// <summary>Writes committed blocks of several launches of a network, by statements that both engines understand.</summary>
    /// <param name="named">Node and id of a row, from <c>round</c> and what <paramref name="times"/> selects.</param>
    private static async Task FillAsync(TestPlatform platform, int deployments, int rounds, string named, string times)
    {
        for (var deployment = 1; deployment <= deployments; deployment++)
        {
            await JsonRows.ReadAsync(platform.Database, "INSERT INTO deployment (created_at, explicit) VALUES (0, FALSE)", null, default);
            await JsonRows.ReadAsync(
                platform.Database,
                $"""
                WITH RECURSIVE past (round) AS (SELECT 1 UNION ALL SELECT round + 1 FROM past WHERE round < {rounds})
                INSERT INTO block_trace (deployment_id, node_name, block_id, trace_started_at, round, authority, status, tx_count)
                SELECT {deployment}, {named}, round, round, 0, 'committed', 1 FROM past CROSS JOIN (SELECT {times}) AS times
                """,
                null, default);
        }
    }

    private static string Id(long round, int author) => TraceNode.Hash($"block{round}/{author}");
}
