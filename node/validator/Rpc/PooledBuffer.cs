using System.Buffers;

namespace Mysticeti.Validator.Rpc;

/// <summary>A growing buffer on pooled arrays that can be cut back, so that a half-written answer can be replaced by an error.</summary>
internal sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    private byte[] _bytes = [];

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, Length);

    public ReadOnlySpan<byte> WrittenSpan => _bytes.AsSpan(0, Length);

    public void Advance(int count) => Length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Ensure(sizeHint);
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Ensure(sizeHint);
        return _bytes.AsSpan(Length);
    }

    /// <summary>Forgets what was written from <paramref name="length"/> on.</summary>
    public void CutTo(int length) => Length = length;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        Ensure(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    public void Write(byte value)
    {
        Ensure(1);
        _bytes[Length++] = value;
    }

    /// <summary>Forgets everything, and gives back a large array, so that one large request does not stay in memory.</summary>
    public void Reset(int keep = 256 * 1024)
    {
        Length = 0;
        if (_bytes.Length > keep) Dispose();
    }

    public void Dispose()
    {
        Length = 0;
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    private void Ensure(int more)
    {
        var needed = checked(Length + Math.Max(more, 256));
        if (needed <= _bytes.Length) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, (int)Math.Min(_bytes.Length * 2L, Array.MaxLength)));
        _bytes.AsSpan(0, Length).CopyTo(larger);
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
