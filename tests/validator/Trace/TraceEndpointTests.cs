using System.Net;
using System.Text.Json;
using Mysticeti.Consensus;
using Mysticeti.Consensus.Core;
using Mysticeti.Protocol.Trace;
using Mysticeti.Validator.Application;
using Mysticeti.Validator.Rpc;
using Mysticeti.Validator.Tests.Rpc;

namespace Mysticeti.Validator.Tests.Trace;

public sealed class TraceEndpointTests
{
    private readonly TraceLog _log = new(16, new FixedTime());
    private readonly Digest _digest = Digest.Of("x"u8);

    [Fact]
    public async Task The_answer_names_node_boot_and_deployment_and_tells_what_was_dropped()
    {
        await using var rpc = await RpcFixture.StartAsync(new RpcOptions { Trace = _log });
        for (var round = 1; round <= 20; round++) _log.Add(new TraceEntry { Kind = TraceKind.RoundAdvanced, Number = round });
        var (status, json) = await rpc.GetAsync("/v1/trace?after=17&limit=2");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(
            """{"node":"node1","authority":1,"boot_id":"boot-1","deployment_id":"deployment-7","oldest_seq":5,"next_seq":21,"dropped":4,"entries":[{"seq":18,"ts_ns":1700000000000000100,"kind":"round_advanced","round":18},{"seq":19,"ts_ns":1700000000000000100,"kind":"round_advanced","round":19}]}""",
            json.GetRawText());
        Assert.Equal(16, (await rpc.GetAsync("/v1/trace")).Json.GetProperty("entries").GetArrayLength());
        Assert.Equal(0, (await rpc.GetAsync("/v1/trace?after=20")).Json.GetProperty("entries").GetArrayLength());
    }

