using Mysticeti.Consensus;

namespace Mysticeti.Validator.Links;

/// <summary>This validator's own blocks, in rounds' order, for the links that push them. Safe for use by several threads.</summary>
internal sealed class OwnBlocks
{
    private readonly Lock _lock = new();
    private readonly List<Block> _blocks = [];
    private int _start;

    /// <summary>Reads back a block whose bytes were dropped; null where it is gone.</summary>
    public Func<BlockRef, Block?> Load { get; set; } = static _ => null;

    /// <summary>Adds a block of a higher round than all before. It must be durable already.</summary>
    public void Add(Block block)
    {
        lock (_lock) _blocks.Add(block);
    }

    /// <summary>The first block of <paramref name="round"/> or above that is still there.</summary>
    public Block? FirstFrom(long round)
    {
        while (true)
        {
            Block? found;
            lock (_lock)
            {
                var at = IndexOf(round);
                found = at < _blocks.Count ? _blocks[at] : null;
            }

            if (found is not { Encoded.IsEmpty: true }) return found;
            if (Load(found.Reference) is { } loaded) return loaded;
            // Dropped altogether meanwhile.
            round = found.Round + 1;
        }
    }

    /// <summary>Drops the bytes of a block, if it is there.</summary>
    public void Strip(BlockRef reference)
    {
        lock (_lock)
        {
            var at = IndexOf(reference.Round);
            if (at < _blocks.Count && _blocks[at].Reference == reference) _blocks[at] = _blocks[at].Bare();
        }
    }

    /// <summary>Forgets blocks at or below <paramref name="gcRound"/>.</summary>
    public void CollectGarbage(long gcRound)
    {
        lock (_lock)
        {
            while (_start < _blocks.Count && _blocks[_start].Round <= gcRound) _start++;
            // Moving the rest down costs its length, so it waits until the gap is as long.
            if (_start <= _blocks.Count / 2) return;
            _blocks.RemoveRange(0, _start);
            _start = 0;
        }
    }

    private int IndexOf(long round)
    {
        int low = _start, high = _blocks.Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_blocks[middle].Round < round) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}
