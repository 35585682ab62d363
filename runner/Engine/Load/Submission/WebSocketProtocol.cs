using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using Mysticeti.Protocol;

namespace Mysticeti.Engine.Load.Submission;

/// <summary>JSON-RPC as text messages of a WebSocket (RFC 6455) at <c>/websocket</c>, one batch a message.</summary>
internal sealed class WebSocketProtocol : ISubmissionProtocol
{
    private const byte Text = 1, Close = 8, Ping = 9;
    private const int MostHeadBytes = 14;

    private readonly RpcBatch _batch;
    private readonly byte[] _opening;
    private SplitMix64 _masks;

    public WebSocketProtocol(Uri rpcUrl, RpcBatch batch)
    {
        _batch = batch;
        // Neither the key nor the masks guard a secret here: they keep proxies from taking our text for HTTP.
        _masks = new SplitMix64((ulong)rpcUrl.GetHashCode());
        var path = NodePaths.TargetOf(rpcUrl, NodePaths.WebSocket);
        _opening = Encoding.ASCII.GetBytes(
            $"GET {path} HTTP/1.1\r\nHost: {rpcUrl.Authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: bXlzdGljZXRpIGxvYWQgIQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
    }

    public int MostCalls => _batch.MostCalls;

    public bool IsOpen { get; private set; }

    public ReadOnlyMemory<byte> Open()
    {
        IsOpen = false;
        return _opening;
    }

    public ReadOnlyMemory<byte> Format(int first, int count)
    {
        var text = _batch.Format(first, count).Span;
        var mask = (uint)_masks.Next();
        Span<byte> head = stackalloc byte[MostHeadBytes];
        head[0] = 0x80 | Text;
        var at = WriteLength(head, text.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[at..], mask);
        Mask(text, mask);
        return _batch.Prepend(head[..(at + 4)]);
    }

    public int Read(Span<byte> received, bool ended, PendingRequests pending, out bool closes)
    {
        closes = false;
        var at = 0;
        if (!IsOpen)
        {
            var headEnd = received.IndexOf("\r\n\r\n"u8);
            if (headEnd < 0) return 0;

            if (!received.StartsWith("HTTP/1.1 101"u8)) throw new InvalidDataException("the node does not open a WebSocket");

            (IsOpen, at) = (true, headEnd + 4);
        }

        while (!closes && TryReadFrame(received[at..], out var kind, out var start, out var length))
        {
            closes = kind == Close;
            if (kind == Text) pending.TakeRpc(received.Slice(at + start, length), "an answer that is not JSON");

            // Pings stay unanswered: servers of this protocol ask for data or pongs within 30 s and more, and a load sends data all the time.
            at += start + length;
        }

        return at;
    }

    private static int WriteLength(Span<byte> head, int length)
    {
        switch (length)
        {
            case < 126:
                head[1] = (byte)(0x80 | length);
                return 2;
            case <= ushort.MaxValue:
                head[1] = 0x80 | 126;
                BinaryPrimitives.WriteUInt16BigEndian(head[2..], (ushort)length);
                return 4;
            default:
                head[1] = 0x80 | 127;
                BinaryPrimitives.WriteUInt64BigEndian(head[2..], (ulong)length);
                return 10;
        }
    }

    /// <summary>The head and size of a server's frame, which is never masked; false while bytes are missing.</summary>
    private static bool TryReadFrame(ReadOnlySpan<byte> received, out byte kind, out int start, out int length)
    {
        (kind, start, length) = (0, 2, 0);
        if (received.Length < 2) return false;

        if (received[0] is not ((0x80 | Text) or (0x80 | Close) or (0x80 | Ping) or 0x8A) || received[1] > 127)
        {
            throw new InvalidDataException("the node's WebSocket sends what JSON-RPC does not");
        }

        kind = (byte)(received[0] & 0x0F);
        ulong size = received[1];
        if (size >= 126)
        {
            start = size == 126 ? 4 : 10;
            if (received.Length < start) return false;

            size = size == 126 ? BinaryPrimitives.ReadUInt16BigEndian(received[2..]) : BinaryPrimitives.ReadUInt64BigEndian(received[2..]);
        }

        length = (int)Math.Min(size, int.MaxValue / 2);
        return (ulong)(received.Length - start) >= size;
    }

    /// <summary>Masks or unmasks in place.</summary>
    public static void Mask(Span<byte> text, uint mask)
    {
        var wide = MemoryMarshal.Cast<byte, Vector<uint>>(text);
        var masks = new Vector<uint>(mask);
        for (var i = 0; i < wide.Length; i++) wide[i] ^= masks;

        var done = wide.Length * Vector<byte>.Count;
        for (var i = done; i < text.Length; i++) text[i] ^= (byte)(mask >> (8 * (i & 3)));
    }
}
