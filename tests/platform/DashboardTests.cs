using System.Text.Json;
using Dapper;

namespace Mysticeti.Platform.Tests;

/// <summary>What the dashboard is told, from traces that the test writes.</summary>
public sealed class DashboardTests(PostgresCluster cluster)
{
    [Theory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.Postgres)]
    public async Task Validators_that_differed_once_differ_for_ever_however_long_the_others_went_on(Engine engine)
    {
        const int Fork = 7, Stopped = 40, Long = 3_000;
        using var committee = new TraceNode.Committee(4);
        await using var honest = await TraceNode.StartAsync(0, committee);
        await using var forked = await TraceNode.StartAsync(1, committee);
        await using var third = await TraceNode.StartAsync(2, committee);
        for (var round = 1; round <= Long; round++) honest.AddCommit(round, 0);
        for (var round = 1; round <= Long; round++) third.AddCommit(round, 0);
        for (var round = 1; round < Fork; round++) forked.AddCommit(round, 0);
        await using var platform = await TestPlatform.StartAsync(engine, cluster, TraceNode.Outputs(honest, forked, third));
        await Eventually.HoldsAsync(async () => await platform.CountAsync("SELECT COUNT(*) FROM dag_commit") == (2 * Long) + Fork - 1, "all commits were fetched");
        var safety = await SafetyAsync(platform);
        Assert.True(safety.GetProperty("agreement").GetBoolean());
        Assert.Equal((3, (long)Long), (safety.GetProperty("compared_nodes").GetInt32(), safety.GetProperty("compared_commits").GetInt64()));

        for (var round = Fork; round <= Stopped; round++) forked.AddCommit(round, 1, chain: "other");
        await Eventually.HoldsAsync(async () => await platform.CountAsync("SELECT MAX(commit_index) FROM dag_commit WHERE node_name = 'mysticeti-node1'") == Stopped, "the fork was fetched");
        safety = await SafetyAsync(platform);
        Assert.False(safety.GetProperty("agreement").GetBoolean());
        var conflict = Assert.Single(safety.GetProperty("conflicts").EnumerateArray());
        Assert.Equal(Fork, conflict.GetProperty("commit_index").GetInt64());
        Assert.Equal(["mysticeti-node1"], conflict.GetProperty("digests").GetProperty(TraceNode.Hash($"other{Fork}")).EnumerateArray().Select(node => node.GetString()));
    }

    [Theory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.Postgres)]
    public async Task Validators_that_never_came_up_are_listed_and_links_are_named_by_authority(Engine engine)
    {
        using var committee = new TraceNode.Committee(12);
        await using var missing = await TraceNode.StartAsync(0, committee);
        await using var two = await TraceNode.StartAsync(2, committee);
        await using var ten = await TraceNode.StartAsync(10, committee);
        missing.IsDown = true;
        two.Add("\"kind\":\"peer_up\",\"peer\":10", "\"kind\":\"peer_down\",\"peer\":0");
        ten.Add("\"kind\":\"peer_up\",\"peer\":2");
        await using var platform = await TestPlatform.StartAsync(engine, cluster, TraceNode.Outputs(missing, two, ten));
        await Eventually.HoldsAsync(async () => await platform.CountAsync("SELECT COUNT(*) FROM node_event") == 3, "all entries were fetched");

        var (_, overview) = await platform.GetAsync("dashboard", "/api/dashboard/overview");
        Assert.Equal(
            [("mysticeti-node0", "unknown"), ("mysticeti-node2", "online"), ("mysticeti-node10", "online")],
            overview.GetProperty("nodes").EnumerateArray().Select(node => (node.GetProperty("node_name").GetString()!, node.GetProperty("state").GetString()!)));
        var (_, peers) = await platform.GetAsync("dashboard", "/api/dashboard/peers");
        Assert.Equal([0, 2, 10], peers.GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("authority").GetInt64()));
    }

    [Theory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.Postgres)]
    public async Task Percentiles_of_a_second_are_those_of_its_samples(Engine engine)
    {
        await using var platform = await TestPlatform.StartAsync(engine, cluster);
        var second = Math.Floor(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0) - 5;
        await using (var connection = await platform.Database.OpenAsync(default))
        {
            await connection.ExecuteAsync("INSERT INTO deployment (created_at, deployment_key, explicit) VALUES (1, 'key', FALSE)");
            // 1 to 200 ms, in no order.
            foreach (var i in Enumerable.Range(0, 200).Select(i => (i * 77 % 200) + 1))
            {
                await connection.ExecuteAsync(
                    "INSERT INTO tx_sample (deployment_id, node_name, tx_hash, status, received_at, committed_at) VALUES (1, 'node0', @hash, 'committed', @from, @to)",
                    new { hash = $"{i}", from = second + 0.5 - (i / 1000.0), to = second + 0.5 });
            }
        }

        var (_, series) = await platform.GetAsync("dashboard", "/api/dashboard/series?seconds=60");
        var point = series.GetProperty("points").EnumerateArray().Single(one => one.GetProperty("t").GetDouble().Equals(second));
        Assert.Equal((100, 198), (Math.Round(point.GetProperty("p50_ms").GetDouble()), Math.Round(point.GetProperty("p99_ms").GetDouble())));
    }

    [Theory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.Postgres)]
    public async Task A_suspended_block_is_one_block_and_a_rejected_one_is_shown_as_such(Engine engine)
    {
        using var committee = new TraceNode.Committee(4);
        await using var node = await TraceNode.StartAsync(0, committee);
        node.AddBlock(1);
        node.Add(
            "\"kind\":\"block_suspended\",\"block\":{\"round\":1,\"author\":0}",
            "\"kind\":\"block_rejected\",\"block\":{\"round\":1,\"author\":1},\"peer\":1,\"reason\":\"equivocation\"");
        await using var platform = await TestPlatform.StartAsync(engine, cluster, TraceNode.Outputs(node));
        await Eventually.HoldsAsync(async () => await platform.CountAsync("SELECT COUNT(*) FROM block_trace") == 3, "all entries were fetched");
        var (_, dag) = await platform.GetAsync("dashboard", "/api/dashboard/dag");
        Assert.Equal(
            [(0L, "committed"), (1L, "rejected")],
            dag.GetProperty("blocks").EnumerateArray().Select(block => (block.GetProperty("authority").GetInt64(), block.GetProperty("status").GetString()!)));
        Assert.Equal(1, (await SafetyAsync(platform)).GetProperty("equivocations").GetInt64());
    }

    private static async Task<JsonElement> SafetyAsync(TestPlatform platform) => (await platform.GetAsync("dashboard", "/api/dashboard/overview")).Body.GetProperty("safety");
}
