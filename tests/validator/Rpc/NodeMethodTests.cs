using System.Net;
using Mysticeti.Consensus;

namespace Mysticeti.Validator.Tests.Rpc;

public sealed class NodeMethodTests
{
    [Fact]
    public async Task Health_answers_by_post_and_by_uri()
    {
        await using var rpc = await RpcFixture.StartAsync();
        Assert.Equal("{}", (await rpc.CallAsync("health")).GetRawText());
        await rpc.AssertHealthyAsync();
    }

    [Fact]
    public async Task Status_has_the_shape_of_cometbft_and_our_own_object()
    {
        await using var rpc = await RpcFixture.StartAsync();
        for (var i = 0; i < 3; i++) rpc.Node.Commit($"tx {i}");
        var (code, answer) = await rpc.GetAsync("/status");
        Assert.Equal(HttpStatusCode.OK, code);
        var status = answer.GetProperty("result");
        Assert.Equal(status.GetRawText(), (await rpc.CallAsync("status")).GetRawText());

        Shape.Matches(
            """
            {"node_info":{"protocol_version":{"p2p":"","block":"","app":""},"id":"","listen_addr":"","network":"","version":"","channels":"","moniker":"",
              "other":{"tx_index":"","rpc_address":""}},
             "sync_info":{"latest_block_hash":"","latest_app_hash":"","latest_block_height":"","latest_block_time":"",
              "earliest_block_hash":"","earliest_app_hash":"","earliest_block_height":"","earliest_block_time":"","catching_up":true},
             "validator_info":{"address":"","pub_key":{"type":"","value":""},"voting_power":""},
             "mysticeti":{"authority_index":"","round":"","proposed_round":"","commit_index":"","chain_digest":"","boot_id":"","started_at":"","deployment_key":"","ready":true}}
            """,
            status);
        var node = status.GetProperty("node_info");
        Assert.Equal("test-chain", node.GetProperty("network").GetString());
        Assert.Equal("node1", node.GetProperty("moniker").GetString());
        Assert.Equal("on", node.GetProperty("other").GetProperty("tx_index").GetString());
        Assert.Equal($"tcp://127.0.0.1:{rpc.Server.Url.Port}", node.GetProperty("other").GetProperty("rpc_address").GetString());

        var sync = status.GetProperty("sync_info");
        Assert.Equal(Convert.ToHexString(FakeNode.ChainDigest(3).ToArray()), sync.GetProperty("latest_block_hash").GetString());
        Assert.Equal(Convert.ToHexString(rpc.Node.Application.Info.Hash.ToArray()), sync.GetProperty("latest_app_hash").GetString());
        Assert.Equal("3", sync.GetProperty("latest_block_height").GetString());
        Assert.Equal("2023-11-14T22:13:20.123456792Z", sync.GetProperty("latest_block_time").GetString());
        Assert.Equal("1", sync.GetProperty("earliest_block_height").GetString());
        Assert.False(sync.GetProperty("catching_up").GetBoolean());

        var key = Convert.FromHexString(rpc.Node.Genesis.Authorities[1].PublicKey);
        var validator = status.GetProperty("validator_info");
        Assert.Equal(Convert.ToHexString(Digest.Of(key).ToArray()[..20]), validator.GetProperty("address").GetString());
        Assert.Equal("tendermint/PubKeyEd25519", validator.GetProperty("pub_key").GetProperty("type").GetString());
        Assert.Equal(key, validator.GetProperty("pub_key").GetProperty("value").GetBytesFromBase64());
        Assert.Equal("1", validator.GetProperty("voting_power").GetString());

        var own = status.GetProperty("mysticeti");
        Assert.Equal("42", own.GetProperty("round").GetString());
        Assert.Equal("3", own.GetProperty("commit_index").GetString());
        Assert.Equal(FakeNode.ChainDigest(3).ToString(), own.GetProperty("chain_digest").GetString());
        Assert.Equal("deployment-7", own.GetProperty("deployment_key").GetString());
    }

    [Fact]
    public async Task Status_before_the_first_commit_is_at_height_0()
    {
        await using var rpc = await RpcFixture.StartAsync();
        var status = await rpc.CallAsync("status");
        var sync = status.GetProperty("sync_info");
        Assert.Equal("", sync.GetProperty("latest_block_hash").GetString());
        Assert.Equal("0", sync.GetProperty("latest_block_height").GetString());
        Assert.Equal("1970-01-01T00:00:00Z", sync.GetProperty("latest_block_time").GetString());
        Assert.Equal(rpc.Node.Genesis.Hash.ToString(), status.GetProperty("mysticeti").GetProperty("chain_digest").GetString());
    }

