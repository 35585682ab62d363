using System.Collections.Immutable;

namespace Mysticeti.Consensus;

/// <summary>A block of the DAG: immutable, with its canonical encoding beside the decoded fields.</summary>
public sealed class Block
{
    private readonly int[] _transactionEnds;
    private Digest[]? _transactionHashes;

    /// <param name="transactionEnds">For transaction i, where its bytes end in <paramref name="encoded"/>; they start four bytes (its length) after the end of the one before.</param>
    /// <param name="transactionHashes">Where they are known already.</param>
    internal Block(
        BlockRef reference, long timestampNs, ImmutableArray<BlockRef> ancestors, ReadOnlyMemory<byte> encoded, int transactionsStart, int[] transactionEnds,
        Digest[]? transactionHashes = null)
    {
        Reference = reference;
        TimestampNs = timestampNs;
        Ancestors = ancestors;
        Encoded = encoded;
        TransactionsStart = transactionsStart;
        _transactionEnds = transactionEnds;
        _transactionHashes = transactionHashes;
    }

    /// <summary>A block without an encoding, a signature or transactions: genesis blocks, model checks and the DAG language.</summary>
    public Block(BlockRef reference, ImmutableArray<BlockRef> ancestors)
        : this(reference, 0, ancestors, default, 0, [])
    {
    }

    public BlockRef Reference { get; }

    public long Round => Reference.Round;

    public int Author => Reference.Author;

    public Digest Digest => Reference.Digest;

    /// <summary>The author's wall clock when it proposed, nanoseconds since the Unix epoch.</summary>
    public long TimestampNs { get; }

    /// <summary>Blocks of lower rounds that this one builds on, in the author's order: its own previous block first.</summary>
    public ImmutableArray<BlockRef> Ancestors { get; }

    /// <summary>The whole canonical encoding with the signature; see <see cref="BlockCodec"/>.</summary>
    public ReadOnlyMemory<byte> Encoded { get; }

    public int TransactionCount => _transactionEnds.Length;

    /// <summary>Sum of the transactions' lengths in bytes.</summary>
    public int TransactionBytes => _transactionEnds.Length == 0 ? 0 : _transactionEnds[^1] - TransactionsStart - (4 * _transactionEnds.Length);

    /// <summary>The bytes of transaction <paramref name="index"/>, a view on the encoding.</summary>
    public ReadOnlyMemory<byte> Transaction(int index)
    {
        var start = (index == 0 ? TransactionsStart : _transactionEnds[index - 1]) + 4;
        return Encoded[start.._transactionEnds[index]];
    }

    /// <summary>The SHA-256 of each transaction: made when it is first asked for, and kept. Safe for use by several threads.</summary>
    public ReadOnlySpan<Digest> TransactionHashes => Volatile.Read(ref _transactionHashes) ?? HashTransactions();

    /// <summary>The author's signature over the digest, 64 bytes; empty for a block without an encoding.</summary>
    public ReadOnlySpan<byte> Signature => Encoded.IsEmpty ? default : Encoded.Span[^Ed25519.SignatureSize..];

    private int TransactionsStart { get; }

    /// <summary>The block without its encoding and transactions: all that the commit rule needs of it.</summary>
    public Block Bare() => new(Reference, TimestampNs, Ancestors, default, 0, []);

    private Digest[] HashTransactions()
    {
        var hashes = new Digest[TransactionCount];
        for (var i = 0; i < hashes.Length; i++) hashes[i] = Digest.Of(Transaction(i).Span);
        Volatile.Write(ref _transactionHashes, hashes);
        return hashes;
    }

    /// <summary>The well-known block of round 0 of <paramref name="author"/>, which is never sequenced.</summary>
    public static Block Genesis(int author) => new(GenesisReference(author), []);

    /// <summary>Reference of the genesis block of <paramref name="author"/>.</summary>
    public static BlockRef GenesisReference(int author) => new(0, author, default);

    /// <inheritdoc/>
    public override string ToString() => Reference.ToString();
}
