using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Mysticeti.Consensus;
using Mysticeti.Consensus.Core;

namespace Mysticeti.Validator.Storage;

/// <summary>The transactions that a commit had first.</summary>
/// <param name="Hashes">See <see cref="Digest.Half"/>.</param>
internal readonly record struct FirstCommitted(long Index, ImmutableArray<UInt128> Hashes);

/// <summary>What finalizing the next commit needs to know of those before.</summary>
/// <param name="LastTimeNs">Time of that commit.</param>
/// <param name="WindowStart">The window holds what was committed after this commit; 0 where it holds everything.</param>
/// <param name="Window">The transactions of the window, in order, without commits that had none first.</param>
/// <param name="Application">The application's snapshot; empty before the first commit.</param>
internal sealed record FinalizerState(long LastTimeNs, long WindowStart, ImmutableArray<FirstCommitted> Window, ReadOnlyMemory<byte> Application)
{
    /// <summary>Before the first commit.</summary>
    public static FinalizerState Initial { get; } = new(0, 0, [], default);
}

/// <summary>Everything that follows from the committed sequence up to one commit: the same bytes on all validators.</summary>
internal sealed record Checkpoint(CoreState Core, FinalizerState Finalizer)
{
    private static ReadOnlySpan<byte> Magic => "MYSCKP\0\u0004"u8;

    private const int WindowEntrySize = 8 + 4;
    private const int HashSize = 16;

    public static Checkpoint Initial(Digest genesisHash) => new(CoreState.Initial(genesisHash), FinalizerState.Initial);

    /// <summary>
    /// The canonical encoding, little-endian: magic 8, genesis hash 32, commit index i64, chain digest 32, leader round i64, next round
    /// i64, next offset i32, time i64, sequenced count i32 and references, window: start i64, commits i32 and, of each, index i64, count i32 and
    /// the first 16 bytes of each hash; application snapshot length i32 and bytes, SHA-256 of all that.
    /// </summary>
    public byte[] Encode(Digest genesisHash)
    {
        var linearizer = Core.Linearizer;
        var size = FixedSize + (BlockCodec.ReferenceSize * linearizer.Sequenced.Length) + (WindowEntrySize * Finalizer.Window.Length)
            + Finalizer.Window.Sum(commit => HashSize * commit.Hashes.Length) + Finalizer.Application.Length + Digest.Size;
        var bytes = GC.AllocateUninitializedArray<byte>(size);
        var at = new Cursor(bytes);
        Magic.CopyTo(at.Take(Magic.Length));
        genesisHash.CopyTo(at.Take(Digest.Size));
        BinaryPrimitives.WriteInt64LittleEndian(at.Take(8), linearizer.Index);
        linearizer.ChainDigest.CopyTo(at.Take(Digest.Size));
        BinaryPrimitives.WriteInt64LittleEndian(at.Take(8), linearizer.LastLeaderRound);
        BinaryPrimitives.WriteInt64LittleEndian(at.Take(8), Core.NextRound);
        BinaryPrimitives.WriteInt32LittleEndian(at.Take(4), Core.NextOffset);
        BinaryPrimitives.WriteInt64LittleEndian(at.Take(8), Finalizer.LastTimeNs);
        BinaryPrimitives.WriteInt32LittleEndian(at.Take(4), linearizer.Sequenced.Length);
        foreach (var reference in linearizer.Sequenced) BlockCodec.WriteReference(at.Take(BlockCodec.ReferenceSize), reference);
        BinaryPrimitives.WriteInt64LittleEndian(at.Take(8), Finalizer.WindowStart);
        BinaryPrimitives.WriteInt32LittleEndian(at.Take(4), Finalizer.Window.Length);
        foreach (var (index, hashes) in Finalizer.Window)
        {
            BinaryPrimitives.WriteInt64LittleEndian(at.Take(8), index);
            BinaryPrimitives.WriteInt32LittleEndian(at.Take(4), hashes.Length);
            foreach (ref readonly var hash in hashes.AsSpan()) BinaryPrimitives.WriteUInt128BigEndian(at.Take(HashSize), hash);
        }

        BinaryPrimitives.WriteInt32LittleEndian(at.Take(4), Finalizer.Application.Length);
        Finalizer.Application.Span.CopyTo(at.Take(Finalizer.Application.Length));
        SHA256.HashData(bytes.AsSpan(0, size - Digest.Size), at.Take(Digest.Size));
        return bytes;
    }

