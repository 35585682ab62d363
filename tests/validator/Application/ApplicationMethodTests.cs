using System.Net;
using System.Text;
using System.Text.Json;
using Mysticeti.Protocol;
using Mysticeti.Validator.Application;
using Mysticeti.Validator.Tests.Rpc;

namespace Mysticeti.Validator.Tests.Application;

public sealed class ApplicationMethodTests
{
    [Fact]
    public async Task Abci_info_tells_height_hash_and_size()
    {
        await using var rpc = await RpcFixture.StartAsync();
        Assert.Equal("0", (await rpc.CallAsync("abci_info")).GetProperty("response").GetProperty("last_block_height").GetString());
        var commit = rpc.Node.Commit("k=v", "l=w", "opaque");
        var info = await rpc.CallAsync("abci_info");
        Shape.Matches("""{"response":{"data":"","version":"","app_version":"","last_block_height":"","last_block_app_hash":""}}""", info);
        var response = info.GetProperty("response");
        Assert.Equal("""{"size":2}""", response.GetProperty("data").GetString());
        Assert.Equal("1", response.GetProperty("last_block_height").GetString());
        Assert.Equal(commit.AppHash.ToArray(), response.GetProperty("last_block_app_hash").GetBytesFromBase64());
    }

    [Theory]
    [InlineData("""{"data":"6b"}""")]
    [InlineData("""{"path":"","data":"6B","height":"0","prove":false}""")]
    [InlineData("""{"path":"/store","data":"6B","height":"2"}""")]
    [InlineData("""{"path":"/key","data":"0x6b","height":2,"prove":true}""")]
    [InlineData("""["/key","6b",null,false]""")]
    public async Task A_key_that_is_there_is_found_in_the_shape_of_cometbft(string parameters)
    {
        await using var rpc = await RpcFixture.StartAsync();
        rpc.Node.Commit("k=v");
        rpc.Node.Commit("x");
        Assert.Equal(
            """{"response":{"code":0,"log":"exists","info":"","index":"0","key":"aw==","value":"dg==","proofOps":null,"height":"2","codespace":""}}""",
            (await rpc.CallAsync("abci_query", parameters)).GetRawText());
    }

    [Theory]
    [InlineData("data=%22k%22")]
    [InlineData("data=0x6b")]
    [InlineData("path=%22/key%22&data=%22k%22&height=1&prove=false")]
    public async Task A_uri_call_asks_by_text_or_hexadecimal(string query)
    {
        await using var rpc = await RpcFixture.StartAsync();
        rpc.Node.Commit("k=v");
        var (status, json) = await rpc.GetAsync($"/abci_query?{query}");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("dg==", json.GetProperty("result").GetProperty("response").GetProperty("value").GetString());
    }

    [Theory]
    [InlineData("""{"data":"6c"}""", "\"bA==\"")]
    [InlineData("""{"data":""}""", "null")]
    [InlineData("{}", "null")]
    public async Task A_key_that_is_missing_has_no_value_and_no_error(string parameters, string key)
    {
        await using var rpc = await RpcFixture.StartAsync();
        rpc.Node.Commit("k=v");
        Assert.Equal(
            $$$"""{"response":{"code":0,"log":"does not exist","info":"","index":"0","key":{{{key}}},"value":null,"proofOps":null,"height":"1","codespace":""}}""",
            (await rpc.CallAsync("abci_query", parameters)).GetRawText());
    }

    [Theory]
    [InlineData("""{"path":"/val","data":"6b"}""", QueryCodes.UnknownPath)]
    [InlineData("""{"path":"key","data":"6b"}""", QueryCodes.UnknownPath)]
    [InlineData("""{"data":"6b","height":"1"}""", QueryCodes.HeightUnavailable)]
    [InlineData("""{"data":"6b","height":"9223372036854775807"}""", QueryCodes.HeightUnavailable)]
    public async Task What_the_application_cannot_answer_has_a_code(string parameters, uint code)
    {
        await using var rpc = await RpcFixture.StartAsync();
        rpc.Node.Commit("k=v");
        rpc.Node.Commit("k=w");
        var response = (await rpc.CallAsync("abci_query", parameters)).GetProperty("response");
        Assert.Equal(code, response.GetProperty("code").GetUInt32());
        Assert.Equal(JsonValueKind.Null, response.GetProperty("value").ValueKind);
        Assert.Equal("application", response.GetProperty("codespace").GetString());
    }

