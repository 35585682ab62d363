using System.Buffers;
using System.Collections.Immutable;
using Mysticeti.Protocol;
using Mysticeti.Validator.Application;

namespace Mysticeti.Validator.Commits;

/// <summary>Writes commits into their stream.</summary>
internal static class CommitFrames
{
    /// <summary>Writes the frame's length and everything before the first transaction.</summary>
    /// <param name="prefix">Most bytes of each transaction that are shown.</param>
    public static void WriteCommitHeader(IBufferWriter<byte> output, Commit commit, int prefix)
    {
        var shown = 0L;
        foreach (ref readonly var transaction in commit.Transactions.AsSpan()) shown += Math.Min(prefix, transaction.Bytes.Length);
        var header = new CommitHeader(
            commit.Index, commit.Leader.Round, commit.Leader.Author, commit.TimeNs, commit.CommittedAtNs, commit.ChainDigest, commit.Transactions.Length);
        CommitFrameWriter.WriteCommit(output, header, shown);
    }

    /// <summary>Writes transactions from <paramref name="from"/> on until about <paramref name="budget"/> bytes are written.</summary>
    /// <returns>The first transaction that is still to be written.</returns>
    public static int WriteTransactions(IBufferWriter<byte> output, ImmutableArray<CommittedTransaction> transactions, int from, int prefix, int budget)
    {
        for (; from < transactions.Length && budget > 0; from++)
        {
            ref readonly var transaction = ref transactions.ItemRef(from);
            budget -= CommitFrameWriter.WriteTransaction(output, transaction.Bytes.Span, transaction.Duplicate, prefix);
        }

        return from;
    }
}
