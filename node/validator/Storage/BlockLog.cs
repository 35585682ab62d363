using System.Buffers.Binary;
using System.Numerics;
using Mysticeti.Consensus;

namespace Mysticeti.Validator.Storage;

/// <summary>
/// The write-ahead log of accepted blocks, own ones included, in the order of acceptance: all that a restarted
/// validator needs. A file header (magic, version, genesis hash), then records <c>length u32 | crc32c u32 | block</c>.
/// </summary>
/// <remarks>
/// <see cref="Append"/> collects and <see cref="Flush"/> hands over to the operating system, which survives the death of
/// the process; with fsync it survives a power failure too. One thread only.
/// </remarks>
public sealed class BlockLog : IDisposable
{
    private const int HeaderSize = 8 + Digest.Size;
    private const int RecordHeaderSize = 8;
    private static ReadOnlySpan<byte> Magic => "MYSBLK\0\u0001"u8;

    private readonly FileStream _file;
    private readonly bool _fsync;
    private byte[] _buffer = new byte[256 * 1024];
    private int _used;

    private BlockLog(FileStream file, bool fsync)
    {
        _file = file;
        _fsync = fsync;
    }

    /// <summary>What <see cref="Open"/> found.</summary>
    /// <param name="TornBytes">Bytes of an unfinished last record, cut off.</param>
    public sealed record Recovery(long Blocks, long TornBytes);

    /// <summary>Opens or creates the log and hands each block in it to <paramref name="recover"/>, in order.</summary>
    /// <exception cref="StorageException">Another process holds the log, it is of another network, or it is damaged in the middle.</exception>
    public static BlockLog Open(string path, Digest genesisHash, bool fsync, Action<Block> recover, out Recovery recovery)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0,
            });
        }
        catch (IOException e)
        {
            throw new StorageException($"cannot open '{path}': {e.Message} Is another validator running in this working directory?", e);
        }

        try
        {
            recovery = file.Length < HeaderSize ? Create(file, genesisHash) : Read(file, path, genesisHash, recover);
            return new BlockLog(file, fsync);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Adds a block to what the next <see cref="Flush"/> writes.</summary>
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
        _used += size;
    }

    /// <summary>Makes everything appended durable.</summary>
    public void Flush()
    {
        WriteOut();
        if (_fsync) _file.Flush(flushToDisk: true);
    }

    public void Dispose()
    {
        Flush();
        _file.Dispose();
    }

    private void WriteOut()
    {
        if (_used == 0) return;
        _file.Write(_buffer, 0, _used);
        _used = 0;
    }

    private static Recovery Create(FileStream file, Digest genesisHash)
    {
        // A header that was cut short holds no block yet: nothing is lost by writing it anew.
        file.SetLength(0);
        var header = new byte[HeaderSize];
        Magic.CopyTo(header);
        genesisHash.CopyTo(header.AsSpan(Magic.Length));
        file.Write(header);
        return new Recovery(0, 0);
    }

    private static Recovery Read(FileStream file, string path, Digest genesisHash, Action<Block> recover)
    {
        // Not disposed: it owns nothing but its buffer, and would close the file.
        var reader = new BufferedStream(file, 1024 * 1024);
        var header = new byte[HeaderSize];
        reader.ReadExactly(header);
        if (!header.AsSpan(0, Magic.Length).SequenceEqual(Magic))
            throw new StorageException($"'{path}' is no block log of this version");
        if (Digest.FromBytes(header.AsSpan(Magic.Length)) != genesisHash)
            throw new StorageException($"'{path}' belongs to another network: give this validator its own --working-directory");

        long blocks = 0;
        long at = HeaderSize;
        var recordHeader = new byte[RecordHeaderSize];
        while (at < file.Length)
        {
            var rest = file.Length - at - RecordHeaderSize;
            if (rest < 0) break;
            reader.ReadExactly(recordHeader);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(recordHeader);
            if (length == 0 || length > rest)
            {
                // The process died while it wrote the last record; a length of zero is what a power failure leaves.
                if (length > 0 || IsZero(reader)) break;
                throw Damaged(path, at);
            }

            var encoded = new byte[length];
            reader.ReadExactly(encoded);
            if (Crc32C(encoded) != BinaryPrimitives.ReadUInt32LittleEndian(recordHeader.AsSpan(4)))
            {
                if (length == rest) break;
                throw Damaged(path, at);
            }

            recover(BlockCodec.TryDecode(encoded, out _) ?? throw Damaged(path, at));
            blocks++;
            at += RecordHeaderSize + length;
        }

        var torn = file.Length - at;
        if (torn > 0) file.SetLength(at);
        file.Position = at;
        return new Recovery(blocks, torn);
    }

    private static bool IsZero(Stream stream)
    {
        for (var value = stream.ReadByte(); value >= 0; value = stream.ReadByte())
        {
            if (value != 0) return false;
        }

        return true;
    }

    private static StorageException Damaged(string path, long offset) => new(
        $"'{path}' is damaged at byte {offset}, with more records behind: restore the file from a copy, or give this authority up and let it join anew under a new key");

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
public sealed class StorageException(string message, Exception? inner = null) : Exception(message, inner);
