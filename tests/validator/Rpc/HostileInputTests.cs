using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Mysticeti.Protocol;
using Mysticeti.Validator.Rpc;

namespace Mysticeti.Validator.Tests.Rpc;

public sealed class HostileInputTests
{
    internal static readonly string[] Samples =
    [
        """{"jsonrpc":"2.0","id":1,"method":"broadcast_tx_sync","params":{"tx":"YWJjZGVmZ2g="}}""",
        """[{"jsonrpc":"2.0","id":"a","method":"broadcast_tx_async","params":["YWJj"]},{"id":2,"method":"status","params":[]},{"method":"health"}]""",
        """{"jsonrpc":"2.0","id":1,"method":"block","params":{"height":"1"}}""",
        """{"jsonrpc":"2.0","id":1,"method":"tx","params":{"hash":"ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=","prove":true}}""",
        """{"jsonrpc":"2.0","id":1,"method":"tx_search","params":{"query":"tx.height=1","page":"1","per_page":"5","order_by":"desc"}}""",
        """{"jsonrpc":"2.0","id":1,"method":"blockchain","params":["1","20"]}""",
        """{"jsonrpc":"2.0","id":1,"method":"validators","params":{"height":null,"page":1}}""",
        """{"id":1.5e3,"method":"net_info","params":{"x":{"y":[1,2,{"z":null}]}}}""",
    ];

    private static readonly string[] Targets =
    [
        "/broadcast_tx_sync?tx=\"abc\"", "/tx?hash=0x61626364&prove=true", "/block?height=1", "/status", "/v1/commits/1", "/ready", "/metrics", "/v1/commits?after=x",
        "/tx_search?query=\"tx.height=1\"&page=1&order_by=\"asc\"",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Thousands_of_mutated_bodies_are_all_answered(int seed)
    {
        await using var rpc = await RpcFixture.StartAsync();
        rpc.Node.Commit("abc", "def");
        var random = new Random(seed);
        for (var i = 0; i < 2_000; i++)
        {
            var body = Mutate(random, Encoding.UTF8.GetBytes(Samples[random.Next(Samples.Length)]));
            using var response = await rpc.Http.PostAsync("/", new ByteArrayContent(body));
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.InternalServerError, $"{response.StatusCode} for {Convert.ToHexString(body)}");
            Assert.DoesNotContain("its log says why", text, StringComparison.Ordinal);
            if (response.StatusCode == HttpStatusCode.InternalServerError) Assert.Contains("-32700", text, StringComparison.Ordinal);
            if (text.Length > 0 && text[0] != '<') System.Text.Json.JsonDocument.Parse(text).Dispose();
        }

        await rpc.AssertHealthyAsync();
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Mutated_http_gets_an_answer_or_a_closed_connection(int seed)
    {
        await using var rpc = await RpcFixture.StartAsync();
        rpc.Node.Commit("abc", "def");
        var random = new Random(seed);
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        for (var i = 0; i < 700; i++)
        {
            var body = Samples[random.Next(Samples.Length)];
            var request = random.Next(2) == 0
                ? $"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {body.Length}\r\n\r\n{body}"
                : $"GET {Targets[random.Next(Targets.Length)]} HTTP/1.1\r\nHost: x\r\n\r\n";
            var answer = await rpc.SendRawAsync(Mutate(random, Encoding.UTF8.GetBytes(request)), cancellation: deadline.Token);
            Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal), answer);
            Assert.DoesNotContain("   at ", answer, StringComparison.Ordinal);
        }

