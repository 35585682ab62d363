using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Mysticeti.Consensus;

/// <summary>
/// The canonical encoding of a block: one content, one sequence of bytes. All integers are little-endian.
/// <code>
/// version u8 = 1 | author u16 | round u64 | timestamp i64 | ancestors u16 | transactions u32
/// per ancestor:    author u16 | round u64 | digest 32
/// per transaction: length u32 | bytes
/// signature 64
/// </code>
/// The digest is the SHA-256 of everything before the signature, so a re-encoded signature cannot make a second block.
/// </summary>
public static class BlockCodec
{
    private const byte Version = 1;
    private const int HeaderSize = 1 + 2 + 8 + 8 + 2 + 4;
    private const int AncestorSize = 2 + 8 + Digest.Size;

    /// <summary>Largest encoding that a block within <paramref name="parameters"/> can have, in bytes.</summary>
    public static int MaxEncodedSize(ConsensusParameters parameters, int committeeSize) =>
        HeaderSize + (AncestorSize * committeeSize) + (4 * parameters.MaxBlockTransactions) + parameters.MaxBlockBytes + Ed25519.SignatureSize;

    /// <summary>Encodes, hashes and signs a new block.</summary>
    /// <param name="transactionHashes">The SHA-256 of each transaction; null where the caller does not have them.</param>
    public static Block Create(
        int author, long round, long timestampNs, ImmutableArray<BlockRef> ancestors,
        IReadOnlyList<ReadOnlyMemory<byte>> transactions, IBlockSigner signer, Digest[]? transactionHashes = null)
    {
        var size = HeaderSize + (AncestorSize * ancestors.Length) + Ed25519.SignatureSize;
        foreach (var transaction in transactions) size = checked(size + 4 + transaction.Length);

        var bytes = new byte[size];
        var span = bytes.AsSpan();
        span[0] = Version;
        BinaryPrimitives.WriteUInt16LittleEndian(span[1..], checked((ushort)author));
        BinaryPrimitives.WriteInt64LittleEndian(span[3..], round);
        BinaryPrimitives.WriteInt64LittleEndian(span[11..], timestampNs);
        BinaryPrimitives.WriteUInt16LittleEndian(span[19..], checked((ushort)ancestors.Length));
        BinaryPrimitives.WriteInt32LittleEndian(span[21..], transactions.Count);
        var at = HeaderSize;
        foreach (var ancestor in ancestors)
        {
            WriteReference(span[at..], ancestor);
            at += AncestorSize;
        }

        var transactionsStart = at;
        var ends = transactions.Count == 0 ? [] : new int[transactions.Count];
        for (var i = 0; i < ends.Length; i++)
        {
            var transaction = transactions[i].Span;
            BinaryPrimitives.WriteInt32LittleEndian(span[at..], transaction.Length);
            transaction.CopyTo(span[(at + 4)..]);
            ends[i] = at += 4 + transaction.Length;
        }

        var digest = Digest.Of(span[..at]);
        signer.Sign(digest, span[at..]);
        return new Block(new BlockRef(round, author, digest), timestampNs, ancestors, bytes, transactionsStart, ends, transactionHashes);
    }

    /// <summary>
    /// Reads one block that fills <paramref name="encoded"/> exactly. Only the form is checked here, see
    /// <see cref="BlockChecker"/> for the rest. The block keeps the memory: the caller must not reuse it.
    /// </summary>
    /// <returns>Null where the bytes are no block; <paramref name="error"/> then says why.</returns>
    public static Block? TryDecode(ReadOnlyMemory<byte> encoded, out string? error)
    {
        var span = encoded.Span;
        if (span.Length < HeaderSize + Ed25519.SignatureSize) return Fail("shorter than a block header", out error);
        if (span[0] != Version) return Fail($"block version {span[0]} is not {Version}", out error);
        var author = BinaryPrimitives.ReadUInt16LittleEndian(span[1..]);
        var round = BinaryPrimitives.ReadInt64LittleEndian(span[3..]);
        var timestampNs = BinaryPrimitives.ReadInt64LittleEndian(span[11..]);
        var ancestorCount = BinaryPrimitives.ReadUInt16LittleEndian(span[19..]);
        var transactionCount = BinaryPrimitives.ReadUInt32LittleEndian(span[21..]);

        var contentEnd = span.Length - Ed25519.SignatureSize;
        var at = HeaderSize;
        // Counts are held against the bytes that are there before anything is allocated for them.
        if (ancestorCount * AncestorSize > contentEnd - at) return Fail("ancestors run past the end", out error);
        var ancestors = ImmutableArray.CreateBuilder<BlockRef>(ancestorCount);
        for (var i = 0; i < ancestorCount; i++, at += AncestorSize) ancestors.Add(ReadReference(span[at..]));

        var transactionsStart = at;
        if (transactionCount * 4L > contentEnd - at) return Fail("transactions run past the end", out error);
        var ends = transactionCount == 0 ? [] : new int[transactionCount];
        for (var i = 0; i < ends.Length; i++)
        {
            if (contentEnd - at < 4) return Fail("transactions run past the end", out error);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(span[at..]);
            if (length > contentEnd - at - 4) return Fail("transactions run past the end", out error);
            ends[i] = at += 4 + (int)length;
        }

        if (at != contentEnd) return Fail("bytes left over after the last transaction", out error);
        error = null;
        var reference = new BlockRef(round, author, Digest.Of(span[..contentEnd]));
        return new Block(reference, timestampNs, ancestors.MoveToImmutable(), encoded, transactionsStart, ends);
    }

    /// <summary>Bytes of an encoded reference.</summary>
    public const int ReferenceSize = AncestorSize;

    /// <summary>Writes author u16, round u64, digest: <see cref="ReferenceSize"/> bytes.</summary>
    public static void WriteReference(Span<byte> destination, BlockRef reference)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(destination, checked((ushort)reference.Author));
        BinaryPrimitives.WriteInt64LittleEndian(destination[2..], reference.Round);
        reference.Digest.CopyTo(destination[10..]);
    }

    /// <summary>Reads what <see cref="WriteReference"/> wrote.</summary>
    public static BlockRef ReadReference(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadInt64LittleEndian(source[2..]),
        BinaryPrimitives.ReadUInt16LittleEndian(source),
        Digest.FromBytes(source[10..]));

    private static Block? Fail(string reason, out string? error)
    {
        error = reason;
        return null;
    }
}
