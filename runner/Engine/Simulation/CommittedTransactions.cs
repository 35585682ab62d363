using Mysticeti.Consensus;
using Mysticeti.Protocol.Trace;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Observation;

namespace Mysticeti.Engine.Simulation;

/// <summary>
/// What one validator has committed: recognises repeated transactions over a window, as the
/// validator's finalizer does, and goes back to a checkpoint after a crash. Four bytes a transaction.
/// </summary>
/// <param name="count">Transactions of the load.</param>
/// <param name="parameters">Say how far the window reaches.</param>
/// <param name="ledger">Sees each commit; null for an authority whose word counts for nothing.</param>
internal sealed class CommittedTransactions(int count, ConsensusParameters parameters, CommitLedger? ledger)
{
    // By sequence: the commit in which it took effect last; 0 for none.
    private readonly int[] _commit = new int[count];

    // Of each commit of the window how many took effect in it first, without those of none.
    private readonly Queue<(long Index, int Count)> _window = new();
    private long _held;
    private long _windowStart;

    public bool Contains(int sequence) => (uint)sequence < (uint)_commit.Length && _commit[sequence] != 0;

    /// <summary>Forgets all commits above <paramref name="index"/>: they are going to be made again.</summary>
    public void RollBack(long index)
    {
        foreach (ref var commit in _commit.AsSpan())
        {
            if (commit > index) commit = 0;
        }

        // What is beyond the window leaves again at the next commit.
        _window.Clear();
        (_held, _windowStart) = (0, 0);
        foreach (var commit in _commit.Where(commit => commit > 0).CountBy(commit => commit).OrderBy(commit => commit.Key)) Hold(commit.Key, commit.Value);
    }

    /// <summary>Takes over what another validator had committed up to <paramref name="index"/>.</summary>
    public void CopyFrom(CommittedTransactions other, long index)
    {
        other._commit.CopyTo(_commit, 0);
        RollBack(index);
    }

    /// <summary>Takes the next commit.</summary>
    /// <param name="nowNs">On the load's clock.</param>
    /// <param name="trace">Is told of it.</param>
    public void Add(CommittedSubDag subDag, long nowNs, NodeTrace? trace)
    {
        if (ledger is not null)
        {
            Span<byte> digest = stackalloc byte[Digest.Size];
            subDag.ChainDigest.CopyTo(digest);
            ledger.ObservedNs = nowNs;
            ledger.OnCommit(subDag.Index, digest);
        }

        while (_window.TryPeek(out var oldest) && parameters.IsBeyondDuplicateWindow(oldest.Index, _held, subDag.Index))
        {
            _window.Dequeue();
            _held -= oldest.Count;
            _windowStart = oldest.Index;
        }

        var first = 0;
        foreach (var block in subDag.Blocks)
        {
            for (var i = 0; i < block.TransactionCount; i++)
            {
                var transaction = block.Transaction(i).Span;
                var repeated = IsRepeated(transaction, subDag.Index, ref first);
                ledger?.OnTransaction(subDag.Index, transaction.Length, repeated, transaction[..Math.Min(transaction.Length, TransactionHeader.PrefixSize)]);
                trace?.TransactionCommitted(block.TransactionHashes[i], subDag.Index, repeated);
            }
        }

        if (first > 0) Hold(subDag.Index, first);
        trace?.Committed(
            subDag.Index, subDag.Leader.Reference, [.. subDag.Blocks.Select(block => block.Reference)],
            subDag.Blocks.Sum(block => block.TransactionCount), subDag.Blocks.Sum(block => (long)block.TransactionBytes), subDag.ChainDigest);
    }

    private void Hold(long index, int first)
    {
        _window.Enqueue((index, first));
        _held += first;
    }

    private bool IsRepeated(ReadOnlySpan<byte> transaction, long index, ref int first)
    {
        // What is not of this load is for the ledger to notice.
        if (!TransactionHeader.TryRead(transaction, out var header) || (ulong)header.Sequence >= (ulong)_commit.Length) return false;
        ref var commit = ref _commit[header.Sequence];
        if (commit > _windowStart) return true;
        commit = (int)index;
        first++;
        return false;
    }
}
