using Mysticeti.Engine.Console;
using Mysticeti.Engine.Load;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Tests.Load;

public class TargetsTests
{
    private const int Count = 1_000;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 1)]
    [InlineData(4, 5)]
    [InlineData(7, 3)]
    public void Following_a_node_from_its_first_transaction_visits_exactly_its_own(int nodes, int group) =>
        AssertVisited(new Targets([.. Enumerable.Range(0, nodes)], group), nodes);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1_000, 1)]
    [InlineData(5_000, 5)]
    [InlineData(1_000_000, 100)]
    public void A_group_is_what_falls_due_in_a_millisecond(int rate, int group) =>
        Assert.Equal(group, Targets.RoundRobin(4, rate).Group);

    [Theory]
    [InlineData(new[] { 5, 1, 1 }, "0012000")]
    [InlineData(new[] { 2, 2 }, "01")]
    [InlineData(new[] { 0, 3, 0 }, "1")]
    public void Weights_are_spread_evenly(int[] weights, string expected)
    {
        var targets = Targets.Weighted(weights, load: 1);
        var pattern = string.Concat(Enumerable.Range(0, expected.Length).Select(targets.NodeOf));
        Assert.Equal(expected.Order(), pattern.Order());
        if (weights[0] == 5) Assert.Equal("0010200", pattern);

        AssertVisited(Targets.Weighted(weights, load: 3_000), weights.Length);
    }

    [Theory]
    [InlineData("round-robin", new[] { 3 }, "012")]
    [InlineData("round-robin", new int[0], "0123")]
    [InlineData("weighted:2,1,1,5", new[] { 1, 3 }, "002")]
    [InlineData("region:r1", new[] { 1, 2 }, "3")]
    public void Nodes_that_are_down_throughout_are_no_targets(string choice, int[] down, string expected)
    {
        var targets = TargetChoice.Parse(choice)!.For(Nodes(4), load: 1, down);
        Assert.Equal(expected, string.Concat(Enumerable.Range(0, expected.Length).Select(targets.NodeOf).Order()));
        Assert.All(down, node => Assert.Equal(int.MaxValue, targets.First(node)));
    }

    [Fact]
    public void Targets_that_are_all_down_are_refused() => Assert.Contains(
        "weighted:0,1,1,0 name is down for the whole load",
        Assert.Throws<UsageException>(() => TargetChoice.Parse("weighted:0,1,1,0")!.For(Nodes(4), load: 1, [1, 2])).Message,
        StringComparison.Ordinal);

    private static NodeOutput[] Nodes(int count) => [.. Enumerable.Range(0, count).Select(i => new NodeOutput
    {
        Index = i, Name = $"n{i}", Host = "127.0.0.1", RpcUrl = new Uri($"http://127.0.0.1:{1000 + i}"), Region = $"r{i % 2}",
    })];

    private static void AssertVisited(Targets targets, int nodes)
    {
        for (var node = 0; node < nodes; node++)
        {
            var visited = new List<int>();
            for (var sequence = targets.First(node); sequence < Count; sequence = targets.Next(sequence)) visited.Add(sequence);
            Assert.Equal(Enumerable.Range(0, Count).Where(sequence => targets.NodeOf(sequence) == node), visited);
        }
    }
}
