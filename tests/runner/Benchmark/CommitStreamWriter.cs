using System.Buffers.Binary;

namespace Mysticeti.Runner.Tests.Benchmark;

/// <summary>Writes the frames of a commit stream as a validator does.</summary>
internal static class CommitStreamWriter
{
    public static byte[] Frame(byte kind, ReadOnlySpan<byte> body)
    {
        var frame = new byte[5 + body.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)body.Length + 1);
        frame[4] = kind;
        body.CopyTo(frame.AsSpan(5));
        return frame;
    }

    public static byte[] Heartbeat(long index) => Frame(0, BitConverter.GetBytes(index));

    public static byte[] AppHash(long index, byte[] hash) => Frame(3, [.. BitConverter.GetBytes(index), .. hash]);

    public static byte[] Commit(long index, byte[] digest, params (byte[] Bytes, bool Duplicate)[] transactions)
    {
        using var body = new MemoryStream();
        using var writer = new BinaryWriter(body);
        writer.Write(index);
        writer.Write(index * 2);
        writer.Write((ushort)0);
        writer.Write(0L);
        writer.Write(0L);
        writer.Write(digest);
        writer.Write((uint)transactions.Length);
        foreach (var (bytes, duplicate) in transactions)
        {
            var prefix = Math.Min(72, bytes.Length);
            writer.Write((uint)bytes.Length);
            writer.Write((byte)(duplicate ? 1 : 0));
            writer.Write((ushort)prefix);
            writer.Write(bytes, 0, prefix);
        }

        writer.Flush();
        return Frame(1, body.ToArray());
    }
}
