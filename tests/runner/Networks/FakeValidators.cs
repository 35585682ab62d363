using System.Net;
using System.Net.Sockets;
using Mysticeti.Engine.Networks;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Tests.Networks;

/// <summary>
/// Shell scripts in the place of validators, and servers that answer for them once their processes run: how processes are
/// kept is tested here, what real validators do in the end-to-end tests.
/// </summary>
internal sealed class FakeValidators : IDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly List<TcpListener> _servers = [];

    public FakeValidators(string script)
    {
        Executable = Directory.File("fake-validator");
        System.IO.File.WriteAllText(Executable, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows()) System.IO.File.SetUnixFileMode(Executable, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Lives until it is told to end, and ends with its parent.</summary>
    public static FakeValidators WellBehaved() => new("echo started \"$@\"\nexec cat");

    public TemporaryDirectory Directory { get; } = new();

    public string Executable { get; }

    public string NetworksDirectory => Directory.File("networks");

    public NetworkDirectories Directories => new(NetworksDirectory);

    public EmbeddedNetworkSettings Settings(int? basePort = 0) => new()
    {
        Committee = 4,
        BasePort = basePort,
        NetworksDirectory = NetworksDirectory,
        Validator = Executable,
        StopGrace = TimeSpan.FromSeconds(20),
    };

    /// <summary>The first of 12 ports in a row that are free.</summary>
    public static int FreeBasePort()
    {
        while (true)
        {
            var first = FreePorts.Reserve(1)[0];
            if (first + 12 < 65536 && FreePorts.FirstOccupied(Enumerable.Range(first, 12), IPAddress.Loopback) is null) return first;
        }
    }

    /// <summary>Waits until the network's processes run, then answers on the RPC ports from <paramref name="basePort"/> on.</summary>
    public async Task ServeAsync(int basePort, string network = "embedded")
    {
        await Eventually.HoldsAsync(() => Directories.Read(network) is { Nodes.Length: 4 });
        for (var port = basePort; port < basePort + 4; port++)
        {
            var server = new TcpListener(IPAddress.Loopback, port);
            server.Start();
            _servers.Add(server);
            _ = AnswerAsync(server);
        }
    }

    public void Dispose()
    {
        _end.Cancel();
        _servers.ForEach(server => server.Dispose());
        _end.Dispose();
        Directory.Dispose();
    }

    private async Task AnswerAsync(TcpListener server)
    {
        const string Body = "# TYPE mysticeti_round gauge\nmysticeti_ready 1\nmysticeti_round 12\nmysticeti_commit_index 7\nmysticeti_peers_connected 3\n";
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                using var client = await server.AcceptTcpClientAsync(_end.Token);
                _ = await client.GetStream().ReadAsync(buffer, _end.Token);
                var answer = $"HTTP/1.1 200 OK\r\nContent-Length: {Body.Length}\r\nConnection: close\r\n\r\n{Body}";
                await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer), _end.Token);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}

/// <summary>Keeps what was reported.</summary>
internal sealed class Reports : IProgress<string>
{
    public List<string> Lines { get; } = [];

    public void Report(string value) => Lines.Add(value);
}
