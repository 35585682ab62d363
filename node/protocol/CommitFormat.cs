using Mysticeti.Consensus;

namespace Mysticeti.Protocol;

/// <summary>
/// The binary format of the commit stream, <c>GET /v1/commits</c>. All integers are little-endian.
/// <code>
/// frame:            length u32 (bytes that follow) | kind u8 | ...
/// kind 0 heartbeat: index u64 (newest commit)
/// kind 1 commit:    index u64 | leader_round u64 | leader_author u16 | leader_timestamp_ns i64 | committed_at_ns i64
///                   | chain_digest 32 | tx_count u32
///                   | per transaction: length u32 | flags u8 | prefix_length u16 | prefix
/// kind 2 end:       reason, UTF-8
/// kind 3 app hash:  index u64 | app_hash 32
/// </code>
/// Readers skip kinds that they do not know.
/// </summary>
public static class CommitFormat
{
    public const string ContentType = "application/vnd.mysticeti.commits";

    public const byte HeartbeatKind = 0;
    public const byte CommitKind = 1;
    public const byte EndKind = 2;
    public const byte AppHashKind = 3;

    /// <summary>Bit of a transaction's flags: the same bytes were committed before, this one has no effect.</summary>
    public const byte DuplicateFlag = 1;

    /// <summary>Most bytes of each transaction that a reader can ask for.</summary>
    public const int MaxPrefix = 1024;

    /// <summary>Bytes of the length field in front of each frame.</summary>
    public const int LengthSize = 4;

    /// <summary>Bytes of a commit frame before its transactions, kind included, the length field not counted.</summary>
    public const int CommitHeaderSize = 1 + 8 + 8 + 2 + 8 + 8 + Digest.Size + 4;

    /// <summary>Bytes in front of each transaction's prefix.</summary>
    public const int TransactionHeaderSize = 4 + 1 + 2;

    /// <summary>Bytes of an application hash's frame, kind included, the length field not counted.</summary>
    public const int AppHashSize = 1 + 8 + Digest.Size;

    /// <summary>A longer frame is a broken stream: 30 times what the largest sub-DAG of the default parameters takes.</summary>
    public const int MaxFrame = 256 * 1024 * 1024;
}

/// <summary>What a commit frame says before its transactions.</summary>
/// <param name="Index">From 1.</param>
/// <param name="LeaderTimestampNs">The commit's time, in nanoseconds since the Unix epoch.</param>
/// <param name="CommittedAtNs">When this node committed it, in nanoseconds since the Unix epoch.</param>
/// <param name="Transactions">How many follow.</param>
public readonly record struct CommitHeader(
    long Index, long LeaderRound, int LeaderAuthor, long LeaderTimestampNs, long CommittedAtNs, Digest ChainDigest, int Transactions);
