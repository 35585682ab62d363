using Mysticeti.Consensus.Tests.Dags;

namespace Mysticeti.Consensus.Tests;

public sealed class DagTests
{
    [Fact]
    public void It_starts_with_the_genesis_blocks()
    {
        var dag = new Dag(Committee.OfEqualStake(4));
        Assert.Equal(0, dag.HighestRound);
        Assert.Equal(4, dag.BlockCount);
        Assert.Equal(2, dag.BlocksAt(0, 2).Single().Author);
        Assert.NotNull(dag.Find(Block.GenesisReference(3)));
        Assert.Null(dag.Find(Block.GenesisReference(4)));
    }

    [Fact]
    public void Blocks_are_found_by_round_author_and_reference_and_added_once()
    {
        var built = new DagBuilder(4).Full(2).Round(("A", "*"), ("A'", "-B2"));
        var dag = built.Dag;
        Assert.Equal(3, dag.HighestRound);
        Assert.Equal([built["A3"], built["A3'"]], dag.BlocksAt(3, 0));
        Assert.Equal([built["A2"], built["B2"], built["C2"], built["D2"]], dag.BlocksAt(2));
        Assert.Same(built["B1"], dag.Find(built["B1"].Reference));
        Assert.False(dag.Add(built["B1"]));
        Assert.Equal(14, dag.BlockCount);
        Assert.Equal(1, dag.EquivocationCount);
        Assert.Equal((3, 2), (dag.NewestRound(0), dag.NewestRound(1)));
    }

    [Fact]
    public void Unknown_references_are_not_contained_whatever_they_hold()
    {
        var dag = new DagBuilder(4).Full(2).Dag;
        Assert.False(dag.Contains(new BlockRef(1, 0, default)));
        Assert.False(dag.Contains(new BlockRef(1, 70_000, default)));
        Assert.False(dag.Contains(new BlockRef(long.MaxValue, 0, default)));
        Assert.Empty(dag.BlocksAt(7));
        Assert.Empty(dag.BlocksAt(1, -1));
    }

    [Fact]
    public void Garbage_collection_drops_blocks_and_counts_references_to_them_as_present()
    {
        var built = new DagBuilder(4).Full(6);
        var dag = built.Dag;
        dag.CollectGarbage(3);
        Assert.Equal((3, 12), (dag.GcRound, dag.BlockCount));
        Assert.Null(dag.Find(built["A3"].Reference));
        Assert.True(dag.Contains(built["A3"].Reference));
        Assert.True(dag.Contains(new BlockRef(2, 1, Digest.Of([1]))));
        Assert.False(dag.Contains(new BlockRef(4, 1, Digest.Of([1]))));
        Assert.False(dag.Add(built["A3"]));
        dag.CollectGarbage(2);
        Assert.Equal((3, 12), (dag.GcRound, dag.BlockCount));
    }

    [Fact]
    public void A_stripped_block_keeps_its_place_and_its_ancestors()
    {
        using var committee = new SignedCommittee(4);
        var block = committee.Create(author: 2, round: 1, [Block.GenesisReference(2)], [1, 2, 3]);
        var dag = new Dag(Committee.OfEqualStake(4));
        dag.Add(block);
        dag.Strip(block.Reference);
        dag.Strip(block.Reference with { Round = 7 });
        var bare = dag.Find(block.Reference);
        Assert.NotNull(bare);
        Assert.True(bare.Encoded.IsEmpty);
        Assert.Equal((block.Ancestors, block.TimestampNs, 0), (bare.Ancestors, bare.TimestampNs, bare.TransactionCount));
        Assert.Equal([bare], dag.BlocksAt(1));
        Assert.Equal([bare], dag.BlocksAt(1, 2));
    }

    [Fact]
    public void Garbage_collection_beyond_everything_is_where_a_snapshot_starts()
    {
        var dag = new Dag(Committee.OfEqualStake(4));
        dag.CollectGarbage(1_000_000_000_000);
        Assert.Equal(0, dag.BlockCount);
        var block = new Block(new BlockRef(1_000_000_000_001, 1, Digest.Of([1])), [new BlockRef(1_000_000_000_000, 1, Digest.Of([2]))]);
        Assert.True(dag.Contains(block.Ancestors[0]));
        Assert.True(dag.Add(block));
        Assert.Equal(block.Round, dag.HighestRound);
    }
}
