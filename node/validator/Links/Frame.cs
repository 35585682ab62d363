using System.Buffers.Binary;
using Mysticeti.Consensus;

namespace Mysticeti.Validator.Links;

/// <summary>What a frame between peers carries.</summary>
internal enum FrameKind : byte
{
    /// <summary>round i64: push me your own blocks from this round on.</summary>
    Subscribe = 1,

    /// <summary>An encoded block of the sender.</summary>
    OwnBlock = 2,

    /// <summary>References (see <see cref="BlockCodec.ReferenceSize"/>) of blocks that I miss.</summary>
    Fetch = 3,

    /// <summary>An encoded block that was asked for.</summary>
    FetchedBlock = 4,

    /// <summary>The sender's monotonic clock, i64 ns: answer with the same bytes as <see cref="Pong"/>.</summary>
    Ping = 5,

    /// <summary>Echo of a <see cref="Ping"/>.</summary>
    Pong = 6,

    /// <summary>Answer to a <see cref="Subscribe"/> from too far back: the <see cref="CheckpointOffer"/>s from which the receiver can go on instead.</summary>
    Gone = 7,

    /// <summary>commit index i64: send me that checkpoint.</summary>
    CheckpointAsk = 8,

    /// <summary>A part of a checkpoint, see <see cref="CheckpointPart"/>.</summary>
    CheckpointPart = 9,
}

/// <summary>A frame: <c>length u32 (of the payload) | kind u8 | payload</c>, little-endian.</summary>
internal readonly record struct Frame(FrameKind Kind, ReadOnlyMemory<byte> Payload)
{
    public const int HeaderSize = 5;

    public int Size => HeaderSize + Payload.Length;

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteInt32LittleEndian(destination, Payload.Length);
        destination[4] = (byte)Kind;
        Payload.Span.CopyTo(destination[HeaderSize..]);
    }

    public static Frame OfNumber(FrameKind kind, long number)
    {
        var payload = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(payload, number);
        return new Frame(kind, payload);
    }

    public static Frame OfReferences(IReadOnlyList<BlockRef> references)
    {
        var payload = new byte[references.Count * BlockCodec.ReferenceSize];
        for (var i = 0; i < references.Count; i++) BlockCodec.WriteReference(payload.AsSpan(i * BlockCodec.ReferenceSize), references[i]);
        return new Frame(FrameKind.Fetch, payload);
    }

    /// <exception cref="ProtocolException">The payload is no number.</exception>
    public long ReadNumber() => Payload.Length == 8
        ? BinaryPrimitives.ReadInt64LittleEndian(Payload.Span)
        : throw new ProtocolException($"{Kind} frame of {Payload.Length} bytes");

    /// <exception cref="ProtocolException">The payload is no list of at most <paramref name="most"/> references.</exception>
    public BlockRef[] ReadReferences(int most)
    {
        var count = Payload.Length / BlockCodec.ReferenceSize;
        if (count == 0 || count > most || count * BlockCodec.ReferenceSize != Payload.Length)
            throw new ProtocolException($"{Kind} frame of {Payload.Length} bytes");
        var references = new BlockRef[count];
        for (var i = 0; i < count; i++) references[i] = BlockCodec.ReadReference(Payload.Span[(i * BlockCodec.ReferenceSize)..]);
        return references;
    }
}

/// <summary>A peer broke the rules; its connection is closed.</summary>
internal sealed class ProtocolException(string message) : Exception(message);
