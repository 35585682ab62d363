using System.Net;
using System.Text;
using System.Text.Json;
using Mysticeti.Consensus;
using Mysticeti.Protocol;

namespace Mysticeti.Validator.Tests.Rpc;

public sealed class BroadcastTests
{
    private const string HashOfAbc = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";

    [Theory]
    [InlineData("broadcast_tx_async", """{"tx":"YWJj"}""")]
    [InlineData("broadcast_tx_sync", """{"tx":"YWJj"}""")]
    [InlineData("broadcast_tx_sync", """["YWJj"]""")]
    [InlineData("broadcast_tx_sync", """{"other":[{"tx":1}],"tx":"YWJj"}""")]
    [InlineData("broadcast_tx_sync", """{"tx":"\u0059WJj"}""")]
    public async Task An_accepted_transaction_is_answered_in_the_shape_of_cometbft(string method, string parameters)
    {
        await using var rpc = await RpcFixture.StartAsync();
        var (status, text) = await rpc.PostAsync($$"""{"jsonrpc":"2.0","id":7,"method":"{{method}}","params":{{parameters}}}""");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal($$$"""{"jsonrpc":"2.0","id":7,"result":{"code":0,"data":"","log":"","codespace":"","hash":"{{{HashOfAbc}}}"}}""", text);
        Assert.Equal("abc"u8.ToArray(), Assert.Single(rpc.Node.Submitted));
    }

    [Theory]
    [InlineData("tx=\"abc\"", "616263")]
    [InlineData("tx=%22a%2Bc%22", "612B63")]
    [InlineData("tx=0x616263", "616263")]
    [InlineData("tx=0X61FF", "61FF")]
    public async Task A_uri_call_takes_quoted_text_and_hexadecimal(string query, string expected)
    {
        await using var rpc = await RpcFixture.StartAsync();
        var (status, json) = await rpc.GetAsync($"/broadcast_tx_sync?{query}");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(-1, json.GetProperty("id").GetInt32());
        var bytes = Assert.Single(rpc.Node.Submitted);
        Assert.Equal(expected, Convert.ToHexString(bytes));
        Assert.Equal(Convert.ToHexString(Digest.Of(bytes).ToArray()), json.GetProperty("result").GetProperty("hash").GetString());
    }

    [Fact]
    public async Task A_uri_call_with_unescaped_quotes_arrives()
    {
        await using var rpc = await RpcFixture.StartAsync();
        var answer = await rpc.SendRawAsync("GET /broadcast_tx_async?tx=\"k=v\" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"u8.ToArray(), finish: false);
        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Equal("k=v"u8.ToArray(), Assert.Single(rpc.Node.Submitted));
    }

