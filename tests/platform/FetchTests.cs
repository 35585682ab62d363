using System.Net;
using System.Text.Json;
using Dapper;

namespace Mysticeti.Platform.Tests;

public sealed class FetchTests(PostgresCluster cluster)
{
    internal const string SeedQuery = """
        SELECT bt.block_id, bt.time, txs.value ->> 0 as type, count(*) cnt
        FROM (
          SELECT block_id, max(meta::text)::jsonb meta, to_timestamp(max(time)) time
          FROM (
            SELECT block_id, metadata_json meta, trace_started_at time
            FROM block_trace
            ORDER BY block_trace_id DESC
            LIMIT 2000
          ) AS subquery1
          GROUP BY block_id
        ) bt
        CROSS JOIN jsonb_array_elements(bt.meta -> 'transactions') txs
        WHERE txs.value ->> 0 NOT IN ('coinbase', 'fee_transfer')
        GROUP BY bt.block_id, bt.time, txs.value ->> 0
        ORDER BY bt.time DESC;
        """;

    [Theory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.Postgres)]
    public async Task Traces_become_rows_once_and_restarts_go_on_behind_the_cursor(Engine engine)
    {
        using var committee = new TraceNode.Committee(4);
        await using var node = await TraceNode.StartAsync(0, committee);
        await using var other = await TraceNode.StartAsync(1, committee);
        for (var round = 1; round <= 50; round++) node.AddBlock(round);
        other.Add($"\"kind\":\"block_received\",\"block\":{TraceNode.Block(1, 0)},\"tx_count\":2,\"bytes\":1024,\"peer\":0,\"origin\":\"stream\"");
        other.AddCommit(1, 0);
        await using var platform = await TestPlatform.StartAsync(engine, cluster, TraceNode.Outputs(node, other));
        await SettledAsync(platform, 51, "block_trace");

        Assert.Equal(51, await platform.CountAsync("SELECT COUNT(*) FROM block_trace WHERE status = 'committed' AND total_time >= 0"));
        Assert.Equal(1, await platform.CountAsync("SELECT COUNT(*) FROM block_trace WHERE source = 'peer' AND metadata_json IS NULL"));
        Assert.Equal(51, await platform.CountAsync("SELECT COUNT(*) FROM dag_commit"));
        Assert.Equal(50, await platform.CountAsync("SELECT COUNT(*) FROM tx_sample WHERE status = 'committed' AND received_at <= included_at AND included_at <= committed_at"));
        Assert.Equal(150, await platform.CountAsync("SELECT COUNT(*) FROM block_trace_checkpoint"));

        // All of it once more: nothing may change.
        await using (var connection = await platform.Database.OpenAsync(default)) await connection.ExecuteAsync("DELETE FROM fetch_cursor");
        node.Restart("boot2", "key1");
        for (var round = 1; round <= 60; round++) node.AddBlock(round);
        await SettledAsync(platform, 61, "block_trace");
        Assert.Equal(61, await platform.CountAsync("SELECT COUNT(*) FROM dag_commit"));
        Assert.Equal(1, await platform.CountAsync("SELECT COUNT(*) FROM deployment"));

        // A gap is told, not hidden.
        node.IsDown = true;
        node.Add([.. Enumerable.Repeat("\"kind\":\"peer_up\",\"peer\":1", 5)]);
        node.Drop(60 * 8 + 3);
        node.IsDown = false;
        await Eventually.HoldsAsync(async () => await platform.CountAsync("SELECT COUNT(*) FROM node_event WHERE kind = 'peer_up'") == 2, "the entries behind the gap were fetched");
        Assert.Equal(3, await platform.CountAsync("SELECT SUM(missed) FROM fetch_cursor"));
        if (engine == Engine.Postgres)
        {
            await using var connection = await platform.Database.OpenAsync(default);
            var rows = (await connection.QueryAsync<(string Block, DateTime Time, string Type, long Count)>(SeedQuery)).ToArray();
            Assert.Equal(60, rows.Count(row => row is { Type: "kv", Count: 1 }));
            Assert.Equal(60, rows.Count(row => row is { Type: "opaque", Count: 1 }));
            Assert.Equal(120, rows.Length);
        }

        Assert.Equal("", platform.Problems.ToString());
    }

    [Theory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.Postgres)]
    public async Task Blocks_of_an_idle_network_do_not_bury_those_with_transactions(Engine engine)
    {
        const int Busy = 30, Idle = 2_500;
        using var committee = new TraceNode.Committee(4);
        await using var node = await TraceNode.StartAsync(0, committee);
        for (var round = 1; round <= Busy; round++) node.AddBlock(round);
        for (var round = Busy + 1; round <= Busy + Idle; round++) node.AddEmptyBlock(round);
        var rejected = TraceNode.Block(Busy + Idle + 1, 1);
        node.Add($"\"kind\":\"block_rejected\",\"block\":{rejected},\"peer\":1,\"reason\":\"equivocation\"");
        await using var platform = await TestPlatform.StartAsync(engine, cluster, TraceNode.Outputs(node));
        await Eventually.HoldsAsync(async () => await platform.CountAsync("SELECT COUNT(*) FROM dag_commit") == Busy + Idle, "all entries were fetched");

        Assert.Equal(Busy, await platform.CountAsync("SELECT COUNT(*) FROM block_trace WHERE tx_count > 0"));
        Assert.Equal(1_000, await platform.CountAsync("SELECT COUNT(*) FROM block_trace WHERE tx_count = 0"));
        Assert.Equal(Busy + Idle - 999, await platform.CountAsync("SELECT MIN(round) FROM block_trace WHERE tx_count = 0"));
        Assert.Equal(1, await platform.CountAsync("SELECT COUNT(*) FROM block_trace WHERE status = 'rejected'"));
        var (_, dag) = await platform.GetAsync("dashboard", "/api/dashboard/dag?rounds=12");
        Assert.Equal(12, dag.GetProperty("blocks").GetArrayLength());
        if (engine == Engine.Sqlite) return;
        await using var connection = await platform.Database.OpenAsync(default);
        Assert.Equal(2 * Busy, (await connection.QueryAsync(SeedQuery)).Count());
    }

    [Fact]
    public async Task A_trace_that_cannot_be_read_is_told_of_and_fetched_when_it_can_be()
    {
        using var committee = new TraceNode.Committee(4);
        await using var node = await TraceNode.StartAsync(0, committee);
        await using var other = await TraceNode.StartAsync(1, committee);
        node.AddBlock(1);
        node.Add("\"kind\":\"block_suspended\"");
        other.Add("\"kind\":\"of_a_newer_version\",\"what\":[1]");
        await using var platform = await TestPlatform.StartAsync(Engine.Sqlite, cluster, TraceNode.Outputs(node, other));
        await Eventually.HoldsAsync(async () => (await NodeAsync(0)).GetProperty("problem").GetString() is { } problem && problem.Contains("block_suspended lacks block", StringComparison.Ordinal), "it is told of");
        Assert.Equal(0, (await NodeAsync(0)).GetProperty("last_seq").GetInt64());
        await Eventually.HoldsAsync(async () => (await NodeAsync(1)).GetProperty("last_seq").GetInt64() == 1, "what is not known is passed over");

        node.Restart("boot2", "key1");
        node.AddBlock(1);
        await Eventually.HoldsAsync(async () => (await NodeAsync(0)).GetProperty("problem").ValueKind == JsonValueKind.Null, "it is fetched again");
        await Eventually.HoldsAsync(async () => await platform.CountAsync("SELECT COUNT(*) FROM block_trace WHERE status = 'committed'") == 1, "nothing is doubled");

        async Task<JsonElement> NodeAsync(int index) => (await platform.GetAsync("log-fetcher", "/nodes")).Body.GetProperty("nodes")[index];
    }

    [Fact]
    public async Task A_fetcher_that_is_started_frozen_answers_as_it_did_when_it_was_frozen()
    {
        using var committee = new TraceNode.Committee(4);
        await using var node = await TraceNode.StartAsync(0, committee);
        node.AddBlock(1);
        var database = await cluster.CreateDatabaseAsync();
        JsonElement frozen;
        await using (var before = await StartAsync())
        {
            frozen = (await before.PostAsync("log-fetcher", "/freeze")).Body.GetProperty("nodes")[0];
            Assert.True(frozen.GetProperty("last_seq").GetInt64() > 0);
        }

        await using var after = await StartAsync();
        await Eventually.HoldsAsync(
            async () => (await after.PostAsync("log-fetcher", "/freeze")).Body.GetProperty("nodes") is var nodes && nodes.GetArrayLength() == 1 && nodes[0].ToString() == frozen.ToString(),
            "the answer is the same");

        Task<TestPlatform> StartAsync() => TestPlatform.StartAsync(Engine.Sqlite, cluster, TraceNode.Outputs(node), settings => settings with { Postgres = database });
    }

    [Theory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.Postgres)]
    public async Task Freezing_drains_and_stops_and_a_redeployed_network_gets_the_number_that_was_announced(Engine engine)
    {
        using var committee = new TraceNode.Committee(4);
        await using var node = await TraceNode.StartAsync(0, committee);
        await using var dead = await TraceNode.StartAsync(1, committee);
        dead.IsDown = true;
        node.AddBlock(1);
        await using var platform = await TestPlatform.StartAsync(engine, cluster, TraceNode.Outputs(node, dead));
        await Eventually.HoldsAsync(async () => await platform.CountAsync("SELECT COUNT(*) FROM deployment") == 1, "the launch was seen");
        var (status, created) = await platform.PostAsync("experiments-api", "/api/deployments", """{"data":{"commit":"one"}}""");
        Assert.Equal((HttpStatusCode.Created, 1L), (status, created.GetProperty("deployment_id").GetInt64()));

        node.AddBlock(2);
        var (_, frozen) = await platform.GetAsync("log-fetcher", "/freeze");
        Assert.Equal("frozen", frozen.GetProperty("state").GetString());
        Assert.Equal(16, frozen.GetProperty("nodes")[0].GetProperty("last_seq").GetInt64());
        Assert.Equal(2, await platform.CountAsync("SELECT COUNT(*) FROM dag_commit"));
        Assert.Equal(frozen.GetProperty("nodes")[0].ToString(), (await platform.PostAsync("log-fetcher", "/freeze")).Body.GetProperty("nodes")[0].ToString());

        // Unfinished: nobody will ever commit it.
        node.Restart("boot2", "key2");
        node.AddBlock(1);
        await Eventually.HoldsAsync(async () => await platform.CountAsync("SELECT COUNT(*) FROM deployment") == 2, "the new launch was seen");
        (_, created) = await platform.PostAsync("experiments-api", "/api/deployments", """{"data":{"commit":"two"}}""");
        Assert.Equal(2, created.GetProperty("deployment_id").GetInt64());
        Assert.Equal(2, await platform.CountAsync("SELECT COUNT(*) FROM dag_commit"));

        Assert.Equal("running", (await platform.GetAsync("log-fetcher", "/unfreeze")).Body.GetProperty("state").GetString());
        await Eventually.HoldsAsync(async () => await platform.CountAsync("SELECT COUNT(*) FROM dag_commit WHERE deployment_id = 2") == 1, "fetching went on");
        var (_, next) = await platform.PostAsync("experiments-api", "/api/deployments", """{"data":{"commit":"three"}}""");
        node.Restart("boot3", "key3");
        node.AddBlock(1);
        await Eventually.HoldsAsync(async () => await platform.CountAsync($"SELECT COUNT(*) FROM dag_commit WHERE deployment_id = {next.GetProperty("deployment_id")}") == 1, "the launch to come got the announced number");
        Assert.Equal(3, next.GetProperty("deployment_id").GetInt64());
    }

    [Theory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.Postgres)]
    public async Task Cleaning_up_takes_unfinished_traces_of_earlier_deployments_only(Engine engine)
    {
        using var committee = new TraceNode.Committee(4);
        await using var node = await TraceNode.StartAsync(0, committee);
        await using var platform = await TestPlatform.StartAsync(engine, cluster, TraceNode.Outputs(node));
        foreach (var key in (string[])["key1", "key2"])
        {
            node.Restart($"boot-{key}", key);
            node.AddBlock(1);
            node.Add($"\"kind\":\"block_proposed\",\"block\":{TraceNode.Block(2, 0)},\"tx_count\":0,\"bytes\":0");
            await Eventually.HoldsAsync(async () => await platform.CountAsync($"SELECT COUNT(*) FROM block_trace WHERE deployment_id = (SELECT deployment_id FROM deployment WHERE deployment_key = '{key}')") == 2, "both blocks were fetched");
        }

        var (status, dry) = await platform.PostAsync("experiments-api", "/api/tracing/cleanup?dry_run=true");
        Assert.Equal((HttpStatusCode.Created, 1L), (status, dry.GetProperty("deleted").GetProperty("block_trace").GetInt64()));
        Assert.Equal(4, await platform.CountAsync("SELECT COUNT(*) FROM block_trace"));
        var (_, done) = await platform.PostAsync("experiments-api", "/api/tracing/cleanup");
        Assert.Equal("Historical data cleaned up", done.GetProperty("message").GetString());
        Assert.Equal(1, await platform.CountAsync("SELECT COUNT(*) FROM block_trace WHERE deployment_id = 1"));
        Assert.Equal(2, await platform.CountAsync("SELECT COUNT(*) FROM block_trace WHERE deployment_id = 2"));
    }

    [Fact]
    public async Task A_database_that_crashes_in_the_midst_costs_nothing_and_doubles_nothing()
    {
        // Of its own: other tests go on meanwhile.
        await using var mortal = new PostgresCluster();
        using var committee = new TraceNode.Committee(4);
        await using var node = await TraceNode.StartAsync(0, committee);
        await using var platform = await TestPlatform.StartAsync(Engine.Postgres, mortal, TraceNode.Outputs(node));
        Assert.SkipUnless(mortal.IsOurs, "the server is not ours to kill");
        using var writing = new CancellationTokenSource();
        var written = 0;
        var writer = Task.Run(async () =>
        {
            while (!writing.IsCancellationRequested)
            {
                node.AddBlock(++written);
                await Task.Delay(1);
            }
        });
        await Eventually.HoldsAsync(async () => await platform.CountAsync("SELECT COUNT(*) FROM dag_commit") > 50, "entries were being fetched");
        mortal.Crash(TimeSpan.FromMilliseconds(300));
        Assert.Equal(HttpStatusCode.OK, (await platform.GetAsync("log-fetcher", "/nodes")).Status);
        await writing.CancelAsync();
        await writer;
        node.AddBlock(++written);
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    return await platform.CountAsync("SELECT COUNT(*) FROM dag_commit") >= written;
                }
                catch (System.Data.Common.DbException)
                {
                    // A pooled connection to the server that was killed.
                    return false;
                }
            },
            "all entries were fetched");
        Assert.Equal(written, await platform.CountAsync("SELECT COUNT(*) FROM dag_commit"));
        Assert.Equal(written, await platform.CountAsync("SELECT COUNT(*) FROM tx_sample WHERE status = 'committed'"));
        Assert.Equal(0, await platform.CountAsync("SELECT SUM(missed) FROM fetch_cursor"));
    }

    private static Task SettledAsync(TestPlatform platform, long rows, string table) =>
        Eventually.HoldsAsync(async () => await platform.CountAsync($"SELECT COUNT(*) FROM {table}") == rows, $"{table} had {rows} rows");
}
