using System.Collections.Immutable;
using Mysticeti.Consensus;

namespace Mysticeti.Validator.Application;

/// <summary>A committed sub-DAG as clients see it: a block whose height is the commit index.</summary>
/// <param name="Index">Position in the committed sequence, from 1.</param>
/// <param name="TimeNs">The leader block's timestamp, never before that of the commit before: nanoseconds since the Unix epoch.</param>
/// <param name="CommittedAtNs">When this validator decided it, by its own wall clock.</param>
/// <param name="ChainDigest">Identifies the whole prefix up to this commit.</param>
/// <param name="AppHash">The application hash after this commit.</param>
/// <param name="Blocks">The sub-DAG in order, the leader included.</param>
/// <param name="Transactions">Of all blocks, in order, repeated ones included.</param>
internal sealed record Commit(
    long Index, BlockRef Leader, long TimeNs, long CommittedAtNs, Digest ChainDigest, Digest AppHash,
    ImmutableArray<BlockRef> Blocks, ImmutableArray<CommittedTransaction> Transactions);

/// <param name="Duplicate">The same bytes were committed before, within the window; it has no effect.</param>
/// <param name="Code">What the application said; 0 where it took the transaction, or never saw it because it is repeated.</param>
internal readonly record struct CommittedTransaction(ReadOnlyMemory<byte> Bytes, Digest Hash, bool Duplicate, uint Code = TransactionCodes.Ok)
{
    /// <summary>The code that clients see.</summary>
    public uint ResultCode => Duplicate ? TransactionCodes.Duplicate : Code;
}
