using Mysticeti.Consensus.Tests.Dags;

namespace Mysticeti.Consensus.Tests;

/// <summary>
/// One scenario, one test: four authorities A to D, one leader a round (B1, C2, D3, A4, B5, ..), waves of three rounds.
/// </summary>
public sealed class CommitScenarioTests
{
    [Fact]
    public void A_leader_with_a_quorum_of_certificates_is_committed_directly()
    {
        var dag = new DagBuilder(4).Full(2);
        Assert.Equal(["B1 Undecided", "C2 Undecided"], dag.Evaluate());

        dag.Full();
        Assert.Equal(["B1 DirectCommit", "C2 Undecided", "D3 Undecided"], dag.Evaluate());
        var decision = Assert.Single(dag.Rule().TryDecide());
        Assert.Equal(new LeaderDecision(1, 0, 1, LeaderStatus.DirectCommit, dag["B1"]), decision);
    }

    [Fact]
    public void Two_certificates_of_four_are_no_direct_commit()
    {
        var dag = new DagBuilder(4).Full(2).Round(("A", "*"), ("B", "*"), ("C", "A2 C2 D2"));
        Assert.Equal("B1 DirectCommit", dag.Evaluate()[0]);

        var short_ = new DagBuilder(4).Full(1).Round(("A", "*"), ("B", "*"), ("C", "*"), ("D", "-B1"))
            .Round(("A", "A2 B2 C2"), ("B", "B2 A2 C2"), ("C", "A2 C2 D2"), ("D", "A2 B2 D2"));
        Assert.Equal("B1 Undecided", short_.Evaluate()[0]);
    }

    [Fact]
    public void A_late_call_decides_many_rounds_at_once_as_many_calls_would()
    {
        var dag = new DagBuilder(4);
        var eager = dag.Rule();
        var step = new List<string>();
        for (var round = 1; round <= 20; round++)
        {
            dag.Full();
            step.AddRange(eager.TryDecide().Select(DagBuilder.Describe));
        }

        var late = dag.Rule().TryDecide().Select(DagBuilder.Describe).ToArray();
        Assert.Equal(18, late.Length);
        Assert.Equal(["B1 DirectCommit", "C2 DirectCommit"], late[..2]);
        Assert.Equal("C18 DirectCommit", late[^1]);
        Assert.Equal(late, step);
    }

    [Fact]
    public void A_cohort_of_a_quorum_commits_its_own_leaders_and_skips_the_absent_ones()
    {
        var dag = new DagBuilder(4).Full(6, absent: "D");
        Assert.Equal(
            ["B1 DirectCommit", "C2 DirectCommit", "D3 DirectSkip", "A4 DirectCommit", "B5 Undecided", "C6 Undecided"],
            dag.Evaluate());
    }

    [Fact]
    public void A_missing_leader_is_skipped_as_soon_as_a_quorum_of_the_voting_round_is_there()
    {
        var dag = new DagBuilder(4).Full(1, absent: "B");
        Assert.Equal("B1 Undecided", dag.Evaluate()[0]);
        dag.Round(("A", "*"), ("C", "*"));
        Assert.Equal("B1 Undecided", dag.Evaluate()[0]);

        var quorum = new DagBuilder(4).Full(1, absent: "B").Round(("A", "*"), ("C", "*"), ("D", "*"));
        Assert.Equal("B1 DirectSkip", quorum.Evaluate()[0]);
        Assert.Equal(["B1 DirectSkip"], quorum.Rule().TryDecide().Select(DagBuilder.Describe));
    }

    [Fact]
    public void A_leader_that_a_quorum_blames_is_skipped_directly()
    {
        var dag = new DagBuilder(4).Full(1).Round(("A", "-B1"), ("B", "*"), ("C", "-B1"), ("D", "-B1"));
        Assert.Equal(["B1 DirectSkip", "C2 Undecided"], dag.Evaluate());
    }

    [Fact]
    public void One_blame_short_of_a_quorum_leaves_the_slot_undecided()
    {
        var dag = new DagBuilder(4).Full(1).Round(("A", "-B1"), ("B", "*"), ("C", "-B1"), ("D", "*")).Full(2);
        Assert.Equal(["B1 Undecided", "C2 DirectCommit", "D3 Undecided", "A4 Undecided"], dag.Evaluate());
        Assert.Empty(dag.Rule().TryDecide());
    }

    [Fact]
    public void A_certificate_below_a_committed_anchor_commits_indirectly()
    {
        // Three votes for B1, but A3 alone refers to all of them.
        var dag = new DagBuilder(4).Full(1)
            .Round(("A", "*"), ("B", "*"), ("C", "*"), ("D", "-B1"))
            .Round(("A", "A2 B2 C2"), ("B", "B2 A2 D2"), ("C", "C2 A2 D2"), ("D", "D2 B2 C2"))
            .Full(2);
        Assert.Equal("B1 Undecided", dag.Evaluate()[0]);

        dag.Full();
        Assert.Equal("B1 IndirectCommit", dag.Evaluate()[0]);
        Assert.Equal("A4 DirectCommit", dag.Evaluate()[3]);
    }

