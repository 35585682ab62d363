using System.Buffers.Binary;
using System.Globalization;

namespace Mysticeti.Engine.Calibration;

/// <summary>What the null server answers: every transaction is accepted. Gathers the answers to all that came at once.</summary>
internal sealed class NullAnswers
{
    private byte[] _bytes = new byte[64 * 1024];
    private byte[] _json = new byte[16 * 1024];
    private int _filled;

    /// <summary>What was gathered; valid until the next write.</summary>
    public ReadOnlyMemory<byte> Take()
    {
        ReadOnlyMemory<byte> all = _bytes.AsMemory(0, _filled);
        _filled = 0;
        return all;
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (_bytes.Length - _filled < bytes.Length) Array.Resize(ref _bytes, (_filled + bytes.Length) * 2);

        bytes.CopyTo(_bytes.AsSpan(_filled));
        _filled += bytes.Length;
    }

    /// <summary>An HTTP response to a JSON-RPC request or batch.</summary>
    public void WriteHttp(ReadOnlySpan<byte> request)
    {
        var json = Json(request);
        Span<byte> digits = stackalloc byte[11];
        json.Length.TryFormat(digits, out var length, provider: CultureInfo.InvariantCulture);
        Write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "u8);
        Write(digits[..length]);
        Write("\r\n\r\n"u8);
        Write(json);
    }

    /// <summary>A WebSocket message that answers a JSON-RPC request or batch.</summary>
    public void WriteMessage(ReadOnlySpan<byte> request)
    {
        var json = Json(request);
        Span<byte> head = stackalloc byte[10];
        head[0] = 0x81;
        head[1] = (byte)(json.Length < 126 ? json.Length : 127);
        BinaryPrimitives.WriteUInt64BigEndian(head[2..], (ulong)json.Length);
        Write(json.Length < 126 ? head[..2] : head);
        Write(json);
    }

    /// <summary>A chunk of the submission stream's answer: a zero for each transaction.</summary>
    public void WriteAccepted(int transactions)
    {
        if (transactions == 0) return;

        Span<byte> digits = stackalloc byte[8];
        transactions.TryFormat(digits, out var length, "x", CultureInfo.InvariantCulture);
        Write(digits[..length]);
        Write("\r\n"u8);
        Span<byte> zeros = stackalloc byte[Math.Min(transactions, 512)];
        zeros.Clear();
        for (var left = transactions; left > 0; left -= zeros.Length) Write(zeros[..Math.Min(left, zeros.Length)]);

        Write("\r\n"u8);
    }

    /// <summary>A result for each id, found by looking for it: base64 holds no quotation marks.</summary>
    private ReadOnlySpan<byte> Json(ReadOnlySpan<byte> request)
    {
        var batch = request.StartsWith("["u8);
        var end = 0;
        int at;
        while ((at = request.IndexOf("\"id\":"u8)) >= 0)
        {
            request = request[(at + 5)..];
            var length = request.IndexOfAny((byte)',', (byte)'}');
            if (length < 0) break;

            Append(end > 0 ? ","u8 : batch ? "["u8 : default, ref end);
            Append("{\"jsonrpc\":\"2.0\",\"id\":"u8, ref end);
            Append(request[..length], ref end);
            Append(",\"result\":{\"code\":0,\"data\":\"\",\"log\":\"\",\"codespace\":\"\",\"hash\":\"\"}}"u8, ref end);
        }

        Append(end == 0 ? "{}"u8 : batch ? "]"u8 : default, ref end);
        return _json.AsSpan(0, end);
    }

    private void Append(ReadOnlySpan<byte> text, ref int end)
    {
        if (_json.Length - end < text.Length) Array.Resize(ref _json, (end + text.Length) * 2);

        text.CopyTo(_json.AsSpan(end));
        end += text.Length;
    }
}
