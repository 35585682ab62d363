using System.Collections.Immutable;
using Mysticeti.Protocol.Trace;
using Mysticeti.Engine.Load;

namespace Mysticeti.Engine.Simulation;

/// <summary>The one type that all transactions of a load have, as the validator's application names it.</summary>
internal sealed class LoadType(TransactionType type) : ITransactionTypes
{
    public ImmutableArray<string> TransactionTypes { get; } = [type == TransactionType.Opaque ? "opaque" : "kv"];

    public int TypeOf(ReadOnlySpan<byte> transaction) => 0;
}
