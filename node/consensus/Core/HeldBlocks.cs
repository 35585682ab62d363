namespace Mysticeti.Consensus.Core;

/// <summary>
/// Blocks whose timestamp lies too far in the future, kept until they are due. Being late is no reason to refuse a
/// block: its validity must not depend on anybody's clock. Bounded for each author.
/// </summary>
internal sealed class HeldBlocks(Committee committee, CoreOptions options, ConsensusParameters parameters)
{
    private readonly PriorityQueue<(Block Block, int Peer, BlockOrigin Origin), long> _byDueTime = new();
    private readonly HashSet<BlockRef> _references = [];
    private readonly int[] _count = new int[committee.Size];

    private long DriftNs => parameters.MaxClockDriftMs * 1_000_000L;

    public bool MustWait(Block block, Instant now) => block.TimestampNs > now.WallNs + DriftNs;

    /// <summary>Keeps a block; false where it is kept already or its author has too many.</summary>
    public bool TryAdd(Block block, int peer, BlockOrigin origin)
    {
        if (_count[block.Author] >= options.MaxSuspendedBlocks || !_references.Add(block.Reference)) return false;
        _count[block.Author]++;
        _byDueTime.Enqueue((block, peer, origin), block.TimestampNs - DriftNs);
        return true;
    }

    public bool TryTake(Instant now, out (Block Block, int Peer, BlockOrigin Origin) held)
    {
        held = default;
        if (!_byDueTime.TryPeek(out _, out var due) || due > now.WallNs) return false;
        held = _byDueTime.Dequeue();
        _references.Remove(held.Block.Reference);
        _count[held.Block.Author]--;
        return true;
    }

    /// <summary>When the next block is due, on the monotonic clock.</summary>
    public long NextDueNs(Instant now)
    {
        if (!_byDueTime.TryPeek(out _, out var due)) return long.MaxValue;
        // A timestamp at the end of time must not overflow; nobody waits that long.
        var waitNs = Math.Min(Math.Max(due - now.WallNs, 0), 3_600_000_000_000);
        return now.MonotonicNs + waitNs;
    }
}
