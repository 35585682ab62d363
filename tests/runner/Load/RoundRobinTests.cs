using Mysticeti.Runner.Load;

namespace Mysticeti.Runner.Tests.Load;

public class RoundRobinTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 1)]
    [InlineData(4, 5)]
    [InlineData(7, 3)]
    public void Following_a_node_from_its_first_transaction_visits_exactly_its_own(int nodes, int group)
    {
        const int Count = 1_000;
        var targets = new RoundRobin(nodes, group);
        for (var node = 0; node < nodes; node++)
        {
            var visited = new List<int>();
            for (var sequence = targets.First(node); sequence < Count; sequence = targets.Next(sequence)) visited.Add(sequence);
            Assert.Equal(Enumerable.Range(0, Count).Where(sequence => targets.NodeOf(sequence) == node), visited);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1_000, 1)]
    [InlineData(5_000, 5)]
    [InlineData(1_000_000, 100)]
    public void A_group_is_what_falls_due_in_a_millisecond(int rate, int group) =>
        Assert.Equal(group, RoundRobin.For(4, rate).Group);
}
