using System.Collections.Immutable;
using System.Numerics;
using System.Security.Cryptography;
using Mysticeti.Consensus;
using Mysticeti.Validator.Application;

namespace Mysticeti.Validator.Rpc;

/// <summary>CometBFT's Merkle tree over the transaction hashes of a block (RFC 6962 with SHA-256).</summary>
internal static class MerkleTree
{
    /// <summary>The root: what CometBFT calls <c>data_hash</c>.</summary>
    public static Digest Root(ImmutableArray<CommittedTransaction> transactions) => Root(transactions.AsSpan());

    /// <summary>The hash of one leaf.</summary>
    public static Digest Leaf(Digest transactionHash)
    {
        Span<byte> input = stackalloc byte[1 + Digest.Size];
        input[0] = 0;
        transactionHash.CopyTo(input[1..]);
        return Digest.Of(input);
    }

    /// <summary>The hashes beside the path from leaf <paramref name="index"/> to the root, lowest first.</summary>
    public static IReadOnlyList<Digest> Aunts(ImmutableArray<CommittedTransaction> transactions, int index)
    {
        var aunts = new List<Digest>();
        AddAunts(transactions.AsSpan(), index, aunts);
        return aunts;
    }

    private static Digest Root(ReadOnlySpan<CommittedTransaction> transactions)
    {
        if (transactions.Length == 0) return Digest.FromBytes(SHA256.HashData([]));
        if (transactions.Length == 1) return Leaf(transactions[0].Hash);
        var split = SplitPoint(transactions.Length);
        Span<byte> input = stackalloc byte[1 + (2 * Digest.Size)];
        input[0] = 1;
        Root(transactions[..split]).CopyTo(input[1..]);
        Root(transactions[split..]).CopyTo(input[(1 + Digest.Size)..]);
        return Digest.Of(input);
    }

    private static void AddAunts(ReadOnlySpan<CommittedTransaction> transactions, int index, List<Digest> aunts)
    {
        if (transactions.Length <= 1) return;
        var split = SplitPoint(transactions.Length);
        if (index < split)
        {
            AddAunts(transactions[..split], index, aunts);
            aunts.Add(Root(transactions[split..]));
        }
        else
        {
            AddAunts(transactions[split..], index - split, aunts);
            aunts.Add(Root(transactions[..split]));
        }
    }

    // The largest power of two below the length.
    private static int SplitPoint(int length) => 1 << BitOperations.Log2((uint)(length - 1));
}
