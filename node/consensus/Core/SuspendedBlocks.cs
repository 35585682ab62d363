namespace Mysticeti.Consensus.Core;

/// <summary>Valid blocks that wait for missing ancestors, and who waits for whom. Bounded for each author.</summary>
internal sealed class SuspendedBlocks(Committee committee, CoreOptions options)
{
    private sealed record Entry(Block Block, BlockOrigin Origin)
    {
        public int Missing { get; set; }
    }

    private readonly Dictionary<BlockRef, Entry> _entries = [];
    private readonly Dictionary<BlockRef, List<BlockRef>> _waiters = [];
    private readonly int[] _count = new int[committee.Size];
    private readonly long[] _bytes = new long[committee.Size];

    public int Count => _entries.Count;

    public bool Contains(BlockRef reference) => _entries.ContainsKey(reference);

    /// <summary>Whether some suspended block waits for <paramref name="reference"/>.</summary>
    public bool IsAwaited(BlockRef reference) => _waiters.ContainsKey(reference);

    /// <summary>Whether one more block of this author fits.</summary>
    public bool HasRoom(Block block) =>
        _count[block.Author] < options.MaxSuspendedBlocks && _bytes[block.Author] + block.Encoded.Length <= options.MaxSuspendedBytes;

    /// <summary>Suspends a block until each of <paramref name="missing"/> was <see cref="Resolve"/>d.</summary>
    public void Add(Block block, BlockOrigin origin, IReadOnlyList<BlockRef> missing)
    {
        _entries.Add(block.Reference, new Entry(block, origin) { Missing = missing.Count });
        _count[block.Author]++;
        _bytes[block.Author] += block.Encoded.Length;
        foreach (var reference in missing)
        {
            if (!_waiters.TryGetValue(reference, out var waiters)) _waiters.Add(reference, waiters = []);
            waiters.Add(block.Reference);
        }
    }

    /// <summary>Reports that <paramref name="reference"/> is present now; blocks that wait for nothing more move to <paramref name="ready"/>.</summary>
    public void Resolve(BlockRef reference, Queue<(Block Block, BlockOrigin Origin)> ready)
    {
        if (!_waiters.Remove(reference, out var waiters)) return;
        foreach (var waiter in waiters)
        {
            if (!_entries.TryGetValue(waiter, out var entry) || --entry.Missing > 0) continue;
            Remove(waiter, entry);
            ready.Enqueue((entry.Block, entry.Origin));
        }
    }

    /// <summary>
    /// Forgets suspended blocks at or below <paramref name="gcRound"/>; references down there count as present, so blocks
    /// above that waited for nothing else move to <paramref name="ready"/>.
    /// </summary>
    public void CollectGarbage(long gcRound, Queue<(Block Block, BlockOrigin Origin)> ready)
    {
        foreach (var (reference, entry) in _entries.Where(e => e.Key.Round <= gcRound).ToList()) Remove(reference, entry);
        foreach (var reference in _waiters.Keys.Where(r => r.Round <= gcRound).Order().ToList()) Resolve(reference, ready);
    }

    private void Remove(BlockRef reference, Entry entry)
    {
        _entries.Remove(reference);
        _count[entry.Block.Author]--;
        _bytes[entry.Block.Author] -= entry.Block.Encoded.Length;
    }
}
