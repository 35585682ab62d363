using System.Net;
using System.Text.Json;

namespace Mysticeti.Platform.Tests;

public sealed class LogApiTests(PostgresCluster cluster)
{
    // In several parts of the history (BlockKey), some of them far apart.
    private static readonly long[] _rounds = [1, 1_023, 1_024, 1_025, 5_000, 1_000_000_000_000, long.MaxValue];

    [Theory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.Postgres)]
    public async Task A_block_is_found_by_its_id_wherever_it_lies(Engine engine)
    {
        using var committee = new TraceNode.Committee(4);
        await using var node = await TraceNode.StartAsync(0, committee);
        foreach (var round in _rounds) node.AddBlock(round);
        await using var platform = await TestPlatform.StartAsync(engine, cluster, TraceNode.Outputs(node));
        await Eventually.HoldsAsync(async () => await platform.CountAsync("SELECT COUNT(*) FROM dag_commit") == _rounds.Length, "all entries were fetched");
        node.Restart("boot2", "key2");
        foreach (var round in _rounds[3..]) node.AddBlock(round);
        await Eventually.HoldsAsync(async () => await platform.CountAsync("SELECT COUNT(*) FROM dag_commit WHERE deployment_id = 2") == _rounds.Length - 3, "the next launch was fetched");

        foreach (var (round, i) in _rounds.Select((round, i) => (round, i)))
        {
            var id = Id(round, 0);
            var (_, block) = await platform.GetAsync("log-api", $"/v1/blocks/{id}?deployment=1");
            Assert.Equal((id, round), (block.GetProperty("block_id").GetString(), block.GetProperty("round").GetInt64()));
            Assert.Equal(1, Assert.Single(block.GetProperty("traces").EnumerateArray()).GetProperty("deployment_id").GetInt64());
            Assert.Equal(["accepted", "committed", "proposed"], block.GetProperty("checkpoints").EnumerateArray().Select(row => row.GetProperty("checkpoint").GetString()).Order());
            Assert.Equal(i < 3 ? 1 : 2, (await ItemsAsync($"blocks?block={id}")).Count);
            Assert.Equal(i < 3 ? 0 : 1, (await ItemsAsync($"blocks?block={id}&deployment=2&status=committed")).Count);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await platform.GetAsync("log-api", $"/v1/blocks/{Id(2, 0)}")).Status);
        Assert.Empty(await ItemsAsync($"blocks?block={Id(2, 0)}"));

        async Task<List<JsonElement>> ItemsAsync(string query) => [.. (await platform.GetAsync("log-api", $"/v1/{query}")).Body.GetProperty("items").EnumerateArray()];
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
            Assert.Equal((query, count), (query, (await platform.GetAsync("log-api", $"/v1/{query}")).Body.GetProperty("items").GetArrayLength()));
    }

    private static string Id(long round, int author) => TraceNode.Hash($"block{round}/{author}");
}
