using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mysticeti.Topology;

namespace Mysticeti.EndToEnd.Tests;

public sealed class HostileBytesTests
{
    private const int ParseError = -32700, MethodNotFound = -32601, InvalidParameters = -32602;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Bad_bytes_at_the_RPC_port_get_the_standard_error_and_the_network_goes_on()
    {
        using var sandbox = new Sandbox();
        var runner = sandbox.Start("embedded-network", "--base-port", "0");
        var network = await sandbox.ReadyAsync();
        var node = network.Nodes[0];

        Assert.Equal(ParseError, await Rpc.ErrorCodeAsync(node, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":"));
        Assert.Equal(MethodNotFound, await Rpc.ErrorCodeAsync(node, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"no_such_method\"}"));
        Assert.Equal(InvalidParameters, await Rpc.ErrorCodeAsync(node, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"broadcast_tx_async\",\"params\":{\"tx\":{\"a\":1}}}"));
        Assert.Equal(InvalidParameters, await Rpc.ErrorCodeAsync(node, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"broadcast_tx_async\",\"params\":{\"tx\":\"***\"}}"));
        Assert.False(await IsTakenAsync(node, new ByteArrayContent(new byte[10_000_000])), "a body of 10 MB was taken");
        using var half = await ConnectAsync(node.RpcUrl.Port);
        await half.GetStream().WriteAsync(Encoding.ASCII.GetBytes("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{\"half"));
        using (var noise = await ConnectAsync(node.RpcUrl.Port)) await WriteNoiseAsync(noise);

        await Rpc.CommitsGoOnAsync(network);
        Assert.Null(await Rpc.ErrorCodeAsync(node, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"broadcast_tx_sync\",\"params\":{\"tx\":\"aGVsbG8=\"}}"));
        await StopAsync(sandbox, runner);
    }

    [Fact]
    public async Task Bad_bytes_at_the_peer_port_get_nowhere_and_the_network_goes_on()
    {
        using var sandbox = new Sandbox();
        var runner = sandbox.Start("embedded-network", "--base-port", "0");
        var network = await sandbox.ReadyAsync();
        var genesis = Genesis.Load(Path.Combine(sandbox.NetworkDirectory(), "genesis.json"));
        foreach (var authority in genesis.Authorities)
        {
            var port = HostPort.Parse(authority.PeerAddress).Port;
            using (var noise = await ConnectAsync(port)) await WriteNoiseAsync(noise);
            using (var frame = await ConnectAsync(port))
            {
                await frame.GetStream().WriteAsync(FrameOf2GB());
                await IsClosedAsync(frame.GetStream());
            }

            await StrangerAsync(port);
        }

        await Rpc.CommitsGoOnAsync(network);
        await StopAsync(sandbox, runner);
    }

    /// <summary>A TLS client with a key that is not the committee's: it is turned away in the handshake or right after it.</summary>
    private static async Task StrangerAsync(int port)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var own = new CertificateRequest("CN=stranger", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var connection = await ConnectAsync(port);
#pragma warning disable CA5359 // It is the stranger who does not care whom it talks to.
        await using var tls = new SslStream(connection.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "mysticeti",
                ClientCertificates = [own],
                EnabledSslProtocols = SslProtocols.Tls13,
            }).WaitAsync(Longest);
            await tls.WriteAsync(FrameOf2GB());
        }
        catch (Exception error) when (error is AuthenticationException or IOException)
        {
            return;
        }

        await IsClosedAsync(tls);
    }

    /// <summary>A length in front of a frame, in both byte orders, and a little of what it announces.</summary>
    private static byte[] FrameOf2GB()
    {
        var bytes = new byte[64];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, int.MaxValue);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4), int.MaxValue);
        return bytes;
    }

    private static async Task WriteNoiseAsync(TcpClient connection)
    {
        var noise = new byte[100_000];
        new Random(5).NextBytes(noise);
        try
        {
            await connection.GetStream().WriteAsync(noise);
            await IsClosedAsync(connection.GetStream());
        }
        catch (IOException)
        {
            // Closed while it was still being written: just right.
        }
    }

    /// <summary>Waits until the other side has closed; what it says before that (an HTTP error) is of no interest.</summary>
    private static async Task IsClosedAsync(Stream stream)
    {
        var buffer = new byte[4096];
        using var limit = new CancellationTokenSource(Longest);
        try
        {
            while (await stream.ReadAsync(buffer, limit.Token) > 0)
            {
                // Goes on until the end.
            }
        }
        catch (IOException)
        {
            // Reset: closed as well.
        }
    }

    private static async Task<bool> IsTakenAsync(NodeOutput node, HttpContent content)
    {
        try
        {
            using var response = await Rpc.PostAsync(node, content);
            return response.IsSuccessStatusCode && !(await response.Content.ReadAsStringAsync()).Contains("\"error\"", StringComparison.Ordinal);
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task<TcpClient> ConnectAsync(int port)
    {
        var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port);
        return client;
    }

    private static async Task StopAsync(Sandbox sandbox, RunnerProcess runner)
    {
        Assert.Equal(4, sandbox.Validators().Count);
        runner.Signal(RunnerProcess.Interrupt);
        await runner.ExitAsync();
        Assert.Equal(130, runner.ExitCode);
        Assert.DoesNotContain("mysticeti-node", runner.Error, StringComparison.Ordinal);
        await sandbox.NoValidatorIsLeftAsync();
    }
}
