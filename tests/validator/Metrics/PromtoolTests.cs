using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Mysticeti.Topology;
using Mysticeti.Validator.Node;

namespace Mysticeti.Validator.Tests.Metrics;

/// <summary>The metrics of a real validator, before Prometheus' own judge.</summary>
public sealed class PromtoolTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("mysticeti-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Promtool_finds_nothing_to_complain_of()
    {
        var plan = GenesisFiles.Write(GenesisFiles.Specify(committee: 4, basePort: 0), Path.Combine(_directory, "network"), TimeProvider.System);
        var parameters = Path.Combine(_directory, "parameters.json");
        await File.WriteAllTextAsync(parameters, """{ "wan": { "roundTripMs": { "local": { "local": 1 } } } }""");
        var launch = plan.Nodes[0];
        await using var node = await ValidatorNode.StartAsync(
            new RunOptions
            {
                AuthorityIndex = 0, GenesisPath = launch.GenesisPath, KeyPath = launch.KeyPath, WorkingDirectory = launch.WorkingDirectory,
                Bind = IPAddress.Loopback, RpcPort = launch.RpcPort, PeerPort = launch.PeerPort, ParametersPath = parameters,
                HeartbeatUrl = new Uri("http://127.0.0.1:9/"), UnsafeFaultInjection = true,
            },
            NullLoggerFactory.Instance, TimeProvider.System, CancellationToken.None);
        using var http = new HttpClient();
        var metrics = await http.GetStringAsync(new Uri($"http://127.0.0.1:{launch.RpcPort}/metrics"));
        foreach (var name in (string[])["mysticeti_block_log_bytes", "mysticeti_block_log_segments", "mysticeti_blocks_in_memory", "mysticeti_heartbeats_sent_total"])
            Assert.Contains($"\n{name} ", metrics, StringComparison.Ordinal);
        Assert.Contains("mysticeti_rpc_request_duration_seconds_bucket{le=\"0.001\"}", metrics, StringComparison.Ordinal);
        Assert.Contains("mysticeti_peer_emulated_round_trip_seconds{peer=\"3\"} 0.001", metrics, StringComparison.Ordinal);
        await Promtool.CheckAsync(metrics);
    }
}
