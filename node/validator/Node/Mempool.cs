using Mysticeti.Consensus;
using Mysticeti.Consensus.Core;

namespace Mysticeti.Validator.Node;

/// <summary>
/// Transactions that wait for an own block: bounded in number and bytes, first come first served. Remembers what it
/// handed out until that is committed, so that a repeated submission is recognised. Safe for use by several threads.
/// </summary>
internal sealed class Mempool(int maxTransactionBytes, NodeParameters limits, Func<Digest, bool> wasCommitted) : ITransactionPool
{
    /// <summary>Below the size from which the runtime treats arrays as large.</summary>
    private const int SharedArrayBytes = 64 * 1024;

    private readonly Lock _lock = new();
    private readonly Queue<(ReadOnlyMemory<byte> Bytes, Digest Hash)> _waiting = new();
    private readonly HashSet<Digest> _known = [];

    // The free rest of the array that transactions are copied to one behind the other: an object for each would cost more than its bytes.
    private Memory<byte> _free;
    private long _bytes;
    private volatile bool _hasPending;

    /// <summary>Called after the mempool stopped being empty.</summary>
    public Action? Awakened { get; set; }

    public bool HasPending => _hasPending;

    /// <summary>Transactions that wait.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _waiting.Count;
        }
    }

    /// <summary>Bytes that wait.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock) return _bytes;
        }
    }

    public SubmitResult Submit(ReadOnlySpan<byte> transaction)
    {
        if (transaction.IsEmpty) return new SubmitResult(SubmitOutcome.Empty, default, "the transaction is empty");
        var hash = Digest.Of(transaction);
        if (transaction.Length > maxTransactionBytes)
            return new SubmitResult(SubmitOutcome.TooLarge, hash, $"Tx too large. Max size is {maxTransactionBytes}, but got {transaction.Length}");
        if (wasCommitted(hash)) return Duplicate(hash);

        bool awakened;
        lock (_lock)
        {
            if (_waiting.Count >= limits.MempoolTransactions || _bytes + transaction.Length > limits.MempoolBytes)
            {
                return new SubmitResult(SubmitOutcome.MempoolFull, hash,
                    $"mempool is full: number of txs {_waiting.Count} (max: {limits.MempoolTransactions}), total txs bytes {_bytes} (max: {limits.MempoolBytes})");
            }

            if (!_known.Add(hash)) return Duplicate(hash);
            _waiting.Enqueue((Copy(transaction), hash));
            _bytes += transaction.Length;
            awakened = !_hasPending;
            _hasPending = true;
        }

        if (awakened) Awakened?.Invoke();
        return new SubmitResult(SubmitOutcome.Accepted, hash, null);
    }

    public void Take(int maxCount, int maxBytes, List<ReadOnlyMemory<byte>> into, List<Digest> hashes)
    {
        lock (_lock)
        {
            while (into.Count < maxCount && _waiting.TryPeek(out var next) && next.Bytes.Length <= maxBytes)
            {
                _waiting.Dequeue();
                maxBytes -= next.Bytes.Length;
                _bytes -= next.Bytes.Length;
                into.Add(next.Bytes);
                hashes.Add(next.Hash);
            }

            _hasPending = _waiting.Count > 0;
        }
    }

    /// <summary>Takes back a lost block's transactions, over the limits if need be: they had been accepted.</summary>
    public void Requeue(Block dropped) => Requeue(dropped, wasCommitted);

    /// <summary>The same where <paramref name="committed"/> knows better what was committed.</summary>
    public void Requeue(Block dropped, Func<Digest, bool> committed)
    {
        lock (_lock)
        {
            for (var i = 0; i < dropped.TransactionCount; i++)
            {
                var bytes = dropped.Transaction(i);
                var hash = dropped.TransactionHashes[i];
                if (committed(hash))
                {
                    _known.Remove(hash);
                    continue;
                }

                _known.Add(hash);
                _waiting.Enqueue((bytes, hash));
                _bytes += bytes.Length;
            }

            _hasPending = _waiting.Count > 0;
        }
    }

    /// <summary>Forgets a transaction that was committed, by whomever it was proposed.</summary>
    public void Committed(Digest hash)
    {
        lock (_lock) _known.Remove(hash);
    }

    private ReadOnlyMemory<byte> Copy(ReadOnlySpan<byte> transaction)
    {
        // A large one for itself, so that what it leaves of a shared array is not lost.
        if (transaction.Length > SharedArrayBytes / 8) return transaction.ToArray();
        if (_free.Length < transaction.Length) _free = GC.AllocateUninitializedArray<byte>(SharedArrayBytes);
        var copy = _free[..transaction.Length];
        transaction.CopyTo(copy.Span);
        _free = _free[transaction.Length..];
        return copy;
    }

    private static SubmitResult Duplicate(Digest hash) => new(SubmitOutcome.Duplicate, hash, "tx already exists in cache");
}