    [Fact]
    public async Task Kinds_choose_entries_and_the_limit_counts_those()
    {
        await using var rpc = await RpcFixture.StartAsync(new RpcOptions { Trace = _log });
        for (var round = 1; round <= 4; round++)
        {
            _log.Add(new TraceEntry { Kind = TraceKind.RoundAdvanced, Number = round });
            _log.Add(new TraceEntry { Kind = TraceKind.PeerUp, Peer = round });
            _log.Add(new TraceEntry { Kind = TraceKind.LeaderTimeout, Number = round });
        }

        Assert.Equal(new long[] { 2, 3, 5 }, await SeqsAsync("kinds=peer_up,leader_timeout&limit=3"));
        Assert.Equal(new long[] { 8, 11 }, await SeqsAsync("kinds=peer_up&after=5"));
        Assert.Empty(await SeqsAsync("kinds=node_started"));

        async Task<long[]> SeqsAsync(string query) =>
            [.. (await rpc.GetAsync($"/v1/trace?{query}")).Json.GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("seq").GetInt64())];
    }

    [Theory]
    [InlineData("after=-1")]
    [InlineData("after=x")]
    [InlineData("after=")]
    [InlineData("after=99999999999999999999")]
    [InlineData("limit=0")]
    [InlineData("limit=10001")]
    [InlineData("limit=1.5")]
    [InlineData("kinds=tx_received,unknown")]
    [InlineData("kinds=,")]
    public async Task Bad_parameters_are_refused(string query)
    {
        await using var rpc = await RpcFixture.StartAsync(new RpcOptions { Trace = _log });
        using var response = await rpc.Http.GetAsync($"/v1/trace?{query}");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        await rpc.AssertHealthyAsync();
    }

    [Fact]
    public async Task Where_tracing_is_off_the_answer_says_how_to_turn_it_on()
    {
        await using var rpc = await RpcFixture.StartAsync();
        var (status, json) = await rpc.GetAsync("/v1/trace");
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Contains("parameters file", json.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Every_kind_is_written_with_its_fields()
    {
        using var network = new TestNetwork();
        var block = network.Blocks(1, "abc").First();
        var trace = new NodeTrace(_log, new TransactionSampler(1), new KeyValueApplication());
        trace.Started("1.2.3");
        trace.TransactionReceived(_digest, 100);
        trace.Handling(block);
        trace.Noticed(CoreNotice.Suspended, 0, 1);
        trace.Accepted(block, BlockOrigin.Own);
        trace.Accepted(block, BlockOrigin.Stream);
        trace.Decided(new LeaderDecision(5, 0, 1, LeaderStatus.IndirectSkip, null));
        trace.Decided(new LeaderDecision(1, 0, 0, LeaderStatus.DirectCommit, block));
        trace.TransactionCommitted(_digest, 7, duplicate: true);
        trace.Committed(7, block.Reference, [block.Reference], 1, 9, _digest);
        trace.SyncRequested(2, 3);
        trace.PeerChanged(2, up: false);
        trace.Noticed(CoreNotice.LeaderTimeout, 0, 9);
        trace.Rejected(null, 3, "no block");
        trace.Stopped();
        await using var rpc = await RpcFixture.StartAsync(new RpcOptions { Trace = _log });
        var (_, json) = await rpc.GetAsync("/v1/trace");
        var reference = $$"""{"round":1,"author":0,"digest":"{{block.Digest}}"}""";
        const string types = """
            "types":{"opaque":1}
            """;
        var content = $"\"tx_count\":1,\"bytes\":{block.TransactionBytes}";
        Assert.Equal(
            [
                """{"kind":"node_started","version":"1.2.3"}""",
                $$"""{"kind":"tx_received","tx":"{{_digest}}","bytes":100}""",
                $$"""{"kind":"block_suspended","block":{{reference}}}""",
                $$"""{"kind":"block_proposed","block":{{reference}},{{content}}}""",
                $$"""{"kind":"tx_included","tx":"{{block.TransactionHashes[0]}}","type":"opaque","block":{{reference}}}""",
                $$"""{"kind":"block_accepted","block":{{reference}},{{content}},{{types}},"origin":"own"}""",
                $$"""{"kind":"block_accepted","block":{{reference}},{{content}},"origin":"stream"}""",
                """{"kind":"leader_decided","round":5,"offset":0,"authority":1,"status":"indirect-skip"}""",
                $$"""{"kind":"leader_decided","round":1,"offset":0,"authority":0,"status":"direct-commit","block":{{reference}}}""",
                $$"""{"kind":"tx_committed","tx":"{{_digest}}","commit_index":7,"duplicate":true}""",
                $$"""{"kind":"subdag_committed","commit_index":7,"anchor":{{reference}},"blocks":[{{reference}}],"tx_count":1,"bytes":9,"chain_digest":"{{_digest}}"}""",
                """{"kind":"sync_request","peer":2,"blocks":3}""",
                """{"kind":"peer_down","peer":2}""",
                """{"kind":"leader_timeout","round":9}""",
                """{"kind":"block_rejected","peer":3,"reason":"no block"}""",
                """{"kind":"node_stopped"}""",
            ],
            json.GetProperty("entries").EnumerateArray().Select(WithoutSeqAndTime));
    }

    [Fact]
    public void An_equivocating_block_is_rejected_unless_it_is_accepted_after_all()
    {
        using var network = new TestNetwork();
        var block = network.Blocks(1).First();
        var trace = new NodeTrace(_log, new TransactionSampler(0), new KeyValueApplication());
        trace.Handling(block);
        trace.Noticed(CoreNotice.Equivocation, 0, 1);
        trace.Accepted(block, BlockOrigin.Fetched);
        trace.Handling(block);
        trace.Noticed(CoreNotice.Equivocation, 0, 1);
        trace.FlushEquivocation();
        trace.FlushEquivocation();
        var entries = new List<TraceEntry>();
        _log.Read(0, 10, entries);
        Assert.Equal([TraceKind.BlockAccepted, TraceKind.BlockRejected], entries.Select(entry => entry.Kind));
        Assert.Equal((block.Reference, "equivocation"), (entries[1].Block, entries[1].Text));
    }

    private static string WithoutSeqAndTime(JsonElement entry)
    {
        var members = entry.EnumerateObject().Where(member => member.Name is not ("seq" or "ts_ns")).Select(member => $"\"{member.Name}\":{member.Value.GetRawText()}");
        return $"{{{string.Join(',', members)}}}";
    }

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddSeconds(1_700_000_000).AddTicks(1);
    }
}
