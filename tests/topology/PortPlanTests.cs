using System.Net;
using System.Net.Sockets;
using FsCheck;
using FsCheck.Fluent;

namespace Mysticeti.Topology.Tests;

public sealed class PortPlanTests
{
    [Fact]
    public void The_defaults_are_those_that_users_know()
    {
        var nodes = PortPlan.ForOneHost(4, basePort: null).Nodes;
        Assert.Equal(new NodePorts(26657, 26670, 26700), nodes[0]);
        Assert.Equal(new NodePorts(26660, 26673, 26703), nodes[3]);
        Assert.Equal(new NodePorts(26669, 26682, 26712), PortPlan.ForOneHost(13, basePort: null).Nodes[12]);
    }

    [Fact]
    public void Above_thirteen_all_are_counted_from_one_base() =>
        Assert.Equal(new NodePorts(26657 + 13, 26657 + 14 + 13, 26657 + 28 + 13), PortPlan.ForOneHost(14, basePort: null).Nodes[13]);

    [Fact]
    public void A_base_port_holds_for_small_committees_too() =>
        Assert.Equal(new NodePorts(30003, 30007, 30011), PortPlan.ForOneHost(4, 30000).Nodes[3]);

    [Fact]
    public void No_port_is_used_twice_whatever_the_committee_and_the_base_port() =>
        Prop.ForAll(
            Gen.Choose(1, 200).SelectMany(n => Gen.OneOf(Gen.Constant<int?>(null), Gen.Choose(1, 65536 - (3 * n)).Select(p => (int?)p)).Select(p => (n, p))).ToArbitrary(),
            at =>
            {
                var ports = PortPlan.ForOneHost(at.n, at.p).All().ToArray();
                return ports.Length == 3 * at.n && ports.Distinct().Count() == ports.Length && ports.All(port => port is >= 1 and <= 65535);
            }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(4, 0)]
    [InlineData(4, -1)]
    [InlineData(4, 65525)]
    [InlineData(200, 65535)]
    [InlineData(4, int.MaxValue)]
    public void A_base_port_without_room_is_refused_with_the_range(int committee, int basePort) =>
        Assert.EndsWith($"the base port must be from 1 to {65536 - (3 * committee)}", Samples.ErrorOf(() => PortPlan.ForOneHost(committee, basePort)), StringComparison.Ordinal);

    [Fact]
    public void The_highest_base_port_fits() => Assert.Equal(65535, PortPlan.ForOneHost(4, 65524).All().Max());

    [Fact]
    public void Given_ports_are_dealt_out_by_kind() =>
        Assert.Equal([new NodePorts(1, 3, 5), new NodePorts(2, 4, 6)], PortPlan.FromPorts([1, 2, 3, 4, 5, 6]).Nodes);

    [Theory]
    [InlineData(new int[0], "three ports for each validator")]
    [InlineData(new[] { 1, 2 }, "three ports for each validator")]
    [InlineData(new[] { 1, 2, 1 }, "port 1 is used twice")]
    [InlineData(new[] { 1, 2, 65536 }, "port 65536 is out of range")]
    public void Given_ports_that_do_not_fit_are_refused(int[] ports, string expected) =>
        Assert.Contains(expected, Samples.ErrorOf(() => PortPlan.FromPorts(ports)), StringComparison.Ordinal);

    [Fact]
    public void Reserved_ports_are_distinct_and_can_be_bound()
    {
        var ports = FreePorts.Reserve(30, new Random(7));
        Assert.Equal(30, ports.Distinct().Count());
        Assert.DoesNotContain(ports, port => port is >= 26657 and < 26713);
        Assert.Null(FreePorts.FirstOccupied(ports, IPAddress.Loopback));
    }

    [Fact]
    public void An_occupied_port_is_found_and_never_reserved()
    {
        var seed = new Random(11);
        var free = FreePorts.Reserve(3, new Random(11));
        using var listener = new TcpListener(IPAddress.Loopback, free[1]);
        listener.Start();

        Assert.Equal(free[1], FreePorts.FirstOccupied(free, IPAddress.Loopback));
        Assert.DoesNotContain(free[1], FreePorts.Reserve(3, seed));
    }

    [Fact]
    public void An_address_that_is_not_ours_is_told_apart_from_an_occupied_port() =>
        Assert.StartsWith("cannot listen on 203.0.113.1:26657", Samples.ErrorOf(() => FreePorts.FirstOccupied([26657], IPAddress.Parse("203.0.113.1"))), StringComparison.Ordinal);
}
