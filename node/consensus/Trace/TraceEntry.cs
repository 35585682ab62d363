using System.Collections.Immutable;
using Mysticeti.Consensus.Core;

namespace Mysticeti.Consensus.Trace;

/// <summary>What happened. In JSON the same words in snake case.</summary>
public enum TraceKind : byte
{
    TxReceived,
    TxIncluded,
    TxCommitted,
    BlockProposed,
    BlockReceived,
    BlockSuspended,
    BlockAccepted,
    BlockRejected,
    RoundAdvanced,
    LeaderTimeout,
    LeaderDecided,
    SubdagCommitted,
    SyncRequest,
    PeerUp,
    PeerDown,
    NodeStarted,
    NodeStopped,
}

/// <summary>One entry of the trace. A flat struct, so that tracing allocates nothing; which fields count depends on the kind.</summary>
public record struct TraceEntry
{
    /// <summary>Nanoseconds since the Unix epoch, set by <see cref="TraceLog.Add"/>.</summary>
    public long TimestampNs { get; set; }

    public TraceKind Kind { get; init; }

    /// <summary>Of blocks and leader decisions; the anchor of a sub-DAG; a digest of zeros where it is not known.</summary>
    public BlockRef Block { get; init; }

    /// <summary>How the block came here.</summary>
    public BlockOrigin Origin { get; init; }

    public LeaderStatus Status { get; init; }

    /// <summary>Who sent the block, was asked for blocks, or came and went.</summary>
    public int Peer { get; init; }

    /// <summary>Commit index, or round where there is no block.</summary>
    public long Number { get; init; }

    /// <summary>Transactions or blocks; the offset of a leader slot.</summary>
    public int Count { get; init; }

    /// <summary>Of an own block that is accepted: how many transactions of which type it has.</summary>
    public ImmutableArray<(string Type, int Count)> Types { get; init; }

    /// <summary>Bytes of transactions.</summary>
    public long Bytes { get; init; }

    /// <summary>Hash of a transaction, or the chain digest.</summary>
    public Digest Digest { get; init; }

    /// <summary>Whether a committed transaction had been committed before.</summary>
    public bool Duplicate { get; init; }

    /// <summary>Why a block was rejected; the type of a transaction; the version of a validator that started.</summary>
    public string? Text { get; init; }

    /// <summary>Of a sub-DAG, in order; shared with the commit.</summary>
    public ImmutableArray<BlockRef> Blocks { get; init; }
}
