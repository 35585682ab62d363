using System.Buffers.Binary;
using System.Text;
using Mysticeti.Consensus;
using static Mysticeti.Protocol.CommitFormat;

namespace Mysticeti.Protocol;

/// <summary>Takes what the frames of a commit stream say.</summary>
public interface ICommitSink
{
    /// <summary>A commit starts; its transactions follow.</summary>
    void OnCommit(long index, ReadOnlySpan<byte> chainDigest);

    /// <param name="length">Bytes of the whole transaction.</param>
    /// <param name="duplicate">The validator says that it was committed before and has no effect.</param>
    /// <param name="prefix">Its first bytes.</param>
    void OnTransaction(long index, long length, bool duplicate, ReadOnlySpan<byte> prefix);

    /// <summary>The application hash after a commit.</summary>
    void OnAppHash(long index, ReadOnlySpan<byte> hash);
}

/// <summary>Reads the frames of <see cref="CommitFormat"/>.</summary>
public static class CommitFrameReader
{
    /// <summary>Reads the complete frames at the front of <paramref name="buffer"/>.</summary>
    /// <param name="needed">Bytes that the next frame takes in all, as far as known; 0 when unknown.</param>
    /// <param name="endReason">Why the server ends the stream; null while it does not.</param>
    /// <returns>Bytes consumed.</returns>
    /// <exception cref="InvalidDataException">A frame contradicts itself.</exception>
    public static int Read(ReadOnlySpan<byte> buffer, ICommitSink sink, out int needed, out string? endReason)
    {
        var at = 0;
        endReason = null;
        while (true)
        {
            var rest = buffer[at..];
            needed = 0;
            if (rest.Length < LengthSize) return at;
            var length = BinaryPrimitives.ReadUInt32LittleEndian(rest);
            if (length is 0 or > MaxFrame) throw new InvalidDataException($"a commit stream's frame of {length} bytes");
            needed = LengthSize + (int)length;
            if (rest.Length < needed) return at;
            var body = rest[(LengthSize + 1)..needed];
            at += needed;
            switch (rest[LengthSize])
            {
                case CommitKind:
                    ReadCommit(body, sink);
                    break;
                case EndKind:
                    endReason = Encoding.UTF8.GetString(body);
                    return at;
                case AppHashKind:
                    ReadAppHash(body, sink);
                    break;
            }
        }
    }

    private static void ReadAppHash(ReadOnlySpan<byte> body, ICommitSink sink)
    {
        if (body.Length != AppHashSize - 1) throw new InvalidDataException("an application hash's frame has the wrong length");
        sink.OnAppHash(BinaryPrimitives.ReadInt64LittleEndian(body), body[8..]);
    }

    private static void ReadCommit(ReadOnlySpan<byte> body, ICommitSink sink)
    {
        const int HeadSize = CommitHeaderSize - 1;
        if (body.Length < HeadSize) throw new InvalidDataException("a commit frame is too short");
        var index = BinaryPrimitives.ReadInt64LittleEndian(body);
        var transactions = BinaryPrimitives.ReadUInt32LittleEndian(body[(HeadSize - 4)..]);
        sink.OnCommit(index, body.Slice(HeadSize - 4 - Digest.Size, Digest.Size));
        var rest = body[HeadSize..];
        for (uint i = 0; i < transactions; i++)
        {
            var prefix = rest.Length < TransactionHeaderSize ? int.MaxValue : BinaryPrimitives.ReadUInt16LittleEndian(rest[5..]);
            if (rest.Length - TransactionHeaderSize < prefix) throw new InvalidDataException($"commit {index} ends within a transaction");
            sink.OnTransaction(index, BinaryPrimitives.ReadUInt32LittleEndian(rest), (rest[4] & DuplicateFlag) != 0, rest.Slice(TransactionHeaderSize, prefix));
            rest = rest[(TransactionHeaderSize + prefix)..];
        }
    }
}