    [Theory]
    [InlineData(SubmitOutcome.Duplicate, null, -32603, "tx already exists in cache")]
    [InlineData(SubmitOutcome.TooLarge, null, -32603, "Tx too large. Max size is 1048576, but got 3")]
    [InlineData(SubmitOutcome.MempoolFull, null, -32603, "mempool is full: number of txs 3, total txs bytes 300")]
    [InlineData(SubmitOutcome.MempoolFull, "mempool is full: number of txs 9 (max: 9), total txs bytes 1 (max: 2)", -32603, "mempool is full: number of txs 9 (max: 9), total txs bytes 1 (max: 2)")]
    [InlineData(SubmitOutcome.Stopping, null, -32603, "the validator is stopping")]
    public async Task A_refused_transaction_gets_the_error_of_cometbft(SubmitOutcome outcome, string? reason, int code, string data)
    {
        await using var rpc = await RpcFixture.StartAsync();
        rpc.Node.Answer = (outcome, reason);
        foreach (var method in (string[])["broadcast_tx_sync", "broadcast_tx_async"])
        {
            var error = await rpc.FailAsync(method, """{"tx":"YWJj"}""");
            Assert.Equal(code, error.GetProperty("code").GetInt32());
            Assert.Equal("Internal error", error.GetProperty("message").GetString());
            Assert.Equal(data, error.GetProperty("data").GetString());
        }

        var (status, json) = await rpc.GetAsync("/broadcast_tx_sync?tx=\"abc\"");
        Assert.Equal(HttpStatusCode.InternalServerError, status);
        Assert.Equal(data, json.GetProperty("error").GetProperty("data").GetString());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"tx":""}""")]
    [InlineData("""{"tx":null}""")]
    [InlineData("""{"tx":5}""")]
    [InlineData("""{"tx":["YWJj"]}""")]
    [InlineData("""{"tx":"not base64!"}""")]
    [InlineData("""{"tx":"YWJ"}""")]
    [InlineData("""{"tx":"\ud800"}""")]
    [InlineData("""{"\ud800":"YWJj"}""")]
    [InlineData("[]")]
    [InlineData("""["YWJj","YWJj"]""")]
    [InlineData("[5]")]
    [InlineData("5")]
    [InlineData("\"YWJj\"")]
    public async Task Wrong_parameters_are_invalid_params(string parameters)
    {
        await using var rpc = await RpcFixture.StartAsync();
        foreach (var method in (string[])["broadcast_tx_sync", "broadcast_tx_async", "broadcast_tx_commit"])
        {
            var error = await rpc.FailAsync(method, parameters);
            Assert.Equal(-32602, error.GetProperty("code").GetInt32());
            Assert.Equal("Invalid params", error.GetProperty("message").GetString());
            Assert.NotEmpty(error.GetProperty("data").GetString()!);
        }

        Assert.Empty(rpc.Node.Submitted);
    }

    [Theory]
    [InlineData("tx=abc")]
    [InlineData("tx=0x6")]
    [InlineData("tx=0xzz")]
    [InlineData("tx=%22abc")]
    [InlineData("")]
    public async Task Wrong_uri_parameters_are_invalid_params(string query)
    {
        await using var rpc = await RpcFixture.StartAsync();
        var (status, json) = await rpc.GetAsync($"/broadcast_tx_sync?{query}");
        Assert.Equal(HttpStatusCode.InternalServerError, status);
        Assert.Equal(-32602, json.GetProperty("error").GetProperty("code").GetInt32());
        Assert.Empty(rpc.Node.Submitted);
    }

    [Fact]
    public async Task A_batch_of_transactions_is_answered_in_order()
    {
        await using var rpc = await RpcFixture.StartAsync();
        var requests = Enumerable.Range(0, 1000).Select(i =>
            $$$"""{"jsonrpc":"2.0","id":"r{{{i}}}","method":"broadcast_tx_async","params":{"tx":"{{{Convert.ToBase64String(Encoding.UTF8.GetBytes($"transaction {i}"))}}}"}}""");
        var answers = await rpc.PostJsonAsync($"[{string.Join(',', requests)}]");
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"r{i}"), answers.EnumerateArray().Select(answer => answer.GetProperty("id").GetString()));
        Assert.Equal(
            rpc.Node.Submitted.Select(bytes => Convert.ToHexString(Digest.Of(bytes).ToArray())),
            answers.EnumerateArray().Select(answer => answer.GetProperty("result").GetProperty("hash").GetString()));
    }

    [Fact]
    public async Task A_transaction_of_a_megabyte_arrives_whole()
    {
        await using var rpc = await RpcFixture.StartAsync();
        var bytes = new byte[1024 * 1024];
        new Random(1).NextBytes(bytes);
        var result = await rpc.CallAsync("broadcast_tx_sync", $$"""{"tx":"{{Convert.ToBase64String(bytes)}}"}""");
        Assert.Equal(0, result.GetProperty("code").GetInt32());
        Assert.Equal(bytes, Assert.Single(rpc.Node.Submitted));
    }

    [Fact]
    public async Task Broadcast_tx_commit_answers_once_the_transaction_is_committed()
    {
        await using var rpc = await RpcFixture.StartAsync();
        rpc.Node.Commit("earlier");
        var call = rpc.CallAsync("broadcast_tx_commit", """{"tx":"YWJj"}""");
        await Until.TrueAsync(() => rpc.Node.Submitted.Count == 1);
        rpc.Node.Commit("other");
        Assert.False(call.IsCompleted);
        rpc.Node.Commit("abc");
        var result = await call;
        Assert.Equal("3", result.GetProperty("height").GetString());
        Assert.Equal(HashOfAbc, result.GetProperty("hash").GetString());
        Assert.Equal(0, result.GetProperty("check_tx").GetProperty("code").GetInt32());
        Assert.Equal(JsonValueKind.Array, result.GetProperty("tx_result").GetProperty("events").ValueKind);
    }

    [Fact]
    public async Task Broadcast_tx_commit_gives_up_after_its_time()
    {
        await using var rpc = await RpcFixture.StartAsync(new() { CommitTimeout = TimeSpan.FromMilliseconds(50) });
        var error = await rpc.FailAsync("broadcast_tx_commit", """{"tx":"YWJj"}""");
        Assert.Equal("timed out waiting for tx to be included in a block", error.GetProperty("data").GetString());
    }

    [Fact]
    public async Task Broadcast_tx_commit_says_so_when_the_mempool_refuses()
    {
        await using var rpc = await RpcFixture.StartAsync();
        rpc.Node.Answer = (SubmitOutcome.Duplicate, null);
        var error = await rpc.FailAsync("broadcast_tx_commit", """{"tx":"YWJj"}""");
        Assert.Equal("error on broadcastTxCommit: tx already exists in cache", error.GetProperty("data").GetString());
    }
}
