using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using Mysticeti.Consensus;
using Mysticeti.Validator.Application;

namespace Mysticeti.Validator.Commits;

/// <summary>
/// The binary format of the commit stream, as docs/rpc.md describes it. All integers are little-endian.
/// <code>
/// frame:            length u32 (bytes that follow) | kind u8 | ...
/// kind 0 heartbeat: index u64 (newest commit)
/// kind 1 commit:    index u64 | leader_round u64 | leader_author u16 | leader_timestamp_ns i64 | committed_at_ns i64
///                   | chain_digest 32 | tx_count u32
///                   | per transaction: length u32 | flags u8 | prefix_length u16 | prefix
/// kind 2 end:       reason, UTF-8
/// kind 3 app hash:  index u64 | app_hash 32
/// </code>
/// </summary>
internal static class CommitFrames
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

    /// <summary>Bytes of a commit frame before its transactions, the length field not counted.</summary>
    public const int CommitHeaderSize = 1 + 8 + 8 + 2 + 8 + 8 + Digest.Size + 4;

    /// <summary>Bytes in front of each transaction's prefix.</summary>
    public const int TransactionHeaderSize = 4 + 1 + 2;

    /// <summary>Writes the frame's length and everything before the first transaction.</summary>
    public static void WriteCommitHeader(IBufferWriter<byte> output, Commit commit, int prefix)
    {
        var length = CommitHeaderSize + ((long)TransactionHeaderSize * commit.Transactions.Length);
        foreach (ref readonly var transaction in commit.Transactions.AsSpan()) length += Math.Min(prefix, transaction.Bytes.Length);

        var span = output.GetSpan(LengthSize + CommitHeaderSize);
        BinaryPrimitives.WriteUInt32LittleEndian(span, checked((uint)length));
        span[4] = CommitKind;
        BinaryPrimitives.WriteInt64LittleEndian(span[5..], commit.Index);
        BinaryPrimitives.WriteInt64LittleEndian(span[13..], commit.Leader.Round);
        BinaryPrimitives.WriteUInt16LittleEndian(span[21..], checked((ushort)commit.Leader.Author));
        BinaryPrimitives.WriteInt64LittleEndian(span[23..], commit.TimeNs);
        BinaryPrimitives.WriteInt64LittleEndian(span[31..], commit.CommittedAtNs);
        commit.ChainDigest.CopyTo(span[39..]);
        BinaryPrimitives.WriteInt32LittleEndian(span[71..], commit.Transactions.Length);
        output.Advance(LengthSize + CommitHeaderSize);
    }

    /// <summary>Writes transactions from <paramref name="from"/> on until about <paramref name="budget"/> bytes are written.</summary>
    /// <returns>The first transaction that is still to be written.</returns>
    public static int WriteTransactions(IBufferWriter<byte> output, ImmutableArray<CommittedTransaction> transactions, int from, int prefix, int budget)
    {
        for (; from < transactions.Length && budget > 0; from++)
        {
            ref readonly var transaction = ref transactions.ItemRef(from);
            var shown = Math.Min(prefix, transaction.Bytes.Length);
            var span = output.GetSpan(TransactionHeaderSize + shown);
            BinaryPrimitives.WriteInt32LittleEndian(span, transaction.Bytes.Length);
            span[4] = transaction.Duplicate ? DuplicateFlag : (byte)0;
            BinaryPrimitives.WriteUInt16LittleEndian(span[5..], (ushort)shown);
            transaction.Bytes.Span[..shown].CopyTo(span[TransactionHeaderSize..]);
            output.Advance(TransactionHeaderSize + shown);
            budget -= TransactionHeaderSize + shown;
        }

        return from;
    }

    /// <summary>The application hash after a commit; behind the commit's frame, for readers that asked for it.</summary>
    public static void WriteAppHash(IBufferWriter<byte> output, Commit commit)
    {
        const int Length = 1 + 8 + Digest.Size;
        var span = output.GetSpan(LengthSize + Length);
        BinaryPrimitives.WriteUInt32LittleEndian(span, Length);
        span[4] = AppHashKind;
        BinaryPrimitives.WriteInt64LittleEndian(span[5..], commit.Index);
        commit.AppHash.CopyTo(span[13..]);
        output.Advance(LengthSize + Length);
    }

    public static void WriteHeartbeat(IBufferWriter<byte> output, long index)
    {
        var span = output.GetSpan(LengthSize + 9);
        BinaryPrimitives.WriteUInt32LittleEndian(span, 9);
        span[4] = HeartbeatKind;
        BinaryPrimitives.WriteInt64LittleEndian(span[5..], index);
        output.Advance(LengthSize + 9);
    }

    public static void WriteEnd(IBufferWriter<byte> output, string reason)
    {
        var length = 1 + Encoding.UTF8.GetByteCount(reason);
        var span = output.GetSpan(LengthSize + length);
        BinaryPrimitives.WriteInt32LittleEndian(span, length);
        span[4] = EndKind;
        Encoding.UTF8.GetBytes(reason, span[5..]);
        output.Advance(LengthSize + length);
    }
}
