using System.Buffers.Text;

namespace Mysticeti.Engine.Load.Submission;

/// <summary>An HTTP/1.1 response at the front of a receive buffer.</summary>
/// <param name="Length">Bytes of head and body together.</param>
/// <param name="Status">Status code.</param>
/// <param name="BodyStart">Where the body starts.</param>
/// <param name="BodyLength">Its length, after chunks were joined in place.</param>
/// <param name="Closes">The server closes the connection after it.</param>
public readonly record struct HttpResponse(int Length, int Status, int BodyStart, int BodyLength, bool Closes)
{
    private const int MostHeadBytes = 16 * 1024;

    /// <summary>Reads a complete response; false while bytes are missing.</summary>
    /// <param name="buffer">Received bytes; a chunked body is joined in place.</param>
    /// <param name="ended">Nothing follows any more: a body without a length ends here.</param>
    /// <param name="response">The response.</param>
    /// <exception cref="InvalidDataException">This is not HTTP/1.x.</exception>
    public static bool TryRead(Span<byte> buffer, bool ended, out HttpResponse response)
    {
        response = default;
        var headEnd = buffer.IndexOf("\r\n\r\n"u8);
        if (headEnd < 0)
        {
            return buffer.Length <= MostHeadBytes && (buffer.Length < 5 || buffer.StartsWith("HTTP/"u8))
                ? false
                : throw new InvalidDataException("the answer is not HTTP/1.1");
        }

        ReadOnlySpan<byte> head = buffer[..headEnd];
        var lineEnd = head.IndexOf("\r\n"u8);
        var statusLine = lineEnd < 0 ? head : head[..lineEnd];
        if (statusLine.Length < 12 || !statusLine.StartsWith("HTTP/1."u8) || !Utf8Parser.TryParse(statusLine[9..12], out int status, out _))
        {
            throw new InvalidDataException("the answer is not HTTP/1.1");
        }

        var closes = statusLine[7] == (byte)'0';
        var chunked = false;
        var length = -1;
        var rest = lineEnd < 0 ? default : head[(lineEnd + 2)..];
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf("\r\n"u8);
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 2)..];
            var colon = line.IndexOf((byte)':');
            if (colon < 0) throw new InvalidDataException("an answer's header has no colon");

            var name = line[..colon];
            var value = line[(colon + 1)..].Trim((byte)' ');
            if (Is(name, "content-length"u8))
            {
                length = Utf8Parser.TryParse(value, out int n, out _) && n >= 0 ? n : throw new InvalidDataException("an answer's Content-Length is not a number");
            }
            else if (Is(name, "transfer-encoding"u8))
            {
                chunked = Is(value, "chunked"u8);
            }
            else if (Is(name, "connection"u8))
            {
                closes = Is(value, "close"u8) || (closes && !Is(value, "keep-alive"u8));
            }
        }

        var bodyStart = headEnd + 4;
        if (status is >= 100 and < 200 or 204 or 304) length = 0;

        if (chunked) return TryJoinChunks(buffer, bodyStart, status, closes, out response);

        if (length < 0)
        {
            response = new HttpResponse(buffer.Length, status, bodyStart, buffer.Length - bodyStart, true);
            return ended;
        }

        response = new HttpResponse(bodyStart + length, status, bodyStart, length, closes);
        return buffer.Length - bodyStart >= length;
    }

    private static bool TryJoinChunks(Span<byte> buffer, int bodyStart, int status, bool closes, out HttpResponse response)
    {
        response = default;
        // First pass: is the whole body there? Only then may the chunks be moved.
        if (!WalkChunks(buffer, bodyStart, join: false, out _, out _)) return false;

        WalkChunks(buffer, bodyStart, join: true, out var end, out var bodyLength);
        response = new HttpResponse(end, status, bodyStart, bodyLength, closes);
        return true;
    }

    private static bool WalkChunks(Span<byte> buffer, int bodyStart, bool join, out int end, out int bodyLength)
    {
        end = bodyStart;
        bodyLength = 0;
        while (true)
        {
            var line = buffer[end..].IndexOf("\r\n"u8);
            if (line < 0) return false;

            if (!Utf8Parser.TryParse(buffer.Slice(end, line), out int size, out var used, 'x') || used == 0 || size < 0)
            {
                throw new InvalidDataException("an answer's chunk has no size");
            }

            var data = end + line + 2;
            if (size == 0) return EndOfTrailers(buffer, data, out end);

            if (buffer.Length - data < size + 2) return false;

            if (join) buffer.Slice(data, size).CopyTo(buffer[(bodyStart + bodyLength)..]);

            bodyLength += size;
            end = data + size + 2;
        }
    }

    private static bool EndOfTrailers(ReadOnlySpan<byte> buffer, int at, out int end)
    {
        while (true)
        {
            var line = buffer[at..].IndexOf("\r\n"u8);
            end = at + line + 2;
            if (line <= 0) return line == 0;

            at = end;
        }
    }

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lowerCase) =>
        System.Text.Ascii.EqualsIgnoreCase(text, lowerCase);
}
