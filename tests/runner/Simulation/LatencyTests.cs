using Mysticeti.Engine.Simulation;
using Mysticeti.Topology;
using Mysticeti.Topology.Regions;
using static Mysticeti.Runner.Tests.Simulation.Simulations;

namespace Mysticeti.Runner.Tests.Simulation;

public class LatencyTests
{
    [Fact]
    public void No_commit_is_faster_than_three_messages_and_the_median_stays_below_six()
    {
        var settings = Small(committee: 10) with { Latency = Seconds(0.05), Jitter = TimeSpan.Zero };
        var outcome = Run(settings);
        Assert.True(outcome.Live);
        // Leader block, vote, certificate: three one-way times are the least.
        Assert.True(outcome.Result.Histogram.MinNs >= 3 * 50_000_000L, $"{outcome.Result.Histogram.MinNs} ns");
        Assert.InRange(outcome.Result.Latency.P50.Ms!.Value, 3 * 50, 6 * 50);
        Assert.InRange(outcome.Result.Latency.P99.Ms!.Value, 3 * 50, 8 * 50);
    }

    [Fact]
    public void Across_regions_the_median_lies_between_one_and_a_half_and_six_longest_one_way_times()
    {
        var settings = Small(committee: 20) with { Regions = Wan };
        var outcome = Run(settings);
        Assert.True(outcome.Live);
        Assert.Equal(164, outcome.Facts.LongestOneWayMs);
        Assert.InRange(outcome.Result.Latency.P50.Ms!.Value, 1.5 * 164, 6 * 164);
    }

    [Fact]
    public void Service_time_and_bandwidth_show_in_the_latency()
    {
        var settings = Small(committee: 4) with { TransactionSize = 512, Loads = [2_000], Duration = Seconds(2) };
        var free = Run(settings with { BlockServiceTime = TimeSpan.Zero, TransactionServiceTime = TimeSpan.Zero, LinkBitsPerSecond = 0, UplinkBitsPerSecond = 0 });
        var busy = Run(settings with { BlockServiceTime = TimeSpan.FromMilliseconds(3) });
        var narrow = Run(settings with { LinkBitsPerSecond = 10_000_000 });
        Assert.True(busy.Result.Latency.P50.Ms > free.Result.Latency.P50.Ms + 10);
        Assert.True(narrow.Result.Latency.P50.Ms > free.Result.Latency.P50.Ms + 10);
    }

    [Fact]
    public void Messages_of_one_link_arrive_in_order_and_not_before_their_time()
    {
        var links = new LinkModel(Small() with { Jitter = Seconds(0.02), Loss = 0.2, LinkBitsPerSecond = 8_000_000 });
        long last = 0, highest = 0;
        for (var i = 0; i < 2_000; i++)
        {
            var arrival = links.ArrivalNs(0, 1, bytes: 1_000, departNs: i * 100_000);
            // 1,000 bytes at 1 MB/s take 1 ms: the link is the bottleneck.
            Assert.True(arrival >= 20_000_000 + ((i + 1) * 1_000_000L));
            Assert.True(arrival >= last);
            highest = Math.Max(highest, arrival - (20_000_000 + ((i + 1) * 1_000_000L)));
            last = arrival;
        }

        Assert.True(highest > 40_000_000, "no loss was seen");
        Assert.Equal(2_000_000, links.Bytes);
        Assert.True(links.ArrivalNs(1, 0, 1_000, 0) < 1_000_000_000, "the other direction is its own link");
    }

    [Fact]
    public void Events_come_by_time_and_then_in_the_order_of_their_planning()
    {
        var queue = new EventQueue();
        var random = new Random(5);
        var expected = new List<(long AtNs, int Node)>();
        for (var i = 0; i < 5_000; i++)
        {
            var at = random.Next(300);
            queue.Add(at, EventKind.Wake, i);
            expected.Add((at, i));
            if (i % 3 != 0) continue;
            expected = [.. expected.OrderBy(e => e.AtNs).ThenBy(e => e.Node)];
            var next = queue.Take();
            Assert.Equal(expected[0], (next.AtNs, next.Node));
            expected.RemoveAt(0);
        }

        foreach (var (at, node) in expected.OrderBy(e => e.AtNs).ThenBy(e => e.Node))
        {
            var next = queue.Take();
            Assert.Equal((at, node), (next.AtNs, next.Node));
        }

        Assert.Equal(long.MaxValue, queue.NextNs);
    }

    [Fact]
    public void The_latency_matrix_is_symmetric_and_of_a_plausible_scale()
    {
        var matrix = LatencyMatrix.Aws;
        foreach (var from in matrix.Regions)
        {
            Assert.Equal(Seconds(0.001), matrix.RoundTrip(from, from));
            foreach (var to in matrix.Regions.Where(to => to != from))
            {
                Assert.Equal(matrix.RoundTrip(from, to), matrix.RoundTrip(to, from));
                Assert.InRange(matrix.RoundTrip(from, to).TotalMilliseconds, 10, 400);
            }
        }

        Assert.Equal(35, matrix.OneWay("us-east-1", "eu-west-1").TotalMilliseconds);
        Assert.Equal(164, matrix.OneWay("sa-east-1", "ap-southeast-1").TotalMilliseconds);
        Assert.Throws<TopologyException>(() => matrix.OneWay("us-east-1", "mars-1"));
        Assert.Throws<TopologyException>(() => LatencyMatrix.Parse("test", "a 1\nb 1"));
    }
}
