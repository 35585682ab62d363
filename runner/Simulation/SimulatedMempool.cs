using Mysticeti.Consensus;
using Mysticeti.Consensus.Core;
using Mysticeti.Runner.Load;

namespace Mysticeti.Runner.Simulation;

/// <summary>
/// Transactions that wait at one validator, first come first served: only their numbers, since their bytes follow from
/// these and are written when a block takes them.
/// </summary>
internal sealed class SimulatedMempool(TransactionFactory factory, int capacity, CommittedTransactions committed) : ITransactionPool
{
    private readonly Queue<int> _waiting = new();
    private byte[] _bytes = [];

    public bool HasPending => _waiting.Count > 0;

    /// <summary>False where it is full.</summary>
    public bool TryAdd(int sequence)
    {
        if (_waiting.Count >= capacity) return false;
        _waiting.Enqueue(sequence);
        return true;
    }

    /// <summary>The memory is lost.</summary>
    public void Clear() => _waiting.Clear();

    public void Take(int maxCount, int maxBytes, List<ReadOnlyMemory<byte>> into, List<Digest> hashes)
    {
        var count = Math.Min(_waiting.Count, Math.Min(maxCount, maxBytes / factory.LargestSize));
        // The block copies them at once: the next take may use the same bytes.
        if (_bytes.Length < count * factory.LargestSize) _bytes = new byte[Math.Max(count * factory.LargestSize, 2 * _bytes.Length)];
        for (var i = 0; i < count; i++)
        {
            factory.Write(_waiting.Dequeue(), _bytes.AsSpan(i * factory.LargestSize, factory.LargestSize));
            into.Add(_bytes.AsMemory(i * factory.LargestSize, factory.LargestSize));
        }
    }

    public void Requeue(Block dropped)
    {
        for (var i = 0; i < dropped.TransactionCount; i++)
        {
            if (!TransactionHeader.TryRead(dropped.Transaction(i).Span, out var header)) continue;
            if (!committed.Contains((int)header.Sequence)) _waiting.Enqueue((int)header.Sequence);
        }
    }
}
