using Mysticeti.Consensus.Tests.Dags;

namespace Mysticeti.Consensus.Tests;

/// <summary>The real commit rule against the naive one on random DAGs, block by block.</summary>
public sealed class CommitModelTests
{
    [Fact]
    public void The_rule_agrees_with_the_protocols_words_on_valid_dags()
    {
        var seen = new HashSet<LeaderStatus>();
        for (var seed = 1; seed <= 1_500; seed++) Compare(seed, RandomDag.Valid(seed, rounds: 9), seen);
        Assert.Equal(Enum.GetValues<LeaderStatus>().Length, seen.Count);
    }

    [Fact]
    public void The_rule_agrees_with_the_protocols_words_on_blocks_as_they_are()
    {
        var seen = new HashSet<LeaderStatus>();
        for (var seed = 1; seed <= 2_500; seed++) Compare(seed, RandomDag.Wild(seed, rounds: 9), seen);
        Assert.Equal(Enum.GetValues<LeaderStatus>().Length, seen.Count);
    }

    private static void Compare(int seed, RandomDag dag, HashSet<LeaderStatus> seen)
    {
        var random = new Random(seed);
        var parameters = new ConsensusParameters
        {
            LeadersPerRound = random.Next(1, Math.Min(dag.Committee.Size, 4) + 1),
            WaveLength = random.Next(3, 6),
            Pipelined = random.Next(4) > 0,
        };
        var view = new Dag(dag.Committee);
        var rule = new CommitRule(view, dag.Committee, parameters);
        var delivered = new List<Block>();
        // How often the rule is asked must not matter to its answers.
        var stride = random.Next(5, 40);
        foreach (var block in dag.Delivery(seed))
        {
            view.Add(block);
            delivered.Add(block);
            if (delivered.Count % stride != 0 && delivered.Count < dag.Blocks.Count) continue;
            var expected = new NaiveCommitRule(dag.Committee, parameters, delivered).Decide();
            var actual = rule.Evaluate(view.HighestRound);
            Assert.True(expected.SequenceEqual(actual), $"seed {seed}, after {delivered.Count} blocks, {parameters}:\n{string.Join('\n', expected.Except(actual).Zip(actual.Except(expected)))}");
            seen.UnionWith(actual.Select(slot => slot.Status));
        }
    }
}
