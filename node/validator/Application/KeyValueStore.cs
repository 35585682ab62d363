using System.Buffers.Binary;

namespace Mysticeti.Validator.Application;

/// <summary>
/// A bounded map from keys to values, ordered by the keys' bytes. The limits are constants because a put must be refused by all
/// validators or by none. One writer at a time, and nobody else meanwhile.
/// </summary>
internal sealed class KeyValueStore
{
    /// <summary>Most keys.</summary>
    public const int MaxEntries = 65_536;

    /// <summary>Most bytes of keys and values, with <see cref="EntryOverhead"/> for each key. It bounds the checkpoint too, which is written as a whole.</summary>
    public const long MaxBytes = 16 * 1024 * 1024;

    /// <summary>Bytes counted for a key beside itself and its value.</summary>
    public const int EntryOverhead = 64;

    private const int LengthSizes = 2 + 4;

    // Ordered rather than hashed: no keys can be prepared that collide, and a snapshot needs no sorting.
    private readonly SortedDictionary<ReadOnlyMemory<byte>, byte[]> _entries = new(ByteOrder.Instance);

    public int Count => _entries.Count;

    /// <summary>As <see cref="MaxBytes"/> counts them.</summary>
    public long Bytes { get; private set; }

    public byte[]? Find(ReadOnlyMemory<byte> key) => _entries.GetValueOrDefault(key);

    /// <summary>Stores a copy of the value, in place of an older one.</summary>
    /// <returns>False where it would go beyond a limit; then nothing has changed.</returns>
    public bool TryPut(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value)
    {
        var known = _entries.TryGetValue(key, out var old);
        var growth = known ? (long)value.Length - old!.Length : (long)key.Length + value.Length + EntryOverhead;
        if (Bytes + growth > MaxBytes || (!known && Count == MaxEntries)) return false;
        Bytes += growth;
        _entries[known ? key : key.ToArray()] = value.ToArray();
        return true;
    }

    public int EncodedSize => 4 + (int)(Bytes - ((long)(EntryOverhead - LengthSizes) * Count));

    /// <summary>Writes count i32, then for each key in ascending order: key length u16, key, value length i32, value; little-endian.</summary>
    public void Encode(Span<byte> output)
    {
        BinaryPrimitives.WriteInt32LittleEndian(output, Count);
        output = output[4..];
        foreach (var (key, value) in _entries)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(output, (ushort)key.Length);
            key.Span.CopyTo(output[2..]);
            output = output[(2 + key.Length)..];
            BinaryPrimitives.WriteInt32LittleEndian(output, value.Length);
            value.CopyTo(output[4..]);
            output = output[(4 + value.Length)..];
        }
    }

    /// <summary>Reads what <see cref="Encode"/> wrote.</summary>
    /// <returns>Null where it is anything else, the smallest difference included.</returns>
    public static KeyValueStore? TryDecode(ReadOnlySpan<byte> input)
    {
        if (input.Length < 4) return null;
        var store = new KeyValueStore();
        var count = BinaryPrimitives.ReadInt32LittleEndian(input);
        input = input[4..];
        byte[] last = [];
        for (var i = 0; i < count; i++)
        {
            if (input.Length < 2) return null;
            var keyLength = BinaryPrimitives.ReadUInt16LittleEndian(input);
            if (keyLength is 0 or > KeyValueTransaction.MaxKeyBytes || input.Length < 2 + keyLength + 4) return null;
            var key = input.Slice(2, keyLength).ToArray();
            input = input[(2 + keyLength)..];
            var valueLength = BinaryPrimitives.ReadInt32LittleEndian(input);
            if (valueLength <= 0 || valueLength > input.Length - 4 || last.AsSpan().SequenceCompareTo(key) >= 0) return null;
            if (!store.TryPut(key, input.Slice(4, valueLength).ToArray())) return null;
            input = input[(4 + valueLength)..];
            last = key;
        }

        return count == store.Count && input.IsEmpty ? store : null;
    }

    private sealed class ByteOrder : IComparer<ReadOnlyMemory<byte>>
    {
        public static ByteOrder Instance { get; } = new();

        public int Compare(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceCompareTo(y.Span);
    }
}
