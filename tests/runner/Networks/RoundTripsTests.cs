using Mysticeti.Engine.Networks;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Tests.Networks;

public sealed class RoundTripsTests
{
    [Fact]
    public void Paths_are_read_from_a_validators_metrics()
    {
        const string Metrics = """
            # TYPE mysticeti_peer_round_trip_seconds gauge
            mysticeti_peer_round_trip_seconds{peer="0"} 0.0712
            mysticeti_peer_round_trip_seconds{peer="2"} 0.15
            mysticeti_peer_emulated_round_trip_seconds{peer="0"} 0.07
            mysticeti_peer_emulated_round_trip_seconds{peer="3"} 0.2
            mysticeti_round 7
            """;
        var path = Assert.Single(RoundTrips.Parse(1, Metrics));
        Assert.Equal((1, 0), (path.From, path.To));
        Assert.Equal(70, path.Configured, 6);
        Assert.Equal(71.2, path.Measured, 6);
    }

    [Fact]
    public void The_table_has_a_line_for_each_pair_of_regions_and_says_what_is_missing()
    {
        var nodes = Enumerable.Range(0, 3).Select(i => new NodeOutput
        {
            Index = i, Name = $"node{i}", Region = i == 2 ? "west" : "east", Host = "127.0.0.1", RpcUrl = new Uri("http://127.0.0.1/"),
            MetricsUrl = new Uri("http://127.0.0.1/metrics"), AbciAddress = "tcp://127.0.0.1:1",
        }).ToList();
        var lines = RoundTrips.Table(nodes, [new(0, 1, 1, 1.25), new(0, 2, 70, 71), new(1, 2, 70, 70.5), new(2, 0, 70, 80)]);
        Assert.Equal(["  east - east     1.0     1.3  (1.3 to 1.3)", "  east - west    70.0    71.0  (70.5 to 80.0)", "  not measured in time: 2 of 6 paths"], lines.Skip(1));
    }
}
