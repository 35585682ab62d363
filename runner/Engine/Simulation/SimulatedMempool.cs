using Mysticeti.Consensus;
using Mysticeti.Consensus.Core;
using Mysticeti.Engine.Load;

namespace Mysticeti.Engine.Simulation;

/// <summary>
/// Transactions that wait at one validator, first come first served: only their numbers, since their bytes follow from
/// these and are written when a block takes them.
/// </summary>
internal sealed class SimulatedMempool(TransactionFactory factory, int capacity, CommittedTransactions committed) : ITransactionPool
{
    private readonly Queue<int> _waiting = new();

    // Those in own blocks of before a restart that may still be sequenced.
    private readonly HashSet<int> _restored = [];
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
    public void Clear()
    {
        _waiting.Clear();
        _restored.Clear();
    }

    public void Take(int maxCount, int maxBytes, List<ReadOnlyMemory<byte>> into, List<Digest> hashes)
    {
        var most = Math.Min(_waiting.Count, Math.Min(maxCount, maxBytes / factory.LargestSize));
        // The block copies them at once: the next take may use the same bytes.
        if (_bytes.Length < most * factory.LargestSize) _bytes = new byte[Math.Max(most * factory.LargestSize, 2 * _bytes.Length)];
        for (var i = 0; i < most && _waiting.TryDequeue(out var sequence);)
        {
            if (_restored.Contains(sequence) || committed.Contains(sequence)) continue;
            factory.Write(sequence, _bytes.AsSpan(i * factory.LargestSize, factory.LargestSize));
            into.Add(_bytes.AsMemory(i * factory.LargestSize, factory.LargestSize));
            i++;
        }
    }

    public void Restore(Block own) => _restored.UnionWith(SequencesOf(own));

    public void Requeue(Block dropped)
    {
        foreach (var sequence in SequencesOf(dropped))
        {
            _restored.Remove(sequence);
            if (!committed.Contains(sequence)) _waiting.Enqueue(sequence);
        }
    }

    private static IEnumerable<int> SequencesOf(Block block)
    {
        for (var i = 0; i < block.TransactionCount; i++)
        {
            if (TransactionHeader.TryRead(block.Transaction(i).Span, out var header)) yield return (int)header.Sequence;
        }
    }
}
