using Mysticeti.Consensus;
using System.Collections.Immutable;
using Mysticeti.Consensus.Core;

namespace Mysticeti.Protocol.Trace;

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

    public TraceKind Kind { get; set; }

    /// <summary>Of blocks and leader decisions; the anchor of a sub-DAG; a digest of zeros where it is not known.</summary>
    public BlockRef Block { get; set; }

    /// <summary>How the block came here.</summary>
    public BlockOrigin Origin { get; set; }

    public LeaderStatus Status { get; set; }

    /// <summary>Who sent the block, was asked for blocks, or came and went.</summary>
    public int Peer { get; set; }

    /// <summary>Commit index, or round where there is no block.</summary>
    public long Number { get; set; }

    /// <summary>Transactions or blocks; the offset of a leader slot.</summary>
    public int Count { get; set; }

    /// <summary>Of an own block that is accepted: how many transactions of which type it has.</summary>
    public ImmutableArray<(string Type, int Count)> Types { get; set; }

    /// <summary>Bytes of transactions.</summary>
    public long Bytes { get; set; }

    /// <summary>Hash of a transaction, or the chain digest.</summary>
    public Digest Digest { get; set; }

    /// <summary>Whether a committed transaction had been committed before.</summary>
    public bool Duplicate { get; set; }

    /// <summary>Why a block was rejected; the type of a transaction; the version of a validator that started.</summary>
    public string? Text { get; set; }

    /// <summary>Of a sub-DAG, in order; shared with the commit.</summary>
    public ImmutableArray<BlockRef> Blocks { get; set; }
}
