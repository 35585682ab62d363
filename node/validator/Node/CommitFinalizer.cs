using System.Collections.Immutable;
using Mysticeti.Consensus;
using Mysticeti.Validator.Commits;
using Mysticeti.Validator.Storage;

namespace Mysticeti.Validator.Node;

/// <summary>
/// Turns committed sub-DAGs into commits as clients see them: hashes the transactions and recognises repeated ones over
/// a window of commit indexes, so that all validators agree. One thread only.
/// </summary>
internal sealed class CommitFinalizer(ConsensusParameters parameters, FinalizerState state)
{
    private readonly HashSet<Digest> _window = [.. state.Window.Select(entry => entry.Hash)];
    private readonly Queue<(long Index, Digest Hash)> _order = new(state.Window);
    private long _lastTimeNs = state.LastTimeNs;

    /// <summary>A copy of what a successor needs to go on.</summary>
    public FinalizerState Capture() => new(_lastTimeNs, [.. _order]);

    public Commit Finalize(CommittedSubDag subDag, long nowNs)
    {
        while (_order.TryPeek(out var oldest) && oldest.Index <= subDag.Index - parameters.DuplicateWindowCommits)
        {
            _order.Dequeue();
            _window.Remove(oldest.Hash);
        }

        var count = subDag.Blocks.Sum(block => block.TransactionCount);
        var transactions = ImmutableArray.CreateBuilder<CommittedTransaction>(count);
        foreach (var block in subDag.Blocks)
        {
            for (var i = 0; i < block.TransactionCount; i++)
            {
                var bytes = block.Transaction(i);
                var hash = Digest.Of(bytes.Span);
                var isNew = _window.Add(hash);
                if (isNew) _order.Enqueue((subDag.Index, hash));
                transactions.Add(new CommittedTransaction(bytes, hash, Duplicate: !isNew));
            }
        }

        _lastTimeNs = Math.Max(_lastTimeNs, subDag.Leader.TimestampNs);
        return new Commit(
            subDag.Index, subDag.Leader.Reference, _lastTimeNs, nowNs, subDag.ChainDigest,
            [.. subDag.Blocks.Select(block => block.Reference)], transactions.MoveToImmutable());
    }
}
