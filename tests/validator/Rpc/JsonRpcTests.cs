using System.Net;
using System.Text;
using System.Text.Json;

namespace Mysticeti.Validator.Tests.Rpc;

public sealed class JsonRpcTests
{
    [Theory]
    [InlineData("1")]
    [InlineData("-7")]
    [InlineData("\"a\\u00e9\\\"b\"")]
    [InlineData("\"\"")]
    [InlineData("9223372036854775807")]
    public async Task An_id_is_echoed_exactly(string id)
    {
        await using var rpc = await RpcFixture.StartAsync();
        var (status, text) = await rpc.PostAsync($$"""{"jsonrpc":"2.0","method":"health","id":{{id}}}""");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal($$$"""{"jsonrpc":"2.0","id":{{{id}}},"result":{}}""", text);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("not json")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"health",}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"health"} x""")]
    [InlineData("""[{"jsonrpc":"2.0","id":1,"method":"health"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"health","params":{"\ud800":1},"\ud800":1""")]
    [InlineData("   ")]
    public async Task Broken_json_is_a_parse_error_with_the_status_of_cometbft(string body)
    {
        await using var rpc = await RpcFixture.StartAsync();
        var (status, text) = await rpc.PostAsync(body);
        Assert.Equal(HttpStatusCode.InternalServerError, status);
        AssertError(text, -32700, "Parse error. Invalid JSON");
    }

    [Fact]
    public async Task Json_that_is_nested_too_deeply_is_a_parse_error()
    {
        await using var rpc = await RpcFixture.StartAsync();
        var (_, text) = await rpc.PostAsync($$"""{"id":1,"method":"health","params":{{new string('[', 10_000)}}{{new string(']', 10_000)}}}""");
        AssertError(text, -32700, "Parse error. Invalid JSON");
    }

    [Theory]
    [InlineData("5")]
    [InlineData("\"text\"")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"id":1,"method":5}""")]
    [InlineData("""{"id":{},"method":"health"}""")]
    [InlineData("""{"id":true,"method":"health"}""")]
    public async Task Json_that_is_no_request_is_an_invalid_request(string body)
    {
        await using var rpc = await RpcFixture.StartAsync();
        var (status, text) = await rpc.PostAsync(body);
        Assert.Equal(HttpStatusCode.OK, status);
        AssertError(text, -32600, "Invalid Request");
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("")]
    [InlineData("Health")]
    [InlineData("subscribe")]
    public async Task An_unknown_method_is_told(string method)
    {
        await using var rpc = await RpcFixture.StartAsync();
        var (status, text) = await rpc.PostAsync($$"""{"jsonrpc":"2.0","id":3,"method":"{{method}}"}""");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("""{"jsonrpc":"2.0","id":3,"error":{"code":-32601,"message":"Method not found"}}""", text);
    }

    [Fact]
    public async Task A_method_name_of_a_megabyte_is_an_unknown_method()
    {
        await using var rpc = await RpcFixture.StartAsync();
        var (_, text) = await rpc.PostAsync($$"""{"id":3,"method":"{{new string('m', 1_000_000)}}"}""");
        AssertError(text, -32601, "Method not found");
    }

    [Theory]
    [InlineData("block", """{"height":"x"}""")]
    [InlineData("block", """{"height":1.5}""")]
    [InlineData("block", """{"height":true}""")]
    [InlineData("block", """{"height":"99999999999999999999"}""")]
    [InlineData("block", """["1","2"]""")]
    [InlineData("tx", """{"hash":5}""")]
    [InlineData("tx", """{"hash":"AAAA","prove":"yes"}""")]
    [InlineData("tx_search", """{"query":7}""")]
    [InlineData("status", "[1]")]
    [InlineData("status", "7")]
    public async Task Wrong_parameter_types_are_invalid_params(string method, string parameters)
    {
        await using var rpc = await RpcFixture.StartAsync();
        rpc.Node.Commit("a");
        var error = await rpc.FailAsync(method, parameters);
        Assert.Equal(-32602, error.GetProperty("code").GetInt32());
        Assert.StartsWith("error converting json params to arguments: ", error.GetProperty("data").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Notifications_get_no_answer_and_are_not_executed()
    {
        await using var rpc = await RpcFixture.StartAsync();
        Assert.Equal((HttpStatusCode.OK, ""), await rpc.PostAsync("""{"jsonrpc":"2.0","method":"broadcast_tx_async","params":{"tx":"YWJj"}}"""));
        Assert.Equal((HttpStatusCode.OK, ""), await rpc.PostAsync("""[{"method":"health"},{"method":"health","id":null}]"""));
        Assert.Empty(rpc.Node.Submitted);
    }

    [Fact]
    public async Task A_batch_answers_each_request_by_itself()
    {
        await using var rpc = await RpcFixture.StartAsync();
        var (status, text) = await rpc.PostAsync("""[{"id":1,"method":"health"},{"method":"health"},{"id":2,"method":"none"},7,{"id":"x","method":"block","params":{"height":[]}}]""");
        Assert.Equal(HttpStatusCode.OK, status);
        using var answers = JsonDocument.Parse(text);
        var list = answers.RootElement.EnumerateArray().ToList();
        Assert.Equal(4, list.Count);
        Assert.Equal("{}", list[0].GetProperty("result").GetRawText());
        Assert.Equal(-32601, list[1].GetProperty("error").GetProperty("code").GetInt32());
        Assert.Equal(-32600, list[2].GetProperty("error").GetProperty("code").GetInt32());
        Assert.Equal(JsonValueKind.Null, list[2].GetProperty("id").ValueKind);
        Assert.Equal("x", list[3].GetProperty("id").GetString());
        Assert.Equal(-32602, list[3].GetProperty("error").GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task A_batch_of_one_is_answered_by_an_array()
    {
        await using var rpc = await RpcFixture.StartAsync();
        Assert.Equal("""[{"jsonrpc":"2.0","id":1,"result":{}}]""", (await rpc.PostAsync("""[{"id":1,"method":"health"}]""")).Text);
    }

    [Fact]
    public async Task A_batch_beyond_the_limit_is_refused_as_a_whole()
    {
        await using var rpc = await RpcFixture.StartAsync(new() { MaxBatch = 3 });
        var (_, text) = await rpc.PostAsync($"[{string.Join(',', Enumerable.Repeat("""{"id":1,"method":"broadcast_tx_sync","params":{"tx":"YWJj"}}""", 4))}]");
        AssertError(text, -32600, "Invalid Request");
        Assert.Empty(rpc.Node.Submitted);
    }

    [Fact]
    public async Task A_batch_with_a_broken_end_executes_nothing()
    {
        await using var rpc = await RpcFixture.StartAsync();
        var (_, text) = await rpc.PostAsync("""[{"id":1,"method":"broadcast_tx_sync","params":{"tx":"YWJj"}},{"id":2""");
        AssertError(text, -32700, "Parse error. Invalid JSON");
        Assert.Empty(rpc.Node.Submitted);
    }

    [Fact]
    public async Task A_batch_whose_response_grows_too_large_is_cut_with_errors()
    {
        await using var rpc = await RpcFixture.StartAsync(new() { MaxResponseBytes = 20_000 });
        rpc.Node.Commit(new byte[10_000]);
        var answers = await rpc.PostJsonAsync($"[{string.Join(',', Enumerable.Repeat("""{"id":1,"method":"block"}""", 5))}]");
        Assert.Equal([true, true, false, false, false], answers.EnumerateArray().Select(answer => answer.TryGetProperty("result", out _)));
    }

    [Fact]
    public async Task Get_on_the_root_lists_the_routes()
    {
        await using var rpc = await RpcFixture.StartAsync();
        var html = await rpc.Http.GetStringAsync("/");
        Assert.Contains("/broadcast_tx_sync?tx=_", html, StringComparison.Ordinal);
        Assert.Contains("/v1/commits", html, StringComparison.Ordinal);
        Assert.Equal(html, (await rpc.PostAsync("")).Text);
    }

    [Theory]
    [InlineData("GET", "/nothing", HttpStatusCode.NotFound)]
    [InlineData("GET", "/v1/nothing", HttpStatusCode.NotFound)]
    [InlineData("DELETE", "/", HttpStatusCode.MethodNotAllowed)]
    [InlineData("PUT", "/status", HttpStatusCode.MethodNotAllowed)]
    public async Task Unknown_paths_and_methods_get_their_status(string method, string path, HttpStatusCode status)
    {
        await using var rpc = await RpcFixture.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await rpc.Http.SendAsync(request);
        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task A_body_in_many_small_pieces_is_read_whole()
    {
        await using var rpc = await RpcFixture.StartAsync();
        var body = Encoding.UTF8.GetBytes($$$"""{"id":1,"method":"broadcast_tx_sync","params":{"tx":"{{{Convert.ToBase64String(new byte[20_000])}}}"}}""");
        using var response = await rpc.Http.PostAsync("/", new StreamContent(new TricklingStream(body)));
        Assert.Contains("\"code\":0", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(20_000, Assert.Single(rpc.Node.Submitted).Length);
    }

    private static void AssertError(string text, int code, string message)
    {
        using var answer = JsonDocument.Parse(text);
        Assert.Equal("2.0", answer.RootElement.GetProperty("jsonrpc").GetString());
        var error = answer.RootElement.GetProperty("error");
        Assert.Equal(code, error.GetProperty("code").GetInt32());
        Assert.Equal(message, error.GetProperty("message").GetString());
    }

    private sealed class TricklingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, 700)], cancellationToken);
    }
}
