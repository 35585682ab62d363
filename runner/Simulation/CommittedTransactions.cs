using Mysticeti.Consensus;
using Mysticeti.Consensus.Trace;
using Mysticeti.Runner.Load;

namespace Mysticeti.Runner.Simulation;

/// <summary>
/// What one validator has committed: recognises repeated transactions over the window of commit indexes, as the
/// validator's finalizer does, and goes back to a checkpoint after a crash. Four bytes a transaction.
/// </summary>
/// <param name="count">Transactions of the load.</param>
/// <param name="windowCommits">Commits over which a repeated one is recognised.</param>
/// <param name="ledger">Sees each commit; null for an authority whose word counts for nothing.</param>
internal sealed class CommittedTransactions(int count, int windowCommits, CommitLedger? ledger)
{
    // By sequence: the commit in which it took effect last; 0 for none.
    private readonly int[] _commit = new int[count];

    public bool Contains(int sequence) => (uint)sequence < (uint)_commit.Length && _commit[sequence] != 0;

    /// <summary>Forgets all commits above <paramref name="index"/>: they are going to be made again.</summary>
    public void RollBack(long index)
    {
        foreach (ref var commit in _commit.AsSpan())
        {
            if (commit > index) commit = 0;
        }
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

        foreach (var block in subDag.Blocks)
        {
            for (var i = 0; i < block.TransactionCount; i++)
            {
                var transaction = block.Transaction(i).Span;
                var repeated = IsRepeated(transaction, subDag.Index);
                ledger?.OnTransaction(subDag.Index, transaction.Length, repeated, transaction[..Math.Min(transaction.Length, TransactionHeader.PrefixSize)]);
                trace?.TransactionCommitted(block.TransactionHashes[i], subDag.Index, repeated);
            }
        }

        trace?.Committed(
            subDag.Index, subDag.Leader.Reference, [.. subDag.Blocks.Select(block => block.Reference)],
            subDag.Blocks.Sum(block => block.TransactionCount), subDag.Blocks.Sum(block => (long)block.TransactionBytes), subDag.ChainDigest);
    }

    private bool IsRepeated(ReadOnlySpan<byte> transaction, long index)
    {
        // What is not of this load is for the ledger to notice.
        if (!TransactionHeader.TryRead(transaction, out var header) || (ulong)header.Sequence >= (ulong)_commit.Length) return false;
        ref var commit = ref _commit[header.Sequence];
        if (commit != 0 && commit > index - windowCommits) return true;
        commit = (int)index;
        return false;
    }
}
