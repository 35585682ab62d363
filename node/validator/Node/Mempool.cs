using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Mysticeti.Consensus;
using Mysticeti.Consensus.Core;
using Mysticeti.Protocol;
using Mysticeti.Validator.Contract;

namespace Mysticeti.Validator.Node;

/// <summary>
/// Transactions that wait for an own block: bounded in number and bytes, first come first served. Remembers what it
/// handed out until that is committed, so that a repeated submission is recognised, and never hands out what was committed meanwhile, or
/// is in an own block that may still be sequenced. Safe for use by several threads.
/// </summary>
internal sealed class Mempool(int maxTransactionBytes, NodeParameters limits, Func<Digest, bool> wasCommitted) : ITransactionPool
{
    /// <summary>Below the size from which the runtime treats arrays as large.</summary>
    private const int SharedArrayBytes = 64 * 1024;

    private readonly Lock _lock = new();
    private readonly Queue<(ReadOnlyMemory<byte> Bytes, Digest Hash)> _waiting = new();

    // Of each transaction that is neither committed nor given up: in how many own blocks it is that may still be sequenced. 0: it waits.
    private readonly Dictionary<Digest, int> _known = [];

    // Own blocks whose transactions come back at the next ReturnDropped. The core's thread only.
    private readonly List<Block> _dropped = [];

    // The free rest of the array that transactions are copied to one behind the other: an object for each would cost more than its bytes.
    private Memory<byte> _free;
    private long _bytes;
    private volatile bool _hasPending;

    /// <summary>Called after the mempool stopped being empty.</summary>
    public Action? Awakened { get; set; }

    public bool HasPending => _hasPending;

    /// <summary>Asked on the core's thread only: whether a transaction was committed, as far back as repeated ones are recognised.</summary>
    public Func<Digest, bool> WasCommitted { get; set; } = static _ => false;

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

            if (!_known.TryAdd(hash, 0)) return Duplicate(hash);
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
            while (into.Count < maxCount && _waiting.TryPeek(out var next))
            {
                ref var blocks = ref CollectionsMarshal.GetValueRefOrNullRef(_known, next.Hash);
                // Otherwise it was committed while it waited, or turned out to be in an own block already.
                var waits = !Unsafe.IsNullRef(ref blocks) && blocks == 0;
                if (waits && next.Bytes.Length > maxBytes) break;
                _waiting.Dequeue();
                _bytes -= next.Bytes.Length;
                if (!waits) continue;
                blocks = 1;
                maxBytes -= next.Bytes.Length;
                into.Add(next.Bytes);
                hashes.Add(next.Hash);
            }

            _hasPending = _waiting.Count > 0;
        }
    }

    public void Restore(Block own)
    {
        lock (_lock)
        {
            foreach (var hash in own.TransactionHashes)
            {
                if (WasCommitted(hash)) _known.Remove(hash);
                else CollectionsMarshal.GetValueRefOrAddDefault(_known, hash, out _)++;
            }
        }
    }

    /// <summary>Remembers the block for the next <see cref="ReturnDropped"/>: what the commits that dropped it hold must not come back.</summary>
    public void Requeue(Block dropped) => _dropped.Add(dropped);

    /// <summary>
    /// Takes back the transactions of dropped blocks, over the limits if need be: they had been accepted. Not those that were committed in
    /// another block, or are in one that may still be.
    /// </summary>
    public void ReturnDropped()
    {
        if (_dropped.Count == 0) return;
        bool awakened;
        lock (_lock)
        {
            foreach (var block in _dropped)
            {
                for (var i = 0; i < block.TransactionCount; i++)
                {
                    var hash = block.TransactionHashes[i];
                    ref var blocks = ref CollectionsMarshal.GetValueRefOrNullRef(_known, hash);
                    if (Unsafe.IsNullRef(ref blocks) || blocks == 0 || --blocks > 0) continue;
                    _waiting.Enqueue((block.Transaction(i), hash));
                    _bytes += block.Transaction(i).Length;
                }
            }

            awakened = !_hasPending && _waiting.Count > 0;
            _hasPending = _waiting.Count > 0;
        }

        _dropped.Clear();
        if (awakened) Awakened?.Invoke();
    }

    /// <summary>Gives up the transactions of an own block of which nobody here can know whether they were committed.</summary>
    /// <returns>How many were neither known to be committed nor given up before.</returns>
    public int GiveUp(Block own)
    {
        var count = 0;
        lock (_lock)
        {
            foreach (var hash in own.TransactionHashes) count += _known.Remove(hash) ? 1 : 0;
        }

        return count;
    }

    /// <summary>Forgets everything that <see cref="WasCommitted"/> says was committed.</summary>
    public void ForgetCommitted()
    {
        lock (_lock)
        {
            foreach (var hash in _known.Keys.Where(WasCommitted).ToList()) _known.Remove(hash);
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

    private static SubmitResult Duplicate(Digest hash) => new(SubmitOutcome.Duplicate, hash, SubmitFormat.ReasonOf(SubmitOutcome.Duplicate));
}
