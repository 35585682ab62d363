using Mysticeti.Consensus.Tests.Dags;

namespace Mysticeti.Consensus.Tests;

public sealed class LinearizerTests
{
    private static readonly Digest Genesis = Digest.Of("genesis"u8);

    [Fact]
    public void A_leader_brings_its_ancestors_by_round_author_and_digest_without_genesis()
    {
        var dag = new DagBuilder(4)
            .Round(("D", "*"), ("B'", "*"), ("B", "*"), ("A", "*"))
            .Round(("C", "D1 B1' A1"), ("A", "A1 B1 D1"))
            .Round(("A", "A2 C2"));
        var commit = new Linearizer(dag.Dag, new ConsensusParameters(), Genesis).Commit(dag["A3"]);
        Assert.Equal(1, commit.Index);
        Assert.Equal(["A1", "B1", "B1'", "D1", "A2", "C2", "A3"], commit.Blocks.Select(DagBuilder.NameOf));
    }

    [Fact]
    public void A_block_is_sequenced_once()
    {
        var dag = new DagBuilder(4).Full(3);
        var linearizer = new Linearizer(dag.Dag, new ConsensusParameters(), Genesis);
        Assert.Equal(["B1"], linearizer.Commit(dag["B1"]).Blocks.Select(DagBuilder.NameOf));
        var second = linearizer.Commit(dag["C2"]);
        Assert.Equal(2, second.Index);
        Assert.Equal(["A1", "C1", "D1", "C2"], second.Blocks.Select(DagBuilder.NameOf));
        Assert.True(linearizer.IsSequenced(dag["D1"].Reference));
        Assert.False(linearizer.IsSequenced(dag["D2"].Reference));
    }

    [Fact]
    public void The_chain_digest_hashes_the_one_before_the_leader_and_the_blocks()
    {
        var dag = new DagBuilder(4).Full(2);
        var linearizer = new Linearizer(dag.Dag, new ConsensusParameters(), Genesis);
        Assert.Equal(Genesis, linearizer.ChainDigest);
        var commit = linearizer.Commit(dag["C2"]);

        byte[] content = [.. Genesis.ToArray(), .. Encode("C2"), .. Encode("A1"), .. Encode("B1"), .. Encode("C1"), .. Encode("D1"), .. Encode("C2")];
        Assert.Equal(Digest.Of(content), commit.ChainDigest);
        Assert.Equal(commit.ChainDigest, linearizer.ChainDigest);

        byte[] Encode(string name)
        {
            var bytes = new byte[BlockCodec.ReferenceSize];
            BlockCodec.WriteReference(bytes, dag[name].Reference);
            return bytes;
        }
    }

    [Fact]
    public void Blocks_at_or_below_the_garbage_collection_round_are_never_sequenced()
    {
        // Nobody but D refers to D1, and D is away until round 6.
        var parameters = new ConsensusParameters { GcDepth = 3 };
        var dag = new DagBuilder(4).Full(1)
            .Round(("A", "-D1"), ("B", "-D1"), ("C", "-D1"))
            .Full(3, absent: "D")
            .Round(("D", "D1 A5 B5 C5"));
        var linearizer = new Linearizer(dag.Dag, parameters, Genesis);
        Assert.Equal(0, linearizer.GcRound);
        linearizer.Commit(dag["B5"]);
        Assert.Equal(2, linearizer.GcRound);
        Assert.False(linearizer.IsSequenced(dag["D1"].Reference));
        Assert.Equal(["A5", "C5", "D6"], linearizer.Commit(dag["D6"]).Blocks.Select(DagBuilder.NameOf));
        Assert.Equal(3, linearizer.GcRound);
    }

    [Fact]
    public void The_garbage_collection_round_is_that_of_the_commit_before()
    {
        var parameters = new ConsensusParameters { GcDepth = 10 };
        var dag = new DagBuilder(4).Full(30);
        var linearizer = new Linearizer(dag.Dag, parameters, Genesis);
        // The first commit has no commit before: everything is sequenced, however deep.
        Assert.Equal(1 + (4 * 29), linearizer.Commit(dag["C30"]).Blocks.Length);
        Assert.Equal(20, linearizer.GcRound);
        Assert.All(linearizer.Capture().Sequenced, reference => Assert.True(reference.Round > 20));
    }

    [Fact]
    public void A_missing_ancestor_above_the_garbage_collection_round_is_no_commit()
    {
        var dag = new DagBuilder(4).Full(5);
        dag.Dag.CollectGarbage(2);
        var linearizer = new Linearizer(dag.Dag, new ConsensusParameters(), Genesis);
        Assert.Throws<InvalidOperationException>(() => linearizer.Commit(dag["B5"]));
    }

    [Fact]
    public void A_restored_linearizer_goes_on_with_the_same_commits()
    {
        var parameters = new ConsensusParameters { GcDepth = 10 };
        var dag = new DagBuilder(4).Full(40);
        var whole = new Linearizer(dag.Dag, parameters, Genesis);
        var leaders = dag.Rule(leaders: 2).TryDecide().Select(slot => slot.Block!).ToArray();
        foreach (var leader in leaders[..40]) whole.Commit(leader);
        var state = whole.Capture();
        Assert.Equal(40, state.Index);
        Assert.Equal(state.Sequenced.Order(), state.Sequenced);

        var restored = new Linearizer(dag.Dag, parameters, state);
        Assert.Equal(whole.GcRound, restored.GcRound);
        foreach (var leader in leaders[40..]) Assert.Equal(whole.Commit(leader).ChainDigest, restored.Commit(leader).ChainDigest);
        Assert.Equal(leaders.Length, restored.LastIndex);
    }
}
