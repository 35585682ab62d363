using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Mysticeti.Consensus;

namespace Mysticeti.Validator.Application;

/// <summary>
/// The built-in application. Transactions <c>key=value</c> are stored; all others are opaque and only fold into the application hash:
/// h(0) = SHA-256("mysticeti/app/1"), h(i) = SHA-256(h(i-1), i as i64 little-endian, the SHA-256 of each transaction of commit i that is not repeated).
/// The hash covers refused puts too, since what is refused follows from the sequence; no proofs of single keys can be made from it.
/// </summary>
internal sealed class KeyValueApplication : IApplication
{
    private const byte SnapshotVersion = 1;
    private const int SnapshotHeader = 1 + 8 + Digest.Size;

    private readonly Lock _lock = new();
    private KeyValueStore _store = new();
    private ApplicationInfo _info = new(0, InitialHash, 0, 0);

    /// <summary>The application hash before the first commit.</summary>
    public static Digest InitialHash { get; } = Digest.Of("mysticeti/app/1"u8);

    /// <inheritdoc/>
    public ApplicationInfo Info => Volatile.Read(ref _info);

    /// <inheritdoc/>
    public CheckResult Check(ReadOnlySpan<byte> transaction) =>
        // Only what no state could ever take: whether a put fits is known when it is executed.
        transaction.Length - 1 + KeyValueStore.EntryOverhead <= KeyValueStore.MaxBytes || KeyValueTransaction.SeparatorOf(transaction) < 0
            ? CheckResult.Ok
            : new CheckResult(TransactionCodes.StoreFull, $"the value can never be stored: the store holds {KeyValueStore.MaxBytes} bytes");

    /// <inheritdoc/>
    public ImmutableArray<string> TransactionTypes { get; } = ["opaque", "kv"];

    /// <inheritdoc/>
    public int TypeOf(ReadOnlySpan<byte> transaction) => KeyValueTransaction.SeparatorOf(transaction) < 0 ? 0 : 1;

    /// <inheritdoc/>
    public Digest Finalize(long index, long timeNs, ReadOnlySpan<CommittedTransaction> transactions, Span<uint> codes)
    {
        var hash = Fold(_info.Hash, index, transactions);
        // Readers see a commit's puts all at once.
        lock (_lock)
        {
            for (var i = 0; i < transactions.Length; i++)
            {
                var bytes = transactions[i].Bytes;
                var separator = KeyValueTransaction.SeparatorOf(bytes.Span);
                if (separator > 0 && !_store.TryPut(bytes[..separator], bytes[(separator + 1)..])) codes[i] = TransactionCodes.StoreFull;
            }

            Volatile.Write(ref _info, new ApplicationInfo(index, hash, _store.Count, _store.Bytes));
        }

        return hash;
    }

    /// <summary>Finds the value of a key. Paths: empty, "/store", "/key".</summary>
    public QueryResult Query(string path, ReadOnlyMemory<byte> key)
    {
        if (path is not ("" or "/store" or "/key"))
            return new QueryResult(QueryCodes.UnknownPath, "unknown path: the paths are \"\", \"/store\" and \"/key\"", null, Info.Height);
        lock (_lock)
        {
            return _store.Find(key) is { } value
                ? new QueryResult(QueryCodes.Ok, "exists", value, _info.Height)
                : new QueryResult(QueryCodes.Ok, "does not exist", null, _info.Height);
        }
    }

    /// <summary>Version u8 = 1, height i64 little-endian, application hash 32, then the store as <see cref="KeyValueStore.Encode"/> writes it.</summary>
    public byte[] Snapshot()
    {
        var bytes = new byte[SnapshotHeader + _store.EncodedSize];
        bytes[0] = SnapshotVersion;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(1), _info.Height);
        _info.Hash.CopyTo(bytes.AsSpan(1 + 8));
        _store.Encode(bytes.AsSpan(SnapshotHeader));
        return bytes;
    }

    /// <inheritdoc/>
    public void Restore(ReadOnlySpan<byte> snapshot)
    {
        var store = new KeyValueStore();
        var (height, hash) = (0L, InitialHash);
        if (!snapshot.IsEmpty)
        {
            if (snapshot.Length < SnapshotHeader || snapshot[0] != SnapshotVersion || KeyValueStore.TryDecode(snapshot[SnapshotHeader..]) is not { } decoded)
                throw new InvalidDataException("the snapshot of the application is damaged or of another version");
            (store, height, hash) = (decoded, BinaryPrimitives.ReadInt64LittleEndian(snapshot[1..]), Digest.FromBytes(snapshot[(1 + 8)..]));
        }

        lock (_lock)
        {
            _store = store;
            Volatile.Write(ref _info, new ApplicationInfo(height, hash, store.Count, store.Bytes));
        }
    }

    private static Digest Fold(Digest previous, long index, ReadOnlySpan<CommittedTransaction> transactions)
    {
        const int batch = 64;
        Span<byte> buffer = stackalloc byte[batch * Digest.Size];
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        previous.CopyTo(buffer);
        BinaryPrimitives.WriteInt64LittleEndian(buffer[Digest.Size..], index);
        sha.AppendData(buffer[..(Digest.Size + 8)]);
        // In batches, because each call crosses into the cryptographic library.
        for (; !transactions.IsEmpty; transactions = transactions[Math.Min(batch, transactions.Length)..])
        {
            var count = Math.Min(batch, transactions.Length);
            for (var i = 0; i < count; i++) transactions[i].Hash.CopyTo(buffer[(i * Digest.Size)..]);
            sha.AppendData(buffer[..(count * Digest.Size)]);
        }

        sha.GetHashAndReset(buffer);
        return Digest.FromBytes(buffer);
    }
}