    /// <summary>Reads what <see cref="Encode"/> wrote.</summary>
    /// <returns>Null where the bytes are damaged, or of another network or version.</returns>
    public static Checkpoint? TryDecode(byte[] bytes, Digest genesisHash)
    {
        if (bytes.Length < FixedSize + Digest.Size) return null;
        if (Digest.Of(bytes.AsSpan(0, bytes.Length - Digest.Size)) != Digest.FromBytes(bytes.AsSpan(bytes.Length - Digest.Size))) return null;
        var at = new Cursor(bytes);
        if (!at.Take(Magic.Length).SequenceEqual(Magic) || Digest.FromBytes(at.Take(Digest.Size)) != genesisHash) return null;
        var index = BinaryPrimitives.ReadInt64LittleEndian(at.Take(8));
        var chainDigest = Digest.FromBytes(at.Take(Digest.Size));
        var leaderRound = BinaryPrimitives.ReadInt64LittleEndian(at.Take(8));
        var nextRound = BinaryPrimitives.ReadInt64LittleEndian(at.Take(8));
        var nextOffset = BinaryPrimitives.ReadInt32LittleEndian(at.Take(4));
        var timeNs = BinaryPrimitives.ReadInt64LittleEndian(at.Take(8));

        if (ReadCount(bytes, ref at, BlockCodec.ReferenceSize) is not { } sequencedCount) return null;
        var sequenced = ImmutableArray.CreateBuilder<BlockRef>(sequencedCount);
        for (var i = 0; i < sequencedCount; i++) sequenced.Add(BlockCodec.ReadReference(at.Take(BlockCodec.ReferenceSize)));

        if (bytes.Length - Digest.Size - at.Position < 8) return null;
        var windowStart = BinaryPrimitives.ReadInt64LittleEndian(at.Take(8));
        if (ReadCount(bytes, ref at, WindowEntrySize) is not { } windowCount) return null;
        var window = ImmutableArray.CreateBuilder<FirstCommitted>(windowCount);
        for (var i = 0; i < windowCount; i++)
        {
            if (bytes.Length - Digest.Size - at.Position < WindowEntrySize) return null;
            var commit = BinaryPrimitives.ReadInt64LittleEndian(at.Take(8));
            if (ReadCount(bytes, ref at, HashSize) is not { } count) return null;
            var hashes = new UInt128[count];
            for (var j = 0; j < count; j++) hashes[j] = BinaryPrimitives.ReadUInt128BigEndian(at.Take(HashSize));
            window.Add(new FirstCommitted(commit, ImmutableCollectionsMarshal.AsImmutableArray(hashes)));
        }

        if (ReadCount(bytes, ref at, entrySize: 1) is not { } applicationLength) return null;
        var application = at.Take(applicationLength).ToArray();
        if (at.Position != bytes.Length - Digest.Size) return null;

        return new Checkpoint(
            new CoreState(new LinearizerState(index, chainDigest, leaderRound, sequenced.MoveToImmutable()), nextRound, nextOffset),
            new FinalizerState(timeNs, windowStart, window.MoveToImmutable(), application));
    }

    private static int FixedSize => Magic.Length + Digest.Size + 8 + Digest.Size + 8 + 8 + 4 + 8 + 4 + 8 + 4 + 4;

    private static int? ReadCount(byte[] bytes, ref Cursor at, int entrySize)
    {
        if (bytes.Length - Digest.Size - at.Position < 4) return null;
        var count = BinaryPrimitives.ReadInt32LittleEndian(at.Take(4));
        return count >= 0 && (long)count * entrySize <= bytes.Length - Digest.Size - at.Position ? count : null;
    }

    private ref struct Cursor(Span<byte> bytes)
    {
        private readonly Span<byte> _bytes = bytes;

        public int Position { get; private set; }

        public Span<byte> Take(int count)
        {
            var taken = _bytes.Slice(Position, count);
            Position += count;
            return taken;
        }
    }
}
