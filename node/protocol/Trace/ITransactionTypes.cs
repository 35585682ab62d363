using System.Collections.Immutable;

namespace Mysticeti.Protocol.Trace;

/// <summary>Tells transactions apart for traces. Used by any thread.</summary>
public interface ITransactionTypes
{
    /// <summary>The types, as traces name them.</summary>
    ImmutableArray<string> TransactionTypes { get; }

    /// <summary>The type of a transaction: an index of <see cref="TransactionTypes"/>.</summary>
    int TypeOf(ReadOnlySpan<byte> transaction);
}
