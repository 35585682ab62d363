using Mysticeti.Consensus;

namespace Mysticeti.Validator.Node;

/// <summary>
/// Decides which committed blocks keep their bytes in memory: the newest, up to a number of bytes, since how many rounds peers may
/// ask for says nothing about how large those are. The others are read from the block log. One thread only.
/// </summary>
internal sealed class ResidentBlocks(long maxBytes)
{
    private readonly Queue<(BlockRef Reference, int Bytes)> _committed = new();
    private long _bytes;

    public void Committed(Block block)
    {
        _committed.Enqueue((block.Reference, block.Encoded.Length));
        _bytes += block.Encoded.Length;
    }

    /// <summary>Takes the oldest block, if it must go.</summary>
    /// <param name="droppedRound">Blocks at or below it are gone already, and count no longer.</param>
    public bool TryEvict(long droppedRound, out BlockRef evicted)
    {
        evicted = default;
        if (!_committed.TryPeek(out var oldest) || (_bytes <= maxBytes && oldest.Reference.Round > droppedRound)) return false;
        _committed.Dequeue();
        _bytes -= oldest.Bytes;
        evicted = oldest.Reference;
        return true;
    }
}
