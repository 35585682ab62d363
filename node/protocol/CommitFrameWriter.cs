using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Mysticeti.Consensus;
using static Mysticeti.Protocol.CommitFormat;

namespace Mysticeti.Protocol;

/// <summary>Writes the frames of <see cref="CommitFormat"/>.</summary>
public static class CommitFrameWriter
{
    /// <summary>Writes the frame's length and everything before the first transaction.</summary>
    /// <param name="shown">Bytes of all transactions' prefixes together.</param>
    public static void WriteCommit(IBufferWriter<byte> output, in CommitHeader commit, long shown)
    {
        var length = CommitHeaderSize + ((long)TransactionHeaderSize * commit.Transactions) + shown;
        var span = output.GetSpan(LengthSize + CommitHeaderSize);
        BinaryPrimitives.WriteUInt32LittleEndian(span, checked((uint)length));
        span[4] = CommitKind;
        BinaryPrimitives.WriteInt64LittleEndian(span[5..], commit.Index);
        BinaryPrimitives.WriteInt64LittleEndian(span[13..], commit.LeaderRound);
        BinaryPrimitives.WriteUInt16LittleEndian(span[21..], checked((ushort)commit.LeaderAuthor));
        BinaryPrimitives.WriteInt64LittleEndian(span[23..], commit.LeaderTimestampNs);
        BinaryPrimitives.WriteInt64LittleEndian(span[31..], commit.CommittedAtNs);
        commit.ChainDigest.CopyTo(span[39..]);
        BinaryPrimitives.WriteInt32LittleEndian(span[71..], commit.Transactions);
        output.Advance(LengthSize + CommitHeaderSize);
    }

    /// <summary>Writes one transaction of the commit.</summary>
    /// <param name="prefix">Most bytes of it that are shown, up to <see cref="MaxPrefix"/>.</param>
    /// <returns>Bytes written.</returns>
    public static int WriteTransaction(IBufferWriter<byte> output, ReadOnlySpan<byte> transaction, bool duplicate, int prefix)
    {
        var shown = Math.Min(prefix, transaction.Length);
        var span = output.GetSpan(TransactionHeaderSize + shown);
        BinaryPrimitives.WriteInt32LittleEndian(span, transaction.Length);
        span[4] = duplicate ? DuplicateFlag : (byte)0;
        BinaryPrimitives.WriteUInt16LittleEndian(span[5..], (ushort)shown);
        transaction[..shown].CopyTo(span[TransactionHeaderSize..]);
        output.Advance(TransactionHeaderSize + shown);
        return TransactionHeaderSize + shown;
    }

    /// <summary>The application hash after a commit; behind the commit's frame, for readers that asked for it.</summary>
    public static void WriteAppHash(IBufferWriter<byte> output, long index, Digest hash)
    {
        var span = output.GetSpan(LengthSize + AppHashSize);
        BinaryPrimitives.WriteUInt32LittleEndian(span, AppHashSize);
        span[4] = AppHashKind;
        BinaryPrimitives.WriteInt64LittleEndian(span[5..], index);
        hash.CopyTo(span[13..]);
        output.Advance(LengthSize + AppHashSize);
    }

    /// <summary>Says that the stream lives.</summary>
    /// <param name="index">The newest commit.</param>
    public static void WriteHeartbeat(IBufferWriter<byte> output, long index)
    {
        var span = output.GetSpan(LengthSize + 9);
        BinaryPrimitives.WriteUInt32LittleEndian(span, 9);
        span[4] = HeartbeatKind;
        BinaryPrimitives.WriteInt64LittleEndian(span[5..], index);
        output.Advance(LengthSize + 9);
    }

    /// <summary>Says why the stream ends.</summary>
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
