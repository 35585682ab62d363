using Mysticeti.Consensus;
using Mysticeti.Validator.Node;

namespace Mysticeti.Validator.Tests.Node;

public sealed class ResidentBlocksTests
{
    [Fact]
    public void The_oldest_blocks_go_first_and_no_more_of_them_than_must()
    {
        using var network = new TestNetwork();
        var blocks = network.Blocks(2, "t").ToList();
        var size = blocks[0].Encoded.Length;
        var resident = new ResidentBlocks(maxBytes: (3 * size) + (size / 2));
        foreach (var block in blocks[..3]) resident.Committed(block);
        Assert.False(resident.TryEvict(0, out _));
        foreach (var block in blocks[3..5]) resident.Committed(block);
        Assert.Equal([blocks[0].Reference, blocks[1].Reference], Evicted(resident, droppedRound: 0));
    }

    [Fact]
    public void Blocks_that_are_gone_count_no_longer()
    {
        using var network = new TestNetwork();
        var blocks = network.Blocks(2, "t").ToList();
        var resident = new ResidentBlocks(long.MaxValue);
        foreach (var block in blocks) resident.Committed(block);
        Assert.Equal(blocks.Where(block => block.Round == 1).Select(block => block.Reference), Evicted(resident, droppedRound: 1));
    }

    private static IEnumerable<BlockRef> Evicted(ResidentBlocks resident, long droppedRound)
    {
        while (resident.TryEvict(droppedRound, out var evicted)) yield return evicted;
    }
}