    [Fact]
    public void No_certificate_below_a_committed_anchor_skips_indirectly()
    {
        var dag = new DagBuilder(4).Full(1).Round(("A", "-B1"), ("B", "*"), ("C", "-B1"), ("D", "*")).Full(4);
        Assert.Equal(
            ["B1 IndirectSkip", "C2 DirectCommit", "D3 DirectCommit", "A4 DirectCommit", "B5 Undecided", "C6 Undecided"],
            dag.Evaluate());
        Assert.Equal(4, dag.Rule().TryDecide().Count);
    }

    [Fact]
    public void A_certificate_that_the_anchor_has_not_seen_does_not_count()
    {
        // A3 is the only certificate for B1, and A4, the anchor, builds on the others alone.
        var dag = new DagBuilder(4).Full(1)
            .Round(("A", "*"), ("B", "*"), ("C", "*"), ("D", "-B1"))
            .Round(("A", "A2 B2 C2"), ("B", "B2 A2 D2"), ("C", "C2 A2 D2"), ("D", "D2 B2 C2"))
            .Round(("A", "B3 C3 D3"), ("B", "*"), ("C", "*"), ("D", "*"))
            .Full(2);
        Assert.Equal("B1 IndirectSkip", dag.Evaluate()[0]);
    }

    [Fact]
    public void A_skipped_slot_is_no_anchor_and_the_next_one_is()
    {
        // A4, the first slot from L + W on, is missing; B5 decides B1.
        var dag = new DagBuilder(4).Full(1).Round(("A", "-B1"), ("B", "*"), ("C", "-B1"), ("D", "*"))
            .Full(1).Full(1, absent: "A").Full(2);
        Assert.Equal("A4 DirectSkip", dag.Evaluate()[3]);
        Assert.Equal("B1 Undecided", dag.Evaluate()[0]);
        dag.Full();
        Assert.Equal("B1 IndirectSkip", dag.Evaluate()[0]);
    }

    [Fact]
    public void A_trailing_skip_is_not_yielded_again()
    {
        var dag = new DagBuilder(4).Full(1, absent: "B").Full(1);
        var rule = dag.Rule();
        Assert.Equal(["B1 DirectSkip"], rule.TryDecide().Select(DagBuilder.Describe));
        Assert.Empty(rule.TryDecide());
        Assert.Equal((2, 0), (rule.CursorRound, rule.CursorOffset));

        dag.Full(2);
        Assert.Equal(["C2 DirectCommit"], rule.TryDecide().Select(DagBuilder.Describe));
        Assert.Empty(rule.TryDecide());
    }

    [Fact]
    public void Of_an_equivocating_leader_the_block_with_the_certificates_is_committed()
    {
        var dag = new DagBuilder(4)
            .Round(("A", "*"), ("B", "*"), ("B'", "*"), ("C", "*"), ("D", "*"))
            .Round(("A", "A1 B1' C1 D1"), ("B", "B1 A1 C1 D1"), ("C", "C1 A1 B1' D1"), ("D", "D1 A1 B1' C1"))
            .Full(1);
        Assert.Equal("B1' DirectCommit", dag.Evaluate()[0]);
        Assert.Equal(1, dag.Dag.EquivocationCount);
    }

    [Fact]
    public void An_equivocating_leader_with_split_votes_is_skipped_by_the_anchor()
    {
        var dag = new DagBuilder(4)
            .Round(("A", "*"), ("B", "*"), ("B'", "*"), ("C", "*"), ("D", "*"))
            .Round(("A", "A1 B1' C1 D1"), ("B", "B1 A1 C1 D1"), ("C", "C1 A1 B1' D1"), ("D", "D1 A1 B1 C1"))
            .Full(4);
        Assert.Equal("B1 IndirectSkip", dag.Evaluate()[0]);
    }

    [Fact]
    public void Two_blocks_of_one_equivocator_vote_with_its_stake_once()
    {
        // D votes for B1 and blames it; neither the votes nor the blames of A and C make a quorum with it twice.
        var dag = new DagBuilder(4).Full(1).Round(("C", "-B1"), ("D", "-B1"), ("D'", "-B1"));
        Assert.Equal("B1 Undecided", dag.Evaluate()[0]);

        var votes = new DagBuilder(4).Full(1)
            .Round(("A", "-B1"), ("B", "*"), ("D", "*"), ("D'", "D1 B1 A1"))
            .Round(("A", "*"), ("B", "*"), ("C", "*"), ("D", "*"));
        Assert.Equal("B1 Undecided", votes.Evaluate()[0]);
    }

    [Fact]
    public void Blames_come_before_certificates()
    {
        // More faults than the protocol bears: B, C and D both vote and blame.
        var dag = new DagBuilder(4).Full(1)
            .Round(("A", "*"), ("B", "*"), ("B'", "-B1"), ("C", "*"), ("C'", "-B1"), ("D", "*"), ("D'", "-B1"))
            .Full(1);
        Assert.Equal("B1 DirectSkip", dag.Evaluate()[0]);
    }

    [Fact]
    public void Evaluating_leaves_nothing_out_of_the_next_decision()
    {
        var dag = new DagBuilder(4).Full(4);
        var rule = dag.Rule();
        Assert.Equal(2, rule.Evaluate(4).Count(slot => slot.Block is not null));
        Assert.Equal(2, rule.TryDecide().Count);
        Assert.Equal([LeaderStatus.Undecided, LeaderStatus.Undecided], rule.Evaluate(4).Select(slot => slot.Status));
    }
}
