using System.Buffers.Binary;

namespace Mysticeti.Engine.Load;

/// <summary>
/// What every benchmark transaction begins with, so that its commit can be told from any other: magic "MYB1",
/// run id (8 bytes), sequence (8), scheduled time (8, Unix ns), load number (4), little-endian. In a key-value
/// transaction the same bytes stand as lower-case hex before the equals sign.
/// </summary>
/// <param name="RunId">Names the run.</param>
/// <param name="Sequence">Position in the load's schedule.</param>
/// <param name="ScheduledUnixNs">When it was due.</param>
/// <param name="LoadNumber">Number of the measurement within the run, from 1.</param>
public readonly record struct TransactionHeader(ulong RunId, long Sequence, long ScheduledUnixNs, uint LoadNumber)
{
    public const int Size = 32;
    public const int HexSize = 2 * Size;

    /// <summary>Bytes of a transaction that are enough for <see cref="TryRead"/> in either form.</summary>
    public const int PrefixSize = 72;

    /// <summary>What a transaction of type <see cref="TransactionType.Hex"/> begins with.</summary>
    public static ReadOnlySpan<byte> HexKey => "a="u8;

    private static ReadOnlySpan<byte> Magic => "MYB1"u8;

    private static ReadOnlySpan<byte> MagicHex => "4d594231"u8;

    /// <summary>Writes <see cref="Size"/> bytes.</summary>
    public void Write(Span<byte> destination)
    {
        Magic.CopyTo(destination);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[4..], RunId);
        BinaryPrimitives.WriteInt64LittleEndian(destination[12..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(destination[20..], ScheduledUnixNs);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[28..], LoadNumber);
    }

    /// <summary>Writes <see cref="HexSize"/> bytes of text.</summary>
    public void WriteHex(Span<byte> destination)
    {
        Span<byte> raw = stackalloc byte[Size];
        Write(raw);
        Convert.TryToHexStringLower(raw, destination, out _);
    }

    /// <summary>Reads the header in either form from a transaction's first bytes; false for any other transaction.</summary>
    public static bool TryRead(ReadOnlySpan<byte> prefix, out TransactionHeader header)
    {
        header = default;
        if (prefix.Length >= Size && prefix.StartsWith(Magic))
        {
            header = Parse(prefix);
            return true;
        }

        if (prefix.StartsWith(HexKey))
        {
            // The value of the one key begins with the header.
            return TryReadHex(prefix[HexKey.Length..], out header);
        }

        return prefix.Length > HexSize && prefix[HexSize] == (byte)'=' && TryReadHex(prefix, out header);
    }

    private static bool TryReadHex(ReadOnlySpan<byte> text, out TransactionHeader header)
    {
        header = default;
        if (text.Length < HexSize || !text.StartsWith(MagicHex)) return false;

        Span<byte> raw = stackalloc byte[Size];
        if (Convert.FromHexString(text[..HexSize], raw, out _, out _) != System.Buffers.OperationStatus.Done) return false;

        header = Parse(raw);
        return true;
    }

    private static TransactionHeader Parse(ReadOnlySpan<byte> raw) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(raw[4..]),
        BinaryPrimitives.ReadInt64LittleEndian(raw[12..]),
        BinaryPrimitives.ReadInt64LittleEndian(raw[20..]),
        BinaryPrimitives.ReadUInt32LittleEndian(raw[28..]));
}
