using System.Buffers.Binary;
using System.Numerics;
using Mysticeti.Consensus;

namespace Mysticeti.Validator.Storage;

/// <summary>
/// One file of the block log: a header (magic, version, genesis hash), then records <c>length u32 | crc32c u32 | block</c>,
/// little-endian.
/// </summary>
internal sealed class BlockSegment : IDisposable
{
    private const int HeaderSize = 8 + Digest.Size;
    private const int RecordHeaderSize = 8;
    private static ReadOnlySpan<byte> Magic => "MYSBLK\0\u0001"u8;

    private readonly FileStream _file;
    private readonly Dictionary<BlockRef, long> _offsets = [];
    private byte[] _buffer = new byte[256 * 1024];
    private int _used;

    private BlockSegment(string path, FileStream file) => (Path, _file) = (path, file);

    public string Path { get; }

    /// <summary>Bytes in the file and still to be written.</summary>
    public long Length => _file.Position + _used;

    public long HighestRound { get; private set; }

    /// <summary>Where the record of each block begins.</summary>
    public IReadOnlyDictionary<BlockRef, long> Offsets => _offsets;

    public long RecoveredBlocks { get; private set; }

    /// <summary>Bytes of an unfinished last record that were cut off.</summary>
    public long TornBytes { get; private set; }

    /// <summary>Opens or creates a segment and hands each block in it to <paramref name="recover"/>.</summary>
    /// <param name="isLast">Only the last segment can end in an unfinished record; elsewhere it is damage.</param>
    /// <exception cref="StorageException">The segment is of another network, or damaged.</exception>
    public static BlockSegment Open(string path, Digest genesisHash, bool isLast, Action<Block> recover)
    {
        var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, BufferSize = 0 });
        try
        {
            var segment = new BlockSegment(path, file);
            if (file.Length >= HeaderSize) segment.Read(genesisHash, isLast, recover);
            else if (isLast) segment.Create(genesisHash);
            else throw segment.Damaged(0);
            return segment;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads one block of a segment, open or not, that was flushed.</summary>
    /// <returns>Null where the segment is gone, or the record is not what it should be.</returns>
    public static Block? ReadAt(string path, long offset)
    {
        try
        {
            using var file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
            var header = new byte[RecordHeaderSize];
            if (RandomAccess.Read(file, header, offset) < header.Length) return null;
            var length = BinaryPrimitives.ReadUInt32LittleEndian(header);
            if (length > RandomAccess.GetLength(file) - offset - RecordHeaderSize) return null;
            var encoded = new byte[length];
            var read = RandomAccess.Read(file, encoded, offset + RecordHeaderSize);
            return read == encoded.Length && Crc32C(encoded) == BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(4)) ? BlockCodec.TryDecode(encoded, out _) : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    public void Append(Block block)
    {
        var size = RecordHeaderSize + block.Encoded.Length;
        if (size > _buffer.Length - _used)
        {
            WriteOut();
            if (size > _buffer.Length) _buffer = new byte[size];
        }

        var record = _buffer.AsSpan(_used, size);
        block.Encoded.Span.CopyTo(record[RecordHeaderSize..]);
        BinaryPrimitives.WriteInt32LittleEndian(record, block.Encoded.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record[4..], Crc32C(block.Encoded.Span));
        _offsets[block.Reference] = Length;
        _used += size;
        HighestRound = Math.Max(HighestRound, block.Round);
    }

    public void Flush(bool fsync)
    {
        if (_used == 0) return;
        WriteOut();
        if (fsync) _file.Flush(flushToDisk: true);
    }

    public void Dispose() => _file.Dispose();

    private void WriteOut()
    {
        _file.Write(_buffer, 0, _used);
        _used = 0;
    }

    private void Create(Digest genesisHash)
    {
        // A header that was cut short is followed by no block yet: nothing is lost by writing it anew.
        _file.SetLength(0);
        var header = new byte[HeaderSize];
        Magic.CopyTo(header);
        genesisHash.CopyTo(header.AsSpan(Magic.Length));
        _file.Write(header);
    }

    private void Read(Digest genesisHash, bool isLast, Action<Block> recover)
    {
        // Not disposed: it owns nothing but its buffer, and would close the file.
        var reader = new BufferedStream(_file, 1024 * 1024);
        var header = new byte[HeaderSize];
        reader.ReadExactly(header);
        if (!header.AsSpan(0, Magic.Length).SequenceEqual(Magic))
            throw new StorageException($"'{Path}' is no block log of this version");
        if (Digest.FromBytes(header.AsSpan(Magic.Length)) != genesisHash)
            throw new StorageException($"'{Path}' belongs to another network: give this validator its own --working-directory");

        long at = HeaderSize;
        while (at < _file.Length)
        {
            if (TryReadRecord(reader, at) is not { } block) break;
            recover(block);
            _offsets[block.Reference] = at;
            RecoveredBlocks++;
            HighestRound = Math.Max(HighestRound, block.Round);
            at += RecordHeaderSize + block.Encoded.Length;
        }

        TornBytes = _file.Length - at;
        if (TornBytes > 0 && !isLast) throw Damaged(at);
        if (TornBytes > 0) _file.SetLength(at);
        _file.Position = at;
    }

    /// <returns>Null where the rest of the file is what a process that died while writing leaves.</returns>
    private Block? TryReadRecord(Stream reader, long at)
    {
        var rest = _file.Length - at - RecordHeaderSize;
        if (rest < 0) return null;
        Span<byte> header = stackalloc byte[RecordHeaderSize];
        reader.ReadExactly(header);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(header);
        if (length > rest) return null;
        // Zeros up to the end are what a power failure can leave.
        if (length == 0) return IsZeroToTheEnd(reader) ? null : throw Damaged(at);

        var encoded = new byte[length];
        reader.ReadExactly(encoded);
        if (Crc32C(encoded) != BinaryPrimitives.ReadUInt32LittleEndian(header[4..])) return length == rest ? null : throw Damaged(at);
        return BlockCodec.TryDecode(encoded, out _) ?? throw Damaged(at);
    }

    private static bool IsZeroToTheEnd(Stream stream)
    {
        for (var value = stream.ReadByte(); value >= 0; value = stream.ReadByte())
        {
            if (value != 0) return false;
        }

        return true;
    }

    private StorageException Damaged(long offset) => new(
        $"'{Path}' is damaged at byte {offset}, with more records behind: restore the file from a copy, or let this authority join anew under a new key");

    private static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        while (bytes.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }

        foreach (var value in bytes) crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }
}

/// <summary>The working directory cannot be used. The message is one line that says why and how to mend it.</summary>
internal sealed class StorageException(string message, Exception? inner = null) : Exception(message, inner);
