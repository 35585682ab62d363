using System.Buffers.Binary;
using System.Text;

namespace Mysticeti.Engine.Observation;

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

/// <summary>
/// Reads frames of <c>application/vnd.mysticeti.commits</c> (little-endian): length u32, kind u8 (0 heartbeat, 1 commit,
/// 2 end, 3 application hash), body. Kinds that it does not know are skipped.
/// </summary>
public static class CommitFrames
{
    public const string ContentType = "application/vnd.mysticeti.commits";

    /// <summary>A longer frame is a broken stream.</summary>
    public const int MostFrameBytes = 256 * 1024 * 1024;

    public const int DigestSize = 32;

    private const int LengthSize = 4;
    private const int CommitHeadSize = 8 + 8 + 2 + 8 + 8 + DigestSize + 4;

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
            if (length is 0 or > MostFrameBytes) throw new InvalidDataException($"a commit stream's frame of {length} bytes");

            needed = LengthSize + (int)length;
            if (rest.Length < needed) return at;

            var body = rest[(LengthSize + 1)..needed];
            at += needed;
            switch (rest[LengthSize])
            {
                case 1:
                    ReadCommit(body, sink);
                    break;
                case 2:
                    endReason = Encoding.UTF8.GetString(body);
                    return at;
                case 3:
                    ReadAppHash(body, sink);
                    break;
            }
        }
    }

    private static void ReadAppHash(ReadOnlySpan<byte> body, ICommitSink sink)
    {
        if (body.Length != 8 + DigestSize) throw new InvalidDataException("an application hash's frame has the wrong length");

        sink.OnAppHash(BinaryPrimitives.ReadInt64LittleEndian(body), body[8..]);
    }

    private static void ReadCommit(ReadOnlySpan<byte> body, ICommitSink sink)
    {
        if (body.Length < CommitHeadSize) throw new InvalidDataException("a commit frame is too short");

        var index = BinaryPrimitives.ReadInt64LittleEndian(body);
        var transactions = BinaryPrimitives.ReadUInt32LittleEndian(body[(CommitHeadSize - 4)..]);
        sink.OnCommit(index, body.Slice(CommitHeadSize - 4 - DigestSize, DigestSize));
        var rest = body[CommitHeadSize..];
        for (uint i = 0; i < transactions; i++)
        {
            var prefix = rest.Length < 7 ? int.MaxValue : BinaryPrimitives.ReadUInt16LittleEndian(rest[5..]);
            if (rest.Length - 7 < prefix) throw new InvalidDataException($"commit {index} ends within a transaction");

            sink.OnTransaction(index, BinaryPrimitives.ReadUInt32LittleEndian(rest), (rest[4] & 1) != 0, rest.Slice(7, prefix));
            rest = rest[(7 + prefix)..];
        }
    }
}
