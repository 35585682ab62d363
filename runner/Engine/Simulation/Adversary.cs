using Mysticeti.Consensus;
using Mysticeti.Engine.Load;

namespace Mysticeti.Engine.Simulation;

/// <summary>What an authority that breaks the rules does with its own blocks; everything else it does like the others.</summary>
internal sealed class Adversary(int author, bool equivocates, bool withholds, ulong seed, IBlockSigner signer)
{
    private const ulong WithholdPurpose = 103;

    private Block? _replayed;

    /// <summary>Whether requests for missing blocks stay without an answer.</summary>
    public bool IgnoresRequests => withholds;

    /// <summary>Takes note of a block that came in: its transactions can be proposed once more.</summary>
    public void Saw(Block block)
    {
        if (block.Author != author && block.TransactionCount > 0) _replayed = block;
    }

    /// <summary>A second block of the same round, with transactions of somebody else's block; null for an authority that does not equivocate.</summary>
    public Block? TwinOf(Block block)
    {
        if (!equivocates) return null;
        var transactions = new ReadOnlyMemory<byte>[_replayed?.TransactionCount ?? 0];
        for (var i = 0; i < transactions.Length; i++) transactions[i] = _replayed!.Transaction(i);
        return BlockCodec.Create(author, block.Round, block.TimestampNs + 1, block.Ancestors, transactions, signer);
    }

    /// <summary>What a peer is sent in place of a block: it, its twin, or nothing.</summary>
    public Block? Bend(Block block, Block? twin, int peer)
    {
        if (withholds && (SplitMix64.Derive(seed, WithholdPurpose, ((ulong)block.Round << 20) | ((ulong)author << 10) | (uint)peer) & 1) == 0) return null;
        return twin is not null && peer % 2 == 1 ? twin : block;
    }
}
