using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Mysticeti.Consensus;
using Mysticeti.Validator.Commits;

namespace Mysticeti.Validator.Tests.Rpc;

public sealed class WebSocketTests
{
    [Fact]
    public async Task Methods_and_batches_are_answered()
    {
        await using var rpc = await RpcFixture.StartAsync();
        using var socket = await ConnectAsync(rpc);
        await SendAsync(socket, """{"id":"a","method":"health"}""");
        Assert.Equal("""{"jsonrpc":"2.0","id":"a","result":{}}""", (await ReadAsync(socket)).GetRawText());
        await SendAsync(socket, """[{"id":1,"method":"broadcast_tx_sync","params":{"tx":"YWJj"}},{"id":2,"method":"none"}]""");
        Assert.Equal(2, (await ReadAsync(socket)).GetArrayLength());
        Assert.Single(rpc.Node.Submitted);
        await SendAsync(socket, "{broken");
        Assert.Equal(-32700, (await ReadAsync(socket)).GetProperty("error").GetProperty("code").GetInt32());
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);
        Assert.Equal(WebSocketState.Closed, socket.State);
    }

    [Fact]
    public async Task Subscribers_hear_of_blocks_and_transactions_with_the_id_of_their_subscription()
    {
        await using var rpc = await RpcFixture.StartAsync();
        rpc.Node.Commit("before");
        using var socket = await ConnectAsync(rpc);
        await SubscribeAsync(socket, "\"blocks\"", "tm.event='NewBlock'");
        rpc.Node.Commit("a", "b");
        var block = await ReadAsync(socket);
        Assert.Equal("blocks", block.GetProperty("id").GetString());
        var result = block.GetProperty("result");
        Assert.Equal("tm.event='NewBlock'", result.GetProperty("query").GetString());
        Assert.Equal("tendermint/event/NewBlock", result.GetProperty("data").GetProperty("type").GetString());
        var value = result.GetProperty("data").GetProperty("value");
        Assert.Equal("2", value.GetProperty("block").GetProperty("header").GetProperty("height").GetString());
        Assert.Equal(2, value.GetProperty("result_finalize_block").GetProperty("tx_results").GetArrayLength());
        Assert.Equal("""{"tm.event":["NewBlock"]}""", result.GetProperty("events").GetRawText());

        await SubscribeAsync(socket, "7", "tm.event = 'Tx'");
        await UnsubscribeAsync(socket, "tm.event='NewBlock'");
        rpc.Node.Commit("c", "d");
        foreach (var (text, index) in ((string, int)[])[("c", 0), ("d", 1)])
        {
            var tx = await ReadAsync(socket);
            Assert.Equal(7, tx.GetProperty("id").GetInt32());
            var txResult = tx.GetProperty("result").GetProperty("data").GetProperty("value").GetProperty("TxResult");
            Assert.Equal("3", txResult.GetProperty("height").GetString());
            Assert.Equal(index, txResult.GetProperty("index").GetInt32());
            Assert.Equal(Encoding.UTF8.GetBytes(text), txResult.GetProperty("tx").GetBytesFromBase64());
            Assert.Equal(
                $$"""{"tm.event":["Tx"],"tx.hash":["{{Convert.ToHexString(Digest.Of(Encoding.UTF8.GetBytes(text)).ToArray())}}"],"tx.height":["3"]}""",
                tx.GetProperty("result").GetProperty("events").GetRawText());
        }
    }

    [Fact]
    public async Task No_event_follows_the_answer_that_ends_its_subscription()
    {
        await using var rpc = await RpcFixture.StartAsync();
        using var socket = await ConnectAsync(rpc);
        using var done = new CancellationTokenSource();
        var committing = Task.Run(() =>
        {
            while (!done.IsCancellationRequested) rpc.Node.Commit("a");
        });
        for (var round = 0; round < 200; round++)
        {
            await SendAsync(socket, $$"""{"id":{{round}},"method":"subscribe","params":["tm.event='NewBlock'"]}""");
            await SendAsync(socket, """{"id":"end","method":"unsubscribe","params":["tm.event='NewBlock'"]}""");
            while ((await ReadAsync(socket)).GetProperty("id").ValueKind != JsonValueKind.String)
            {
                // The answer to the subscription, and its events.
            }

            await SendAsync(socket, """{"id":"next","method":"health"}""");
            Assert.Equal("next", (await ReadAsync(socket)).GetProperty("id").GetString());
        }

        await done.CancelAsync();
        await committing;
    }

    [Fact]
    public async Task A_subscription_to_one_transaction_hears_of_that_one_only()
    {
        await using var rpc = await RpcFixture.StartAsync();
        using var socket = await ConnectAsync(rpc);
        await SubscribeAsync(socket, "1", $"tm.event='Tx' AND tx.hash='{Convert.ToHexString(Digest.Of("b"u8).ToArray())}'");
        rpc.Node.Commit("a", "b", "c");
        var tx = await ReadAsync(socket);
        Assert.Equal(1, tx.GetProperty("result").GetProperty("data").GetProperty("value").GetProperty("TxResult").GetProperty("index").GetInt32());
        await SendAsync(socket, """{"id":2,"method":"unsubscribe_all"}""");
        Assert.Equal("""{"jsonrpc":"2.0","id":2,"result":{}}""", (await ReadAsync(socket)).GetRawText());
    }

    [Theory]
    [InlineData("subscribe", "")]
    [InlineData("subscribe", "tm.event='Vote'")]
    [InlineData("subscribe", "tm.event='NewBlock' AND tx.height=5")]
    [InlineData("subscribe", "tx.height=5")]
    [InlineData("unsubscribe", "tm.event='Tx'")]
    public async Task What_cannot_be_subscribed_to_is_an_error(string method, string query)
    {
        await using var rpc = await RpcFixture.StartAsync();
        using var socket = await ConnectAsync(rpc);
        await SendAsync(socket, $$$"""{"id":1,"method":"{{{method}}}","params":{"query":"{{{query}}}"}}""");
        Assert.Equal(-32603, (await ReadAsync(socket)).GetProperty("error").GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task Subscriptions_are_bounded_and_never_doubled()
    {
        await using var rpc = await RpcFixture.StartAsync(new() { MaxSubscriptions = 2 });
        using var socket = await ConnectAsync(rpc);
        await SubscribeAsync(socket, "1", "tm.event='NewBlock'");
        await SendAsync(socket, """{"id":2,"method":"subscribe","params":["tm.event='NewBlock'"]}""");
        Assert.Equal("already subscribed", (await ReadAsync(socket)).GetProperty("error").GetProperty("data").GetString());
        await SubscribeAsync(socket, "3", "tm.event='Tx'");
        await SendAsync(socket, """{"id":4,"method":"subscribe","params":["tm.event='Tx' AND tx.height=9"]}""");
        Assert.Equal("max_subscriptions_per_client 2 reached", (await ReadAsync(socket)).GetProperty("error").GetProperty("data").GetString());
    }

    [Fact]
    public async Task Connections_are_bounded()
    {
        await using var rpc = await RpcFixture.StartAsync(new() { MaxWebSockets = 1 });
        using var first = await ConnectAsync(rpc);
        await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(rpc));
        await rpc.AssertHealthyAsync();
        using var plain = await rpc.Http.GetAsync("/websocket");
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, plain.StatusCode);
    }

    [Fact]
    public async Task A_message_beyond_the_limit_ends_the_connection_with_a_reason()
    {
        await using var rpc = await RpcFixture.StartAsync(new() { MaxBodyBytes = 10_000 });
        using var socket = await ConnectAsync(rpc);
        await SendAsync(socket, new string(' ', 20_000));
        Assert.Equal(WebSocketMessageType.Close, (await socket.ReceiveAsync(new byte[100], default)).MessageType);
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, socket.CloseStatus);
        await rpc.AssertHealthyAsync();
    }

    [Fact]
    public async Task A_subscriber_that_stops_reading_holds_up_nobody_and_is_told()
    {
        await using var rpc = await RpcFixture.StartAsync(log: new CommitLogOptions { MaxCommits = 5 });
        using var stalled = await ConnectAsync(rpc);
        using var reading = await ConnectAsync(rpc);
        await SubscribeAsync(stalled, "\"slow\"", "tm.event='NewBlock'");
        await SubscribeAsync(reading, "1", "tm.event='NewBlock'");
        for (var i = 1; i <= 150; i++)
        {
            rpc.Node.Commit(new byte[200_000]);
            await ReadAsync(reading);
        }

        while (true)
        {
            var message = await ReadAsync(stalled);
            if (!message.TryGetProperty("error", out var error)) continue;
            Assert.Equal("slow", message.GetProperty("id").GetString());
            Assert.Equal(-32000, error.GetProperty("code").GetInt32());
            break;
        }
    }

    [Fact]
    public async Task A_stop_says_farewell()
    {
        await using var rpc = await RpcFixture.StartAsync();
        using var socket = await ConnectAsync(rpc);
        await SubscribeAsync(socket, "1", "tm.event='NewBlock'");
        var stopping = rpc.Server.StopAsync();
        Assert.Equal(WebSocketMessageType.Close, (await socket.ReceiveAsync(new byte[100], default)).MessageType);
        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, socket.CloseStatus);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default);
        await stopping;
    }

    [Fact]
    public async Task Mutated_messages_are_all_answered_or_end_their_connection_only()
    {
        await using var rpc = await RpcFixture.StartAsync();
        rpc.Node.Commit("a");
        var random = new Random(11);
        string[] samples = ["""{"id":1,"method":"subscribe","params":{"query":"tm.event='Tx'"}}""", """{"id":1,"method":"unsubscribe","params":["tm.event='Tx'"]}""", """[{"id":1,"method":"unsubscribe_all"}]"""];
        using var socket = await ConnectAsync(rpc);
        for (var i = 0; i < 1_000; i++)
        {
            var body = samples[random.Next(samples.Length)].ToCharArray();
            body[random.Next(body.Length)] = (char)random.Next(32, 127);
            await SendAsync(socket, new string(body));
        }

        // Notifications get no answer, so the last answer is told by its id.
        await SendAsync(socket, """{"id":"last","method":"health"}""");
        while (true)
        {
            var answer = await ReadAsync(socket);
            if (answer.ValueKind == JsonValueKind.Object && answer.GetProperty("id").ValueKind == JsonValueKind.String && answer.GetProperty("id").GetString() == "last") break;
        }

        await rpc.AssertHealthyAsync();
    }

    private static async Task<ClientWebSocket> ConnectAsync(RpcFixture rpc)
    {
        var socket = new ClientWebSocket();
        try
        {
            await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{rpc.Server.Url.Port}/websocket"), default);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task SubscribeAsync(ClientWebSocket socket, string id, string query)
    {
        await SendAsync(socket, $$$"""{"id":{{{id}}},"method":"subscribe","params":{"query":"{{{query}}}"}}""");
        Assert.Equal($$$"""{"jsonrpc":"2.0","id":{{{id}}},"result":{}}""", (await ReadAsync(socket)).GetRawText());
    }

    private static async Task UnsubscribeAsync(ClientWebSocket socket, string query)
    {
        await SendAsync(socket, $$$"""{"id":0,"method":"unsubscribe","params":{"query":"{{{query}}}"}}""");
        Assert.Equal("""{"jsonrpc":"2.0","id":0,"result":{}}""", (await ReadAsync(socket)).GetRawText());
    }

    private static Task SendAsync(ClientWebSocket socket, string text) => socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, default);

    private static async Task<JsonElement> ReadAsync(ClientWebSocket socket)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var message = new MemoryStream();
        var buffer = new byte[64 * 1024];
        WebSocketReceiveResult part;
        do
        {
            part = await socket.ReceiveAsync(buffer, deadline.Token);
            Assert.Equal(WebSocketMessageType.Text, part.MessageType);
            message.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        using var document = JsonDocument.Parse(message.ToArray());
        return document.RootElement.Clone();
    }
}