        await rpc.AssertHealthyAsync();
    }

    [Fact]
    public async Task Random_bytes_get_an_answer_or_a_closed_connection()
    {
        await using var rpc = await RpcFixture.StartAsync();
        var random = new Random(6);
        for (var i = 0; i < 300; i++)
        {
            var bytes = new byte[random.Next(1, 5_000)];
            random.NextBytes(bytes);
            var answer = await rpc.SendRawAsync(bytes);
            Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 400", StringComparison.Ordinal), answer);
        }

        await rpc.AssertHealthyAsync();
    }

    [Fact]
    public async Task A_body_of_10_megabytes_is_refused_with_413_and_an_error()
    {
        await using var rpc = await RpcFixture.StartAsync();
        using var response = await rpc.Http.PostAsync("/", new ByteArrayContent(new byte[10_000_000]));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        var text = await response.Content.ReadAsStringAsync();
        Assert.Contains("-32600", text, StringComparison.Ordinal);
        Assert.Contains("request body too large", text, StringComparison.Ordinal);
        await rpc.AssertHealthyAsync();
    }

    [Fact]
    public async Task A_body_that_announces_a_terabyte_is_refused_at_once()
    {
        await using var rpc = await RpcFixture.StartAsync();
        var answer = await rpc.SendRawAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000000\r\n\r\n{"u8.ToArray(), finish: false);
        Assert.StartsWith("HTTP/1.1 413", answer, StringComparison.Ordinal);
        await rpc.AssertHealthyAsync();
    }

    [Fact]
    public async Task An_endless_chunked_body_is_cut_off()
    {
        await using var rpc = await RpcFixture.StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, rpc.Server.Url.Port);
        var stream = client.GetStream();
        await stream.WriteAsync("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray());
        var chunk = Encoding.ASCII.GetBytes($"10000\r\n{new string('[', 65536)}\r\n");
        var sent = 0L;
        try
        {
            for (; sent < 200_000_000; sent += chunk.Length) await stream.WriteAsync(chunk);
        }
        catch (IOException)
        {
            // Cut off, as it must be.
        }

        Assert.InRange(sent, 1, 100_000_000);
        await rpc.AssertHealthyAsync();
    }

    [Fact]
    public async Task Half_a_request_harms_nobody()
    {
        await using var rpc = await RpcFixture.StartAsync();
        foreach (var half in (string[])["POST / HT", "POST / HTTP/1.1\r\nHost: x\r\nContent-Le", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"id\":1,"])
        {
            var answer = await rpc.SendRawAsync(Encoding.ASCII.GetBytes(half));
            Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 400", StringComparison.Ordinal), answer);
        }

        Assert.Empty(rpc.Node.Submitted);
        await rpc.AssertHealthyAsync();
    }

    [Fact]
    public async Task A_request_whose_headers_never_end_is_cut_off()
    {
        await using var rpc = await RpcFixture.StartAsync(new() { HeadersTimeout = TimeSpan.FromMilliseconds(500) });
        var answer = await rpc.SendRawAsync("GET /status HTTP/1.1\r\nHost: x\r\nX-Slow: "u8.ToArray(), finish: false);
        Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 408", StringComparison.Ordinal), answer);
    }

    [Fact]
    public async Task Headers_and_lines_beyond_the_limits_are_refused()
    {
        await using var rpc = await RpcFixture.StartAsync();
        // What the client still sends can take the answer away: then there is only the closed connection.
        AssertRefused("HTTP/1.1 414", await rpc.SendRawAsync(Encoding.ASCII.GetBytes($"GET /tx?hash=0x{new string('0', 100_000)} HTTP/1.1\r\nHost: x\r\n\r\n")));
        AssertRefused("HTTP/1.1 431", await rpc.SendRawAsync(Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: x\r\nX: {new string('0', 100_000)}\r\n\r\n")));
        await rpc.AssertHealthyAsync();

        static void AssertRefused(string status, string answer) => Assert.True(answer.Length == 0 || answer.StartsWith(status, StringComparison.Ordinal), answer);
    }

    [Fact]
    public async Task Connections_beyond_the_limit_are_closed_and_others_go_on()
    {
        await using var rpc = await RpcFixture.StartAsync(new() { MaxConnections = 2 });
        using var first = new TcpClient();
        await first.ConnectAsync(IPAddress.Loopback, rpc.Server.Url.Port);
        await rpc.AssertHealthyAsync();
        Assert.Equal("", await rpc.SendRawAsync("GET /health HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), finish: false));
        await rpc.AssertHealthyAsync();
    }

    [Fact]
    public async Task An_occupied_port_is_a_clear_error()
    {
        await using var rpc = await RpcFixture.StartAsync();
        var error = await Assert.ThrowsAsync<RpcStartException>(() => RpcServer.StartAsync(
            new FakeNode(), IPAddress.Loopback, rpc.Server.Url.Port, NullLoggerFactory.Instance, TimeProvider.System, new RpcOptions(), default));
        Assert.Equal($"RPC address 127.0.0.1:{rpc.Server.Url.Port} is in use: stop what listens there, or choose another port", error.Message);
    }

    [Fact]
    public async Task A_node_that_throws_costs_one_answer_and_shows_nothing_of_itself()
    {
        await using var rpc = await RpcFixture.StartAsync();
        rpc.Node.Peers = null!;
        var error = await rpc.FailAsync("net_info");
        Assert.Equal(-32603, error.GetProperty("code").GetInt32());
        Assert.Equal("the validator could not answer; its log says why", error.GetProperty("data").GetString());
        Assert.Equal(HttpStatusCode.InternalServerError, (await rpc.GetAsync("/ready")).Status);
        await rpc.AssertHealthyAsync();
    }

    [Fact]
    public async Task A_stopped_server_gives_its_port_back()
    {
        int port;
        await using (var rpc = await RpcFixture.StartAsync()) port = rpc.Server.Url.Port;
        await using var again = await RpcServer.StartAsync(
            new FakeNode { Answer = (SubmitOutcome.Accepted, null) }, IPAddress.Loopback, port, NullLoggerFactory.Instance, TimeProvider.System, new RpcOptions(), default);
        Assert.Equal(port, again.Url.Port);
    }

    private static byte[] Mutate(Random random, byte[] bytes)
    {
        var mutated = bytes.ToList();
        for (var changes = random.Next(1, 6); changes > 0 && mutated.Count > 0; changes--)
        {
            var at = random.Next(mutated.Count);
            switch (random.Next(6))
            {
                case 0: mutated[at] = (byte)random.Next(256); break;
                case 1: mutated.RemoveAt(at); break;
                case 2: mutated.Insert(at, (byte)"{}[]\",:\\0123456789eE.-ntf\r\n \0\xff"[random.Next(30)]); break;
                case 3: mutated.RemoveRange(at, Math.Min(random.Next(20), mutated.Count - at)); break;
                case 4: mutated.InsertRange(at, mutated.GetRange(at, Math.Min(random.Next(20), mutated.Count - at))); break;
                case 5: mutated[at] ^= (byte)(1 << random.Next(8)); break;
            }
        }

        return [.. mutated];
    }
}
