using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Mysticeti.Engine.Networks.Containers;
using Mysticeti.Engine.Resources;

namespace Mysticeti.Runner.Tests.Networks;

public sealed class ContainerResourcesTests
{
    // As Docker Engine 20.10 answers on a machine with version 2 of control groups; what is not read is left out.
    private const string Running = """
        {"read":"2026-11-21T07:30:02.25Z","preread":"0001-01-01T00:00:00Z","pids_stats":{"current":14},
         "blkio_stats":{"io_service_bytes_recursive":[{"major":8,"minor":0,"op":"read","value":4096},{"major":8,"minor":0,"op":"write","value":8192},
           {"major":8,"minor":16,"op":"write","value":1000}],"io_serviced_recursive":null},
         "cpu_stats":{"cpu_usage":{"total_usage":2500000000,"usage_in_kernelmode":1,"usage_in_usermode":2},"system_cpu_usage":1,"online_cpus":2},
         "memory_stats":{"usage":50000000,"stats":{"anon":40000000,"inactive_file":3000000},"limit":100000000},
         "name":"/a","networks":{"eth0":{"rx_bytes":700,"tx_bytes":800},"eth1":{"rx_bytes":70,"tx_bytes":80}}}
        """;

    private const string Stopped = """
        {"read":"0001-01-01T00:00:00Z","pids_stats":{},"blkio_stats":{"io_service_bytes_recursive":null},"cpu_stats":{"cpu_usage":{"total_usage":0}},"memory_stats":{},"name":"/b"}
        """;

    [Fact]
    public void Counters_are_summed_over_devices_and_networks()
    {
        var counters = Read(Running)!;
        Assert.Equal(new ResourceCounters(2.5, 47_000_000, 4096, 9192, 770, 880) { AtSeconds = counters.AtSeconds }, counters);
        Assert.Equal(new DateTimeOffset(2026, 11, 21, 7, 30, 2, 250, TimeSpan.Zero).ToUnixTimeMilliseconds() / 1e3, counters.AtSeconds);
    }

    [Fact]
    public void What_a_container_has_not_is_null()
    {
        var counters = Read(Running.Replace("\"networks\"", "\"other\"", StringComparison.Ordinal).Replace("\"io_service_bytes_recursive\"", "\"other\"", StringComparison.Ordinal))!;
        Assert.Equal((null, null, null, null), (counters.DiskReadBytes, counters.DiskWrittenBytes, counters.ReceivedBytes, counters.SentBytes));
        Assert.Null(Read(Stopped));
        var unaccounted = Running[..Running.IndexOf('[', StringComparison.Ordinal)] + Running[Running.IndexOf("],\"io_serviced", StringComparison.Ordinal)..].Insert(0, "[");
        Assert.Null(Read(unaccounted)!.DiskWrittenBytes);
    }

    [Fact]
    public async Task The_engine_is_asked_through_its_socket_and_an_unknown_container_is_a_gap()
    {
        using var directory = new TemporaryDirectory();
        using var engine = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var path = directory.File("engine.sock");
        engine.Bind(new UnixDomainSocketEndPoint(path));
        engine.Listen();
        var serving = ServeAsync(engine, 3);
        using var resources = new ContainerResources(path, ["a", "gone", "b"], TimeProvider.System);
        var counters = await resources.ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal([2.5, null, null], counters.Select(c => c?.CpuSeconds));
        await serving;
    }

    [Fact]
    public async Task Without_an_engine_there_are_only_gaps()
    {
        using var directory = new TemporaryDirectory();
        using var resources = new ContainerResources(directory.File("none.sock"), ["a"], TimeProvider.System);
        Assert.Equal([null], await resources.ReadAsync(TestContext.Current.CancellationToken));
    }

    private static ResourceCounters? Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        return ContainerResources.Read(document.RootElement);
    }

    private static async Task ServeAsync(Socket engine, int requests)
    {
        for (var i = 0; i < requests; i++)
        {
            using var connection = await engine.AcceptAsync();
            var buffer = new byte[4096];
            var request = "";
            while (!request.Contains("\r\n\r\n", StringComparison.Ordinal)) request += Encoding.ASCII.GetString(buffer, 0, await connection.ReceiveAsync(buffer));
            var body = request.StartsWith("GET /containers/a/stats?stream=false&one-shot=true ", StringComparison.Ordinal) ? Running
                : request.StartsWith("GET /containers/b/", StringComparison.Ordinal) ? Stopped : null;
            await connection.SendAsync(Encoding.ASCII.GetBytes(
                $"HTTP/1.1 {(body is null ? "404 Not Found" : "200 OK")}\r\nConnection: close\r\nContent-Length: {body?.Length ?? 0}\r\n\r\n{body}"));
        }
    }
}
