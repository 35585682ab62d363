using System.Buffers.Binary;

namespace Mysticeti.Validator.Links;

/// <summary>Cuts a byte stream into frames. Each payload is an array of its own: blocks keep theirs for as long as they live.</summary>
internal sealed class FrameReader(Stream stream, int maxPayloadBytes)
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    /// <returns>Null at the end of the stream, on a frame's boundary.</returns>
    /// <exception cref="ProtocolException">A frame announces more than the limit.</exception>
    /// <exception cref="EndOfStreamException">The stream ends inside a frame.</exception>
    public async ValueTask<Frame?> ReadAsync(CancellationToken cancellationToken)
    {
        while (_end - _start < Frame.HeaderSize)
        {
            if (!await FillAsync(cancellationToken))
                return _end == _start ? null : throw new EndOfStreamException("the stream ended inside a frame header");
        }

        var length = BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan(_start));
        var kind = (FrameKind)_buffer[_start + 4];
        if (length > maxPayloadBytes) throw new ProtocolException($"a frame announces {length} bytes; the limit is {maxPayloadBytes}");
        _start += Frame.HeaderSize;

        var payload = length == 0 ? [] : GC.AllocateUninitializedArray<byte>((int)length);
        var buffered = Math.Min(payload.Length, _end - _start);
        _buffer.AsSpan(_start, buffered).CopyTo(payload);
        _start += buffered;
        await stream.ReadExactlyAsync(payload.AsMemory(buffered), cancellationToken);
        return new Frame(kind, payload);
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read;
        return read > 0;
    }
}
