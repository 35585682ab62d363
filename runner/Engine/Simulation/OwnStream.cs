using Mysticeti.Consensus;

namespace Mysticeti.Engine.Simulation;

/// <summary>A validator's own blocks (with their twins, where it equivocates) in rounds' order, for peers that subscribe from a round on.</summary>
internal sealed class OwnStream
{
    private readonly List<(Block Block, Block? Twin)> _blocks = [];

    public void Add(Block block, Block? twin)
    {
        // A twin that came back through the log is no block of the stream.
        if (_blocks.Count == 0 || block.Round > _blocks[^1].Block.Round) _blocks.Add((block, twin));
    }

    public IEnumerable<(Block Block, Block? Twin)> From(long round)
    {
        var first = _blocks.FindIndex(own => own.Block.Round >= round);
        return first < 0 ? [] : _blocks.Skip(first);
    }

    public void CollectGarbage(long gcRound)
    {
        var kept = _blocks.FindIndex(own => own.Block.Round > gcRound);
        // Moving the rest down costs its length, so it waits until the gap is as long.
        if (kept > _blocks.Count / 2) _blocks.RemoveRange(0, kept);
    }

    public void Clear() => _blocks.Clear();
}
