using System.Net;
using System.Net.Sockets;
using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Networks.External;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Tests.Networks;

public sealed class ReadinessTests
{
    private static NetworkOutputs Outputs(int port) => new()
    {
        Name = "running",
        Type = "local",
        Flavor = NetworkOutputs.Mysticeti,
        Nodes = [new NodeOutput { Index = 0, Name = "a", Host = "127.0.0.1", RpcUrl = new Uri($"http://127.0.0.1:{port}/node/") }],
    };

    [Fact]
    public async Task A_running_network_is_waited_for_until_it_answers_200()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        await using var network = new ExternalNetwork(Outputs(((IPEndPoint)server.LocalEndpoint).Port), TimeProvider.System);
        var start = network.StartAsync(TimeSpan.FromSeconds(30), new Reports(), default);
        Assert.StartsWith("GET /node/ready ", await AnswerAsync(server, "503 Service Unavailable"), StringComparison.Ordinal);
        await AnswerAsync(server, "503 Service Unavailable");
        Assert.False(start.IsCompleted);
        await AnswerAsync(server, "200 OK");
        await start;
    }

    [Fact]
    public async Task A_network_that_is_not_there_fails_at_the_deadline_and_is_named()
    {
        await using var network = new ExternalNetwork(Outputs(FreePorts.Reserve(1)[0]), TimeProvider.System);
        var error = await Assert.ThrowsAsync<NetworkException>(() => network.StartAsync(TimeSpan.FromSeconds(0.3), new Reports(), default));
        Assert.StartsWith("1 of 1 nodes were not ready after 0.3 s (a: no connection to 127.0.0.1:", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Metrics_tell_how_a_node_is()
    {
        var report = NodeReport.Parse("# HELP mysticeti_round Round.\n# TYPE mysticeti_round gauge\nmysticeti_round 41\nmysticeti_ready 1\nmysticeti_peers_connected 3\nbroken\n");
        Assert.Equal(new NodeReport(true, 41, null, 3), report);
        Assert.Equal(NodeReport.Silent, NodeReport.Parse("<html>"));
    }

    private static async Task<string> AnswerAsync(TcpListener server, string status)
    {
        using var client = await server.AcceptTcpClientAsync();
        var buffer = new byte[4096];
        var read = await client.GetStream().ReadAsync(buffer);
        await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        return System.Text.Encoding.ASCII.GetString(buffer, 0, read);
    }
}
