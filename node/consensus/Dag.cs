namespace Mysticeti.Consensus;

/// <summary>
/// The blocks that are retained, by round and author. It starts with the genesis blocks and holds no block whose
/// ancestors are missing. Not safe for use by several threads.
/// </summary>
public sealed class Dag : IDagView
{
    private readonly Committee _committee;
    private readonly Dictionary<long, RoundBlocks> _rounds = [];
    private readonly long[] _newestRounds;

    public Dag(Committee committee)
    {
        _committee = committee;
        _newestRounds = new long[committee.Size];
        for (var author = 0; author < committee.Size; author++) Insert(Block.Genesis(author));
    }

    /// <inheritdoc/>
    public long HighestRound { get; private set; }

    /// <summary>Blocks at or below this round are not needed any more: none is added, and references to them count as present.</summary>
    public long GcRound { get; private set; }

    /// <summary>Blocks at or below this round have been dropped; it never exceeds <see cref="GcRound"/>.</summary>
    public long DroppedRound { get; private set; } = -1;

    /// <summary>Blocks held now, genesis included as long as it is held.</summary>
    public int BlockCount { get; private set; }

    /// <summary>Blocks ever added beside another one of the same author and round.</summary>
    public long EquivocationCount { get; private set; }

    /// <summary>The highest round of which a block of <paramref name="author"/> was added; 0 before the first.</summary>
    public long NewestRound(int author) => _newestRounds[author];

    /// <summary>Adds a checked block whose ancestors are present, which <see cref="Contains"/> tells.</summary>
    /// <returns>Whether the block was new: false when it is there already, or at or below <see cref="GcRound"/>.</returns>
    public bool Add(Block block) => block.Round > GcRound && Insert(block);

    /// <summary>Whether a block may build on this reference: it is held, or at or below <see cref="GcRound"/>.</summary>
    public bool Contains(BlockRef reference) => reference.Round <= GcRound || Find(reference) is not null;

    /// <inheritdoc/>
    public IReadOnlyList<Block> BlocksAt(long round) => _rounds.TryGetValue(round, out var blocks) ? blocks.All : [];

    /// <inheritdoc/>
    public IReadOnlyList<Block> BlocksAt(long round, int author) =>
        _committee.Contains(author) && _rounds.TryGetValue(round, out var blocks) ? blocks.ByAuthor[author] : [];

    /// <inheritdoc/>
    public Block? Find(BlockRef reference)
    {
        if (!_committee.Contains(reference.Author) || !_rounds.TryGetValue(reference.Round, out var blocks)) return null;
        foreach (var block in blocks.ByAuthor[reference.Author])
        {
            if (block.Digest == reference.Digest) return block;
        }

        return null;
    }

    /// <summary>Raises <see cref="GcRound"/> and drops blocks; rounds that are not higher than before change nothing.</summary>
    /// <param name="dropRound">Blocks up to here are dropped; those above it up to <paramref name="gcRound"/> are kept for peers that are behind. By default all go.</param>
    public void CollectGarbage(long gcRound, long dropRound = long.MaxValue)
    {
        GcRound = Math.Max(GcRound, gcRound);
        dropRound = Math.Min(dropRound, GcRound);
        // Round 0 is left alone until garbage collection begins.
        if (GcRound == 0 || dropRound <= DroppedRound) return;
        for (var round = DroppedRound + 1; round <= Math.Min(dropRound, HighestRound); round++)
        {
            if (_rounds.Remove(round, out var blocks)) BlockCount -= blocks.All.Count;
        }

        DroppedRound = dropRound;
    }

    /// <summary>Keeps no more of a block than its <see cref="Block.Bare"/>; nothing happens where it is not held.</summary>
    public void Strip(BlockRef reference)
    {
        if (Find(reference) is not { } block) return;
        var bare = block.Bare();
        var round = _rounds[reference.Round];
        round.All[round.All.IndexOf(block)] = bare;
        var ofAuthor = round.ByAuthor[reference.Author];
        ofAuthor[Array.IndexOf(ofAuthor, block)] = bare;
    }

    private bool Insert(Block block)
    {
        if (Find(block.Reference) is not null) return false;
        if (!_rounds.TryGetValue(block.Round, out var blocks)) _rounds.Add(block.Round, blocks = new RoundBlocks(_committee.Size));

        ref var ofAuthor = ref blocks.ByAuthor[block.Author];
        if (ofAuthor.Length > 0) EquivocationCount++;
        ofAuthor = [.. ofAuthor, block];
        blocks.All.Add(block);
        BlockCount++;
        HighestRound = Math.Max(HighestRound, block.Round);
        _newestRounds[block.Author] = Math.Max(_newestRounds[block.Author], block.Round);
        return true;
    }

    private sealed class RoundBlocks
    {
        public RoundBlocks(int committeeSize)
        {
            All = new List<Block>(committeeSize);
            ByAuthor = new Block[committeeSize][];
            Array.Fill(ByAuthor, []);
        }

        public List<Block> All { get; }

        public Block[][] ByAuthor { get; }
    }
}
