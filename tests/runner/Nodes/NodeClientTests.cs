using System.Net;
using System.Net.Sockets;
using System.Text;
using Mysticeti.Engine.Nodes;

namespace Mysticeti.Runner.Tests.Nodes;

/// <summary>What a node can answer, and what the client makes of it.</summary>
public sealed class NodeClientTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public NodeClientTests() => _listener.Start();

    private Uri RpcUrl => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/node");

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task The_path_of_the_address_is_kept_and_the_body_comes_back()
    {
        var asked = AnswerAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        using (var client = new NodeClient())
            Assert.Equal("ok"u8.ToArray(), await client.GetAsync(RpcUrl, "metrics", TestContext.Current.CancellationToken));
        Assert.StartsWith("GET /node/metrics HTTP/1.1", await asked, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", NodeProblem.BadAnswer, "answers 302")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12345", NodeProblem.BadAnswer, "is longer than 4 bytes")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n", NodeProblem.BadAnswer, "is longer than 4 bytes")]
    [InlineData("no HTTP at all\r\n\r\n", NodeProblem.NoConnection, "no connection to")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n12", NodeProblem.NoAnswer, "no answer from")]
    [InlineData("", NodeProblem.NoAnswer, "no answer from")]
    public async Task What_cannot_be_used_is_told_by_its_kind(string answer, NodeProblem problem, string message)
    {
        var asked = AnswerAsync(answer);
        using (var client = new NodeClient(TimeSpan.FromSeconds(1), maxAnswerBytes: 4))
        {
            var error = await Assert.ThrowsAsync<NodeException>(() => client.GetAsync(RpcUrl, "metrics", TestContext.Current.CancellationToken));
            Assert.Equal(problem, error.Problem);
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
        }

        await asked;
    }

    [Fact]
    public async Task Nobody_there_is_no_connection()
    {
        var rpcUrl = RpcUrl;
        _listener.Stop();
        using var client = new NodeClient();
        var error = await Assert.ThrowsAsync<NodeException>(() => client.GetAsync(rpcUrl, "metrics", TestContext.Current.CancellationToken));
        Assert.Equal(NodeProblem.NoConnection, error.Problem);
    }

    /// <summary>Takes one request, answers it with these bytes, and leaves the connection open until the client ends it.</summary>
    /// <returns>The request.</returns>
    private async Task<string> AnswerAsync(string answer)
    {
        using var connection = await _listener.AcceptSocketAsync();
        var buffer = new byte[4096];
        var length = await connection.ReceiveAsync(buffer);
        await connection.SendAsync(Encoding.ASCII.GetBytes(answer));
        try
        {
            while (await connection.ReceiveAsync(new byte[100]) > 0)
            {
                // Until the client closes it.
            }
        }
        catch (SocketException)
        {
            // Cut.
        }

        return Encoding.ASCII.GetString(buffer, 0, length);
    }
}
