using Mysticeti.Consensus;
using Mysticeti.Protocol.Trace;

namespace Mysticeti.Validator.Application;

/// <summary>
/// The replicated state machine, behind a seam as narrow as ABCI's. What it does must follow from the committed sequence alone: no
/// clock, no configuration, no randomness. <see cref="Finalize"/>, <see cref="Snapshot"/> and <see cref="Restore"/> are called by one
/// thread, the rest by any.
/// </summary>
internal interface IApplication : IApplicationQueries, ITransactionTypes
{
    /// <summary>Whether the mempool should take a transaction. It decides nothing: peers may propose what this validator refuses.</summary>
    CheckResult Check(ReadOnlySpan<byte> transaction);

    /// <summary>Executes one commit.</summary>
    /// <param name="index">One more than that of the call before.</param>
    /// <param name="timeNs">The commit's time: nanoseconds since the Unix epoch, never going back.</param>
    /// <param name="transactions">In committed order, without repeated ones. Their memory is valid only during the call.</param>
    /// <param name="codes">One for each transaction, 0 on entry: a <see cref="TransactionCodes">code</see> other than 0 where it had no effect.</param>
    /// <returns>The application hash after the commit.</returns>
    Digest Finalize(long index, long timeNs, ReadOnlySpan<CommittedTransaction> transactions, Span<uint> codes);

    /// <summary>The whole state: the same bytes on all validators after the same commit.</summary>
    byte[] Snapshot();

    /// <summary>Replaces the whole state by what <see cref="Snapshot"/> gave; nothing at all stands for the state before the first commit.</summary>
    /// <exception cref="InvalidDataException">The bytes are no snapshot; the state is as before.</exception>
    void Restore(ReadOnlySpan<byte> snapshot);
}

/// <summary>What clients can ask of an application, from any thread.</summary>
internal interface IApplicationQueries
{
    ApplicationInfo Info { get; }

    /// <summary>Looks up the state after the newest commit.</summary>
    /// <param name="path">What kind of thing is asked for.</param>
    QueryResult Query(string path, ReadOnlyMemory<byte> key);
}

/// <param name="Code">0 where the transaction may come in.</param>
/// <param name="Log">Why it may not, for people.</param>
internal readonly record struct CheckResult(uint Code, string Log)
{
    public static CheckResult Ok { get; } = new(0, "");
}

/// <param name="Height">Index of the newest commit that was executed; 0 before the first.</param>
/// <param name="Hash">The application hash after it.</param>
/// <param name="Entries">Keys in the store.</param>
/// <param name="Bytes">Bytes of the store as its limit counts them.</param>
internal sealed record ApplicationInfo(long Height, Digest Hash, int Entries, long Bytes);

/// <param name="Code">0 where the question was understood.</param>
/// <param name="Log">For people.</param>
/// <param name="Value">Null where there is none.</param>
/// <param name="Height">The commit after which this was the state.</param>
internal readonly record struct QueryResult(uint Code, string Log, ReadOnlyMemory<byte>? Value, long Height);
