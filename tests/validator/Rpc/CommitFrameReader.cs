using System.Buffers.Binary;
using System.Text;

namespace Mysticeti.Validator.Tests.Rpc;

internal abstract record Frame;

internal sealed record Heartbeat(long Index) : Frame;

internal sealed record End(string Reason) : Frame;

internal sealed record AppHashFrame(long Index, string Hash) : Frame;

internal sealed record CommitFrame(
    long Index, long LeaderRound, int LeaderAuthor, long LeaderTimestampNs, long CommittedAtNs, string ChainDigest, IReadOnlyList<TransactionFrame> Transactions) : Frame;

internal sealed record TransactionFrame(int Length, bool Duplicate, string Prefix);

/// <summary>Reads the commit stream as docs/rpc.md describes it, with its own numbers, not those of the writer.</summary>
internal sealed class CommitFrameReader(Stream stream)
{
    public async Task<Frame?> ReadAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var length = new byte[4];
        if (await stream.ReadAtLeastAsync(length, 4, throwOnEndOfStream: false, deadline.Token) is var read && read < 4)
        {
            Assert.Equal(0, read);
            return null;
        }

        var frame = new byte[BinaryPrimitives.ReadUInt32LittleEndian(length)];
        await stream.ReadExactlyAsync(frame, deadline.Token);
        switch (frame[0])
        {
            case 0:
                Assert.Equal(9, frame.Length);
                return new Heartbeat(BinaryPrimitives.ReadInt64LittleEndian(frame.AsSpan(1)));
            case 2:
                return new End(Encoding.UTF8.GetString(frame.AsSpan(1)));
            case 3:
                Assert.Equal(41, frame.Length);
                return new AppHashFrame(BinaryPrimitives.ReadInt64LittleEndian(frame.AsSpan(1)), Convert.ToHexStringLower(frame.AsSpan(9)));
            default:
                Assert.Equal(1, frame[0]);
                return ReadCommit(frame);
        }
    }

    public async Task<CommitFrame> ReadCommitAsync()
    {
        while (true)
        {
            var frame = await ReadAsync();
            if (frame is Heartbeat) continue;
            return Assert.IsType<CommitFrame>(frame);
        }
    }

    public async Task<End> ReadToEndAsync()
    {
        while (true)
        {
            if (await ReadAsync() is not { } frame) throw new EndOfStreamException("the stream ended without an end frame");
            if (frame is not End end) continue;
            Assert.Null(await ReadAsync());
            return end;
        }
    }

    private static CommitFrame ReadCommit(ReadOnlySpan<byte> frame)
    {
        var transactions = new TransactionFrame[BinaryPrimitives.ReadUInt32LittleEndian(frame[67..])];
        var at = 71;
        for (var i = 0; i < transactions.Length; i++)
        {
            var prefix = BinaryPrimitives.ReadUInt16LittleEndian(frame[(at + 5)..]);
            transactions[i] = new TransactionFrame(
                BinaryPrimitives.ReadInt32LittleEndian(frame[at..]), frame[at + 4] == 1, Encoding.UTF8.GetString(frame.Slice(at + 7, prefix)));
            at += 7 + prefix;
        }

        Assert.Equal(frame.Length, at);
        return new CommitFrame(
            BinaryPrimitives.ReadInt64LittleEndian(frame[1..]), BinaryPrimitives.ReadInt64LittleEndian(frame[9..]), BinaryPrimitives.ReadUInt16LittleEndian(frame[17..]),
            BinaryPrimitives.ReadInt64LittleEndian(frame[19..]), BinaryPrimitives.ReadInt64LittleEndian(frame[27..]), Convert.ToHexStringLower(frame[35..67]), transactions);
    }
}
