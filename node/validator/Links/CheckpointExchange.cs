using System.Buffers.Binary;
using System.Collections.Immutable;
using Mysticeti.Consensus;

namespace Mysticeti.Validator.Links;

/// <summary>A checkpoint that a peer can send.</summary>
/// <param name="Index">Commit index.</param>
/// <param name="Hash">SHA-256 of its encoding.</param>
internal readonly record struct CheckpointOffer(long Index, Digest Hash)
{
    private const int Size = 8 + Digest.Size;
    private const int Most = 4;

    public static Frame ToFrame(IReadOnlyList<CheckpointOffer> offers)
    {
        var payload = new byte[offers.Count * Size];
        for (var i = 0; i < offers.Count; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(payload.AsSpan(i * Size), offers[i].Index);
            offers[i].Hash.CopyTo(payload.AsSpan((i * Size) + 8));
        }

        return new Frame(FrameKind.Gone, payload);
    }

    /// <exception cref="ProtocolException">The payload is no list of offers.</exception>
    public static IReadOnlyList<CheckpointOffer> Read(Frame frame)
    {
        var payload = frame.Payload;
        if (payload.Length % Size != 0 || payload.Length > Most * Size) throw new ProtocolException($"{frame.Kind} frame of {payload.Length} bytes");
        return [.. Enumerable.Range(0, payload.Length / Size).Select(i => new CheckpointOffer(
            BinaryPrimitives.ReadInt64LittleEndian(payload.Span[(i * Size)..]), Digest.FromBytes(payload.Span[((i * Size) + 8)..])))];
    }
}

/// <summary>A part of an encoded checkpoint: <c>index i64 | total i32 | offset i32 | bytes</c>.</summary>
internal readonly record struct CheckpointPart(long Index, int Total, int Offset, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>Largest checkpoint that is taken from a peer, in bytes.</summary>
    public const int MostTotal = 256 * 1024 * 1024;

    private const int HeaderSize = 16;

    public Frame ToFrame()
    {
        var payload = new byte[HeaderSize + Bytes.Length];
        BinaryPrimitives.WriteInt64LittleEndian(payload, Index);
        BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(8), Total);
        BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(12), Offset);
        Bytes.CopyTo(payload.AsMemory(HeaderSize));
        return new Frame(FrameKind.CheckpointPart, payload);
    }

    /// <exception cref="ProtocolException">The payload is no part of a checkpoint.</exception>
    public static CheckpointPart Read(Frame frame)
    {
        var span = frame.Payload.Span;
        if (span.Length <= HeaderSize) throw new ProtocolException($"{frame.Kind} frame of {span.Length} bytes");
        var part = new CheckpointPart(
            BinaryPrimitives.ReadInt64LittleEndian(span), BinaryPrimitives.ReadInt32LittleEndian(span[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(span[12..]), frame.Payload[HeaderSize..]);
        if (part.Total is <= 0 or > MostTotal || part.Offset < 0 || part.Offset > part.Total - part.Bytes.Length)
            throw new ProtocolException($"a checkpoint part of {part.Bytes.Length} bytes at {part.Offset} of {part.Total}");
        return part;
    }
}

/// <summary>The last two checkpoints, encoded, for peers that were away for too long. Safe for use by several threads.</summary>
internal sealed class CheckpointShelf
{
    private const int Kept = 2;
    private const int PartBytes = 512 * 1024;

    private ImmutableList<(CheckpointOffer Offer, byte[] Encoded)> _newestFirst = [];

    public IReadOnlyList<CheckpointOffer> Offers => [.. Volatile.Read(ref _newestFirst).Select(entry => entry.Offer)];

    /// <summary>Adds the newest checkpoint. One thread only.</summary>
    public void Add(long index, byte[] encoded)
    {
        var entry = (new CheckpointOffer(index, Digest.Of(encoded)), encoded);
        Volatile.Write(ref _newestFirst, [entry, .. _newestFirst.Take(Kept - 1)]);
    }

    /// <summary>The frames that carry a checkpoint; none where it is not here.</summary>
    public IEnumerable<Frame> PartsOf(long index)
    {
        var found = Volatile.Read(ref _newestFirst).Find(entry => entry.Offer.Index == index).Encoded;
        for (var offset = 0; found is not null && offset < found.Length; offset += PartBytes)
            yield return new CheckpointPart(index, found.Length, offset, found.AsMemory(offset, Math.Min(PartBytes, found.Length - offset))).ToFrame();
    }
}
