using System.Buffers.Binary;
using System.Buffers.Text;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Mysticeti.Engine.Load.Submission;

namespace Mysticeti.Engine.Calibration;

/// <summary>One client of the null server: HTTP requests at first, then what they turn the connection into.</summary>
internal sealed class NullConnection : IDisposable
{
    private const int MostRequestBytes = 16 * 1024 * 1024;
    private static readonly TimeSpan LongestStall = TimeSpan.FromSeconds(30);

    private readonly NullAnswers _answers = new();
    private byte[] _received = new byte[256 * 1024];
    private int _filled;
    private Kind _kind = Kind.Http;
    private long _chunkLeft;
    private long _frameLeft;

    public NullConnection(Socket socket)
    {
        Socket = socket;
        Socket.NoDelay = true;
        Socket.Blocking = false;
    }

    private enum Kind
    {
        Http,
        WebSocket,
        Stream,
    }

    public Socket Socket { get; }

    /// <summary>Reads what is there and answers it. False when the connection is over.</summary>
    public bool Serve()
    {
        var read = Socket.Receive(_received.AsSpan(_filled), SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock) return true;

        if (error != SocketError.Success || read == 0) return false;

        _filled += read;
        try
        {
            var used = 0;
            int taken;
            while (used < _filled && (taken = Take(_received.AsSpan(used, _filled - used))) > 0) used += taken;

            _received.AsSpan(used, _filled - used).CopyTo(_received);
            _filled -= used;
        }
        catch (InvalidDataException)
        {
            return false;
        }

        if (_filled == _received.Length) Array.Resize(ref _received, _filled * 2);

        return _received.Length <= MostRequestBytes && Send();
    }

    public void Dispose() => Socket.Dispose();

    private int Take(Span<byte> bytes) => _kind switch
    {
        Kind.WebSocket => TakeMessage(bytes),
        Kind.Stream => TakeChunk(bytes),
        _ => TakeRequest(bytes),
    };

    private int TakeRequest(Span<byte> bytes)
    {
        var headEnd = bytes.IndexOf("\r\n\r\n"u8);
        if (headEnd < 0) return 0;

        ReadOnlySpan<byte> head = bytes[..headEnd];
        if (head.StartsWith("POST /v1/submit "u8))
        {
            _kind = Kind.Stream;
            _answers.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"u8);
            return headEnd + 4;
        }

        if (head.StartsWith("GET /websocket "u8))
        {
            _kind = Kind.WebSocket;
            _answers.Write(Encoding.ASCII.GetBytes(
                $"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {AcceptKey(head)}\r\n\r\n"));
            return headEnd + 4;
        }

        var length = ContentLength(head);
        if (bytes.Length - headEnd - 4 < length) return 0;

        _answers.WriteHttp(bytes.Slice(headEnd + 4, length));
        return headEnd + 4 + length;
    }

    private int TakeMessage(Span<byte> bytes)
    {
        if (bytes.Length < 14) return 0;

        var length = (ulong)(bytes[1] & 127);
        var start = length switch { 126 => 4, 127 => 10, _ => 2 };
        length = length switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            127 => BinaryPrimitives.ReadUInt64BigEndian(bytes[2..]),
            _ => length,
        };
        if ((ulong)(bytes.Length - start - 4) < length) return 0;

        var text = bytes.Slice(start + 4, (int)length);
        WebSocketProtocol.Mask(text, BinaryPrimitives.ReadUInt32LittleEndian(bytes[start..]));
        _answers.WriteMessage(text);
        return start + 4 + (int)length;
    }

    /// <summary>A piece of a chunk of the submission stream; the frames in it may begin and end anywhere.</summary>
    private int TakeChunk(ReadOnlySpan<byte> bytes)
    {
        if (_chunkLeft == 0)
        {
            var skip = bytes.StartsWith("\r\n"u8) ? 2 : 0;
            var line = bytes[skip..].IndexOf("\r\n"u8);
            if (line < 0) return 0;

            _chunkLeft = Utf8Parser.TryParse(bytes.Slice(skip, line), out long size, out var digits, 'x') && digits == line && size > 0
                ? size
                : throw new InvalidDataException("the end of the stream, or no chunk");
            return skip + line + 2;
        }

        var data = bytes[..(int)Math.Min(bytes.Length, _chunkLeft)];
        var at = 0;
        var accepted = 0;
        while (true)
        {
            var step = (int)Math.Min(_frameLeft, data.Length - at);
            (at, _frameLeft) = (at + step, _frameLeft - step);
            if (_frameLeft > 0 || data.Length - at < 4) break;

            _frameLeft = 4 + (long)BinaryPrimitives.ReadUInt32LittleEndian(data[at..]);
            accepted++;
        }

        _answers.WriteAccepted(accepted);
        _chunkLeft -= at;
        return at;
    }

    private bool Send()
    {
        var rest = _answers.Take();
        while (!rest.IsEmpty)
        {
            var sent = Socket.Send(rest.Span, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock && Socket.Poll(LongestStall, SelectMode.SelectWrite)) continue;

            if (error != SocketError.Success) return false;

            rest = rest[sent..];
        }

        return true;
    }

    private static int ContentLength(ReadOnlySpan<byte> head)
    {
        var at = head.IndexOf("\r\nContent-Length: "u8);
        return at >= 0 && Utf8Parser.TryParse(head[(at + 18)..], out int length, out _) ? length : 0;
    }

    private static string AcceptKey(ReadOnlySpan<byte> head)
    {
        var name = "\r\nSec-WebSocket-Key: "u8;
        var at = head.IndexOf(name);
        var value = at < 0 ? default : head[(at + name.Length)..];
        var end = value.IndexOf("\r\n"u8);
        var key = Encoding.ASCII.GetString(end < 0 ? value : value[..end]);
#pragma warning disable CA5350 // RFC 6455 asks for SHA-1; it protects nothing here.
        return Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
    }
}