    [Theory]
    [InlineData("""{"data":"6"}""", -32602)]
    [InlineData("""{"data":"kk"}""", -32602)]
    [InlineData("""{"data":107}""", -32602)]
    [InlineData("""{"data":"\ud800"}""", -32602)]
    [InlineData("""{"path":7,"data":"6b"}""", -32602)]
    [InlineData("""{"prove":"yes"}""", -32602)]
    [InlineData("""{"height":"x"}""", -32602)]
    [InlineData("""{"height":"99999999999999999999"}""", -32602)]
    [InlineData("""["6b"]""", -32602)]
    [InlineData("""{"height":"-1"}""", -32603)]
    public async Task A_hostile_query_gets_an_error_and_disturbs_nobody(string parameters, int code)
    {
        await using var rpc = await RpcFixture.StartAsync();
        Assert.Equal(code, (await rpc.FailAsync("abci_query", parameters)).GetProperty("code").GetInt32());
        await rpc.AssertHealthyAsync();
    }

    [Fact]
    public async Task Huge_keys_and_paths_are_no_trouble()
    {
        await using var rpc = await RpcFixture.StartAsync();
        var response = (await rpc.CallAsync("abci_query", $$"""{"data":"{{new string('a', 1_000_000)}}"}""")).GetProperty("response");
        Assert.Equal("does not exist", response.GetProperty("log").GetString());
        Assert.Equal(-32603, (await rpc.FailAsync("abci_query", $$"""{"path":"{{new string('/', 1_000_000)}}"}""")).GetProperty("code").GetInt32());
        Assert.Equal(HttpStatusCode.InternalServerError, (await rpc.GetAsync("/abci_query?data=0xzz")).Status);
        Assert.Equal(HttpStatusCode.InternalServerError, (await rpc.GetAsync("/abci_query?data=k")).Status);
        await rpc.AssertHealthyAsync();
    }

    [Fact]
    public async Task A_put_that_the_store_refused_says_so_in_its_result()
    {
        await using var rpc = await RpcFixture.StartAsync();
        var put = Encoding.UTF8.GetBytes($"k={new string('v', (int)KeyValueStore.MaxBytes)}");
        var commit = rpc.Node.Commit(put, [1], [1]);
        Assert.Equal([2u, 0u, 1u], commit.Transactions.Select(transaction => transaction.ResultCode));
        var results = (await rpc.CallAsync("block_results")).GetProperty("txs_results").EnumerateArray().ToList();
        Assert.Equal([2, 0, 1], results.Select(result => result.GetProperty("code").GetInt32()));
        Assert.Equal("the store is full: not stored", results[0].GetProperty("log").GetString());
        Assert.Equal(["application", "", "mysticeti"], results.Select(result => result.GetProperty("codespace").GetString()));
    }

    [Theory]
    [InlineData("broadcast_tx_sync")]
    [InlineData("broadcast_tx_async")]
    public async Task A_transaction_that_the_application_refuses_at_once_is_a_result_with_a_code(string method)
    {
        await using var rpc = await RpcFixture.StartAsync();
        (rpc.Node.Answer, rpc.Node.AnswerCode) = ((SubmitOutcome.Refused, "no \"thanks\""), 7);
        var answer = await rpc.CallAsync(method, """{"tx":"YWJj"}""");
        Shape.Matches("""{"code":0,"data":"","log":"","codespace":"","hash":""}""", answer);
        Assert.Equal((7, "no \"thanks\""), (answer.GetProperty("code").GetInt32(), answer.GetProperty("log").GetString()));
        Assert.Equal(answer.GetRawText(), (await rpc.GetAsync($"/{method}?tx=0x616263")).Json.GetProperty("result").GetRawText());
    }

    [Fact]
    public async Task Broadcast_tx_commit_shows_what_the_application_said()
    {
        await using var rpc = await RpcFixture.StartAsync();
        (rpc.Node.Answer, rpc.Node.AnswerCode) = ((SubmitOutcome.Refused, "no"), 7);
        var refused = await rpc.CallAsync("broadcast_tx_commit", """{"tx":"YWJj"}""");
        Assert.Equal("0", refused.GetProperty("height").GetString());
        Assert.Equal(7, refused.GetProperty("check_tx").GetProperty("code").GetInt32());

        (rpc.Node.Answer, rpc.Node.AnswerCode, rpc.Node.CommitsAtOnce) = ((SubmitOutcome.Accepted, null), 0, true);
        rpc.Node.Commit([.. Enumerable.Range(0, KeyValueStore.MaxEntries).Select(i => $"{i}=v")]);
        var full = await rpc.CallAsync("broadcast_tx_commit", """{"tx":"YT1i"}""");
        Assert.Equal("2", full.GetProperty("height").GetString());
        Assert.Equal(0, full.GetProperty("check_tx").GetProperty("code").GetInt32());
        Assert.Equal(2, full.GetProperty("tx_result").GetProperty("code").GetInt32());
    }
}
