using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Mysticeti.Validator.Commits;
using Mysticeti.Validator.Rpc;

namespace Mysticeti.Validator.Tests.Rpc;

/// <summary>The real server on a free port with a fake node behind it.</summary>
internal sealed class RpcFixture : IAsyncDisposable
{
    private RpcFixture(FakeNode node, RpcServer server)
    {
        Node = node;
        Server = server;
        Http = new HttpClient { BaseAddress = server.Url, Timeout = TimeSpan.FromSeconds(30) };
    }

    public FakeNode Node { get; }

    public RpcServer Server { get; }

    public HttpClient Http { get; }

    public static async Task<RpcFixture> StartAsync(RpcOptions? options = null, CommitLogOptions? log = null)
    {
        var node = new FakeNode(log);
        var server = await RpcServer.StartAsync(node, IPAddress.Loopback, 0, NullLoggerFactory.Instance, TimeProvider.System, options ?? new RpcOptions(), default);
        return new RpcFixture(node, server);
    }

    /// <summary>Posts a body and reads the answer.</summary>
    public async Task<(HttpStatusCode Status, string Text)> PostAsync(string body)
    {
        using var response = await Http.PostAsync("/", new StringContent(body, Encoding.UTF8, "application/json"));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async Task<JsonElement> PostJsonAsync(string body)
    {
        var (_, text) = await PostAsync(body);
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    /// <summary>Calls a method and returns its result.</summary>
    public async Task<JsonElement> CallAsync(string method, string parameters = "{}")
    {
        var answer = await PostJsonAsync($$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}","params":{{parameters}}}""");
        Assert.True(answer.TryGetProperty("result", out var result), answer.ToString());
        return result;
    }

    /// <summary>Calls a method and returns its error.</summary>
    public async Task<JsonElement> FailAsync(string method, string parameters = "{}")
    {
        var answer = await PostJsonAsync($$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}","params":{{parameters}}}""");
        Assert.True(answer.TryGetProperty("error", out var error), answer.ToString());
        return error;
    }

    public async Task<(HttpStatusCode Status, JsonElement Json)> GetAsync(string path)
    {
        using var response = await Http.GetAsync(path);
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return (response.StatusCode, document.RootElement.Clone());
    }

    /// <summary>Sends raw bytes and reads until the server closes or says nothing for a while.</summary>
    public async Task<string> SendRawAsync(byte[] bytes, bool finish = true, CancellationToken cancellation = default)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Server.Url.Port, cancellation);
        var stream = client.GetStream();
        var answer = new MemoryStream();
        try
        {
            await stream.WriteAsync(bytes, cancellation);
            if (finish) client.Client.Shutdown(SocketShutdown.Send);
            await stream.CopyToAsync(answer, cancellation);
        }
        catch (IOException)
        {
            // Closed by the server: what came before counts.
        }

        return Encoding.UTF8.GetString(answer.ToArray());
    }

    public async Task AssertHealthyAsync()
    {
        var (status, json) = await GetAsync("/health");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("""{"jsonrpc":"2.0","id":-1,"result":{}}""", json.GetRawText());
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Server.DisposeAsync();
    }
}