    [Fact]
    public async Task Net_info_lists_the_connected_peers()
    {
        await using var rpc = await RpcFixture.StartAsync();
        var info = await rpc.CallAsync("net_info");
        Assert.True(info.GetProperty("listening").GetBoolean());
        Assert.Equal("2", info.GetProperty("n_peers").GetString());
        var peers = info.GetProperty("peers").EnumerateArray().ToList();
        Assert.Equal(["node0", "node2"], peers.Select(peer => peer.GetProperty("node_info").GetProperty("moniker").GetString()));
        Shape.Matches(
            """
            {"node_info":{"protocol_version":{"p2p":"","block":"","app":""},"id":"","listen_addr":"","network":"","version":"","channels":"","moniker":"",
              "other":{"tx_index":"","rpc_address":""}},
             "is_outbound":true,
             "connection_status":{"Duration":"",
              "SendMonitor":{"Start":"","Bytes":"","Samples":"","InstRate":"","CurRate":"","AvgRate":"","PeakRate":"","BytesRem":"","Duration":"","Idle":"","TimeRem":"","Progress":0,"Active":true},
              "RecvMonitor":{"Start":"","Bytes":"","Samples":"","InstRate":"","CurRate":"","AvgRate":"","PeakRate":"","BytesRem":"","Duration":"","Idle":"","TimeRem":"","Progress":0,"Active":true},
              "Channels":[]},
             "remote_ip":"","mysticeti":{"authority_index":"","blocks_received":"","round_trip_ms":0}}
            """,
            peers[0]);
        Assert.Equal("1000", peers[0].GetProperty("connection_status").GetProperty("SendMonitor").GetProperty("Bytes").GetString());
        Assert.Equal("127.0.0.1", peers[0].GetProperty("remote_ip").GetString());
    }

    [Fact]
    public async Task Genesis_names_the_committee()
    {
        await using var rpc = await RpcFixture.StartAsync();
        var genesis = (await rpc.CallAsync("genesis")).GetProperty("genesis");
        Shape.Matches(
            """
            {"genesis_time":"","chain_id":"","initial_height":"","consensus_params":{"block":{"max_bytes":"","max_gas":""},
              "evidence":{"max_age_num_blocks":"","max_age_duration":"","max_bytes":""},"validator":{"pub_key_types":[""]},"version":{"app":""},
              "abci":{"vote_extensions_enable_height":""}},
             "validators":[{"address":"","pub_key":{"type":"","value":""},"power":"","name":""}],"app_hash":""}
            """,
            genesis);
        Assert.Equal("2025-01-02T03:04:05Z", genesis.GetProperty("genesis_time").GetString());
        Assert.Equal(4, genesis.GetProperty("validators").GetArrayLength());
    }

    [Theory]
    [InlineData("{}", 4, "1")]
    [InlineData("""{"height":"1","page":"2","per_page":"3"}""", 1, "1")]
    [InlineData("""["1",null,2]""", 2, "1")]
    public async Task Validators_are_paged(string parameters, int count, string height)
    {
        await using var rpc = await RpcFixture.StartAsync();
        var validators = await rpc.CallAsync("validators", parameters);
        Shape.Matches(
            """{"block_height":"","validators":[{"address":"","pub_key":{"type":"","value":""},"voting_power":"","proposer_priority":""}],"count":"","total":""}""",
            validators);
        Assert.Equal(height, validators.GetProperty("block_height").GetString());
        Assert.Equal(count, validators.GetProperty("validators").GetArrayLength());
        Assert.Equal("4", validators.GetProperty("total").GetString());
    }

    [Theory]
    [InlineData("""{"page":"9"}""", "page should be within [1, 1] range, given 9")]
    [InlineData("""{"height":"0"}""", "height must be greater than 0, but got 0")]
    [InlineData("""{"height":"7"}""", "height 7 must be less than or equal to the current blockchain height 1")]
    public async Task Validators_outside_of_what_there_is_are_an_error(string parameters, string data)
    {
        await using var rpc = await RpcFixture.StartAsync();
        var error = await rpc.FailAsync("validators", parameters);
        Assert.Equal(-32603, error.GetProperty("code").GetInt32());
        Assert.Equal(data, error.GetProperty("data").GetString());
    }

    [Fact]
    public async Task Num_unconfirmed_txs_has_its_shape()
    {
        await using var rpc = await RpcFixture.StartAsync();
        Assert.Equal("""{"n_txs":"3","total":"3","total_bytes":"300","txs":null}""", (await rpc.CallAsync("num_unconfirmed_txs")).GetRawText());
    }

    [Fact]
    public async Task Ready_follows_the_validator()
    {
        await using var rpc = await RpcFixture.StartAsync();
        rpc.Node.Status = rpc.Node.Status with { Ready = false };
        var (status, json) = await rpc.GetAsync("/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.False(json.GetProperty("ready").GetBoolean());

        rpc.Node.Status = rpc.Node.Status with { Ready = true };
        (status, json) = await rpc.GetAsync("/ready");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.True(json.GetProperty("ready").GetBoolean());
        Assert.Equal(2, json.GetProperty("connected_peers").GetInt32());
    }
}
