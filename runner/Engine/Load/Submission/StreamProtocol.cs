using System.Globalization;
using System.Text;
using Mysticeti.Protocol;

namespace Mysticeti.Engine.Load.Submission;

/// <summary>
/// The validator's own stream, <c>POST /v1/submit</c>: one endless chunked request of frames (length u32 little-endian, the
/// transaction), and one endless chunked response with a byte for each transaction, in order.
/// </summary>
internal sealed class StreamProtocol : ISubmissionProtocol
{
    private const int MostTransactions = 500;
    private const int ChunkHeadBytes = 10;

    private readonly TransactionFactory _factory;
    private readonly Targets _targets;
    private readonly byte[] _opening;
    private readonly byte[] _buffer;
    private bool _inBody;
    private int _chunkLeft;

    public StreamProtocol(Uri rpcUrl, TransactionFactory factory, Targets targets)
    {
        (_factory, _targets) = (factory, targets);
        var frame = SubmitFormat.LengthSize + factory.LargestSize;
        MostCalls = Math.Clamp(RpcBatch.MostBytes / frame, 1, MostTransactions);
        _buffer = new byte[ChunkHeadBytes + (MostCalls * frame) + 2];
        var path = NodePaths.TargetOf(rpcUrl, NodePaths.Submit);
        _opening = Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: {rpcUrl.Authority}\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
    }

    public int MostCalls { get; }

    public bool IsOpen => true;

    public ReadOnlyMemory<byte> Open()
    {
        (_inBody, _chunkLeft) = (false, 0);
        return _opening;
    }

    public ReadOnlyMemory<byte> Format(int first, int count)
    {
        var end = ChunkHeadBytes;
        var sequence = first;
        for (var i = 0; i < count; i++, sequence = _targets.Next(sequence))
        {
            var size = _factory.SizeOf(sequence);
            SubmitFormat.WriteLength(_buffer.AsSpan(end), size);
            _factory.Write(sequence, _buffer.AsSpan(end + SubmitFormat.LengthSize, size));
            end += SubmitFormat.LengthSize + size;
        }

        var length = end - ChunkHeadBytes;
        "\r\n"u8.CopyTo(_buffer.AsSpan(end));
        // Hexadecimal of a fixed width, so that the head has a fixed place.
        length.TryFormat(_buffer, out _, "x8", CultureInfo.InvariantCulture);
        "\r\n"u8.CopyTo(_buffer.AsSpan(8));
        return _buffer.AsMemory(0, end + 2);
    }

    public int Read(Span<byte> received, bool ended, PendingRequests pending, out bool closes)
    {
        closes = false;
        var at = 0;
        if (!_inBody)
        {
            var headEnd = received.IndexOf("\r\n\r\n"u8);
            if (headEnd < 0) return 0;

            if (!received.StartsWith("HTTP/1.1 200"u8))
            {
                throw new InvalidDataException("the node has no submission stream (POST /v1/submit)");
            }

            (_inBody, at) = (true, headEnd + 4);
        }

        while (at < received.Length)
        {
            if (_chunkLeft > 0)
            {
                var bytes = Math.Min(_chunkLeft, received.Length - at);
                Take(received.Slice(at, bytes), pending);
                at += bytes;
                _chunkLeft -= bytes;
                continue;
            }

            if (!TryReadChunkHead(received[at..], out var size, out var used)) break;

            at += used;
            _chunkLeft = size;
            if (size == 0)
            {
                closes = true;
                break;
            }
        }

        return at;
    }

    /// <summary>A chunk's size line; the line break that ends the chunk before is skipped with it.</summary>
    private static bool TryReadChunkHead(ReadOnlySpan<byte> received, out int size, out int used)
    {
        var skip = received.StartsWith("\r\n"u8) ? 2 : 0;
        var line = received[skip..].IndexOf("\r\n"u8);
        (size, used) = (0, skip + line + 2);
        if (line < 0 || (skip == 0 && received[0] == '\r')) return false;

        return System.Buffers.Text.Utf8Parser.TryParse(received.Slice(skip, line), out size, out var digits, 'x') && digits == line && size >= 0
            ? true
            : throw new InvalidDataException("the submission stream's answer is not chunked as it should be");
    }

    private static void Take(ReadOnlySpan<byte> answers, PendingRequests pending)
    {
        foreach (var answer in answers)
        {
            var outcome = (SubmitOutcome)answer;
            if (!pending.TakeNext(SubmitFormat.ReasonOf(outcome)) && outcome != SubmitOutcome.Stopping)
            {
                throw new InvalidDataException("the submission stream answered more than it was asked");
            }
        }
    }
}
