using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Mysticeti.Topology;
using Mysticeti.Validator.Emulation;
using Mysticeti.Validator.Node;
using Mysticeti.Validator.Tests.Rpc;

namespace Mysticeti.Validator.Tests.Links;

public sealed class WanEmulationTests : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("mysticeti-test-").FullName;
    private readonly List<ValidatorNode> _nodes = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) await node.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void Round_trips_come_from_the_file_in_either_direction_and_else_from_the_built_in_matrix()
    {
        var wan = new WanParameters { RoundTripMs = { ["home"] = new() { ["eu-west-1"] = 50 } }, BandwidthMbps = 8, JitterMs = 2, LossRate = 0.1 };
        var expected = new LinkConditions(TimeSpan.FromMilliseconds(25), TimeSpan.FromMilliseconds(2), 0.1, 1_000_000);
        Assert.Equal(expected, wan.Between(In("home"), In("eu-west-1")));
        Assert.Equal(expected, wan.Between(In("eu-west-1"), In("home")));
        Assert.Equal(TimeSpan.FromMilliseconds(0.5), wan.Between(In("home"), In("home")).OneWay);
        Assert.Throws<TopologyException>(() => wan.Between(In("elsewhere"), In("elsewhere")));
        Assert.Equal(TimeSpan.FromMilliseconds(35), wan.Between(In("us-east-1"), In("eu-west-1")).OneWay);
        Assert.Contains("home", Assert.Throws<TopologyException>(() => wan.Between(In("home"), In("us-east-1"))).Message);
    }

    [Fact]
    public async Task Validators_measure_the_emulated_round_trip_and_commit_across_it()
    {
        var plan = GenesisFiles.Write(GenesisFiles.Specify(committee: 4, basePort: 0), _directory, TimeProvider.System);
        var region = plan.Genesis.Authorities[0].Region;
        var parameters = Path.Combine(_directory, "parameters.json");
        await File.WriteAllTextAsync(parameters, $$"""{ "wan": { "roundTripMs": { "{{region}}": { "{{region}}": 60 } }, "jitterMs": 1, "lossRate": 0.01, "bandwidthMbps": 1000 } }""");
        foreach (var launch in plan.Nodes)
        {
            _nodes.Add(await ValidatorNode.StartAsync(
                new RunOptions
                {
                    AuthorityIndex = launch.Index, GenesisPath = launch.GenesisPath, KeyPath = launch.KeyPath, WorkingDirectory = launch.WorkingDirectory,
                    Bind = IPAddress.Loopback, RpcPort = launch.RpcPort, PeerPort = launch.PeerPort, ParametersPath = parameters,
                },
                NullLoggerFactory.Instance, TimeProvider.System, CancellationToken.None));
        }

        await Until.TrueAsync(() => _nodes.All(node => node.CommitLog.LastIndex >= 3 && node.Peers.All(peer => peer.RoundTrip is not null)));
        Assert.All(_nodes.SelectMany(node => node.Peers), peer => Assert.True(peer.RoundTrip >= TimeSpan.FromMilliseconds(60), $"{peer.RoundTrip}"));
    }

    private static GenesisAuthority In(string region) => new(0, "x", region, 1, "", "");
}
