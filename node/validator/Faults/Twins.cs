using System.Collections.Concurrent;
using Mysticeti.Consensus;

namespace Mysticeti.Validator.Faults;

/// <summary>The second blocks of an equivocating validator: as valid as the first ones. Safe for use by several threads.</summary>
internal sealed class Twins(IBlockSigner signer)
{
    /// <summary>Rounds for which they are kept; a link that lags behind further is shown the first block.</summary>
    private const int Kept = 1_000;

    private readonly ConcurrentDictionary<BlockRef, Block> _byFirst = new();
    private readonly Queue<BlockRef> _order = new();

    /// <summary>Makes a twin with the same transactions in the opposite order. One caller at a time.</summary>
    public void Add(Block first)
    {
        var transactions = new ReadOnlyMemory<byte>[first.TransactionCount];
        for (var i = 0; i < transactions.Length; i++) transactions[^(i + 1)] = first.Transaction(i);
        _byFirst[first.Reference] = BlockCodec.Create(first.Author, first.Round, first.TimestampNs + 1, first.Ancestors, transactions, signer);
        _order.Enqueue(first.Reference);
        if (_order.Count > Kept) _byFirst.TryRemove(_order.Dequeue(), out _);
    }

    public Block? Of(Block first) => _byFirst.GetValueOrDefault(first.Reference);
}
