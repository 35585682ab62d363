using Mysticeti.Consensus.Tests.Dags;

namespace Mysticeti.Consensus.Tests;

/// <summary>The same rule with other numbers: longer waves, several leaders, no pipelining, unequal stake, a cursor that starts late.</summary>
public sealed class CommitVariantTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void A_leader_is_committed_at_the_end_of_its_wave(int waveLength)
    {
        var dag = new DagBuilder(4).Full(waveLength - 1);
        Assert.Equal("B1 Undecided", dag.Evaluate(waveLength: waveLength)[0]);
        dag.Full();
        var statuses = dag.Evaluate(waveLength: waveLength);
        Assert.Equal("B1 DirectCommit", statuses[0]);
        Assert.Equal(waveLength, statuses.Length);
        Assert.All(statuses[1..], status => Assert.EndsWith("Undecided", status, StringComparison.Ordinal));
    }

    [Fact]
    public void In_a_wave_of_four_votes_reach_the_leader_over_other_blocks()
    {
        // Only A2 refers to B1; round 3 reaches it through A2 and so votes.
        var dag = new DagBuilder(4).Full(1)
            .Round(("A", "*"), ("B", "-B1"), ("C", "-B1"), ("D", "-B1"))
            .Full(2);
        Assert.Equal("B1 DirectCommit", dag.Evaluate(waveLength: 4)[0]);
        Assert.Equal("B1 DirectSkip", dag.Evaluate(waveLength: 3)[0]);
    }

    [Fact]
    public void In_a_wave_of_four_a_leader_that_the_voting_round_does_not_reach_is_skipped()
    {
        var dag = new DagBuilder(4).Full(1)
            .Round(("A", "*"), ("B", "-B1"), ("C", "-B1"), ("D", "-B1"))
            .Round(("A", "*"), ("B", "B2 C2 D2"), ("C", "C2 B2 D2"), ("D", "D2 B2 C2"));
        Assert.Equal("B1 DirectSkip", dag.Evaluate(waveLength: 4)[0]);
    }

    [Fact]
    public void In_a_wave_of_five_the_first_block_met_depth_first_is_supported()
    {
        // Round 2: A, C and D saw B1', B saw B1. Through which of A2 and B2 a block walks first decides what it supports.
        var dag = new DagBuilder(4)
            .Round(("A", "*"), ("B", "*"), ("B'", "*"), ("C", "*"), ("D", "*"))
            .Round(("A", "A1 B1' C1"), ("B", "B1 A1 C1"), ("C", "C1 B1' D1"), ("D", "D1 A1 C1"))
            .Round(("A", "A2 B2 C2"), ("B", "B2 A2 C2"), ("C", "C2 B2 A2"), ("D", "D2 C2 B2"))
            .Full(2);
        Assert.Equal("B1' DirectCommit", dag.Evaluate(waveLength: 5)[0]);
        var other = new DagBuilder(4)
            .Round(("A", "*"), ("B", "*"), ("B'", "*"), ("C", "*"), ("D", "*"))
            .Round(("A", "A1 B1' C1"), ("B", "B1 A1 C1"), ("C", "C1 B1' D1"), ("D", "D1 A1 C1"))
            .Round(("A", "B2 A2 C2"), ("B", "B2 A2 C2"), ("C", "B2 C2 A2"), ("D", "D2 B2 C2"))
            .Round(("A", "B3 C3 D3"), ("B", "B3 C3 D3"), ("C", "C3 B3 D3"), ("D", "D3 B3 C3"))
            .Full(1);
        Assert.Equal("B1 DirectCommit", other.Evaluate(waveLength: 5)[0]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Several_leaders_of_a_round_are_decided_by_ascending_offset(int leaders)
    {
        var dag = new DagBuilder(4).Full(3);
        string[] expected = ["B1 DirectCommit", "C1 DirectCommit", "D1 DirectCommit", "A1 DirectCommit"];
        Assert.Equal(expected[..leaders], dag.Evaluate(leaders)[..leaders]);
        Assert.Equal(expected[..leaders], dag.Rule(leaders).TryDecide().Select(DagBuilder.Describe));
    }

    [Fact]
    public void The_cursor_stops_between_two_leaders_of_a_round()
    {
        // B1 is committed; C1 has two votes and two blames.
        var dag = new DagBuilder(4).Full(1).Round(("A", "-C1"), ("B", "-C1"), ("C", "*"), ("D", "*")).Full(1);
        var rule = dag.Rule(leaders: 2);
        Assert.Equal(["B1 DirectCommit"], rule.TryDecide().Select(DagBuilder.Describe));
        Assert.Equal((1, 1), (rule.CursorRound, rule.CursorOffset));

        dag.Full(3);
        Assert.Equal("C1 IndirectSkip", DagBuilder.Describe(rule.TryDecide()[0]));
    }

    [Fact]
    public void Without_pipelining_only_multiples_of_the_wave_length_have_leaders()
    {
        var dag = new DagBuilder(4).Full(8);
        Assert.Equal(["D3 DirectCommit", "C6 DirectCommit"], dag.Evaluate(pipelined: false));
        Assert.Equal(["A4 DirectCommit", "A8 Undecided"], dag.Evaluate(waveLength: 4, pipelined: false));
    }

    [Fact]
    public void Without_pipelining_the_next_wave_is_the_anchor()
    {
        var dag = new DagBuilder(4).Full(3).Round(("A", "*"), ("B", "*"), ("C", "-D3"), ("D", "-D3")).Full(3);
        Assert.Equal(["D3 Undecided", "C6 Undecided"], dag.Evaluate(pipelined: false));
        dag.Full(1);
        Assert.Equal(["D3 IndirectSkip", "C6 DirectCommit"], dag.Evaluate(pipelined: false));
    }

    [Fact]
    public void Stake_decides_and_not_the_number_of_authorities()
    {
        // T = 10, Q = 7: A with 7 is a quorum alone, the others together are none.
        var committee = new Committee([new(7, default), new(1, default), new(1, default), new(1, default)]);
        var few = new DagBuilder(committee).Full(1).Round(("A", "*"), ("B", "-B1"), ("C", "-B1"), ("D", "-B1")).Round(("A", "*"));
        Assert.Equal("B1 DirectCommit", few.Evaluate()[0]);

        var many = new DagBuilder(committee).Full(1).Round(("A", "-B1"), ("B", "*"), ("C", "*"), ("D", "*")).Full(1);
        Assert.Equal("B1 DirectSkip", many.Evaluate()[0]);
    }

    [Fact]
    public void A_rule_that_starts_at_a_later_slot_goes_on_as_one_that_never_stopped()
    {
        var dag = new DagBuilder(4).Full(12);
        var whole = dag.Rule(leaders: 2).TryDecide();
        var parameters = new ConsensusParameters();
        var rest = new CommitRule(dag.Dag, dag.Committee, parameters, 5, 1).TryDecide();
        Assert.Equal(whole.Where(slot => slot.Round > 5 || (slot.Round == 5 && slot.Offset == 1)), rest);
        Assert.Equal(6, new CommitRule(dag.Dag, dag.Committee, parameters, 5, 2).CursorRound);
        Assert.Equal(6, new CommitRule(dag.Dag, dag.Committee, parameters with { Pipelined = false }, 4).CursorRound);
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(5, 3)]
    [InlineData(2, 2)]
    public void Leaders_and_wave_length_out_of_range_are_refused(int leaders, int waveLength)
    {
        var dag = new DagBuilder(4);
        Assert.Throws<ArgumentException>(() => dag.Rule(leaders, waveLength));
    }
}
