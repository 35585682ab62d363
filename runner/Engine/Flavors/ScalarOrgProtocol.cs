using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Load.Submission;

namespace Mysticeti.Engine.Flavors;

/// <summary><c>POST /broadcast_tx_async {"transaction": base64}</c>: a request for each transaction, answered in order by an HTTP status.</summary>
internal sealed class ScalarOrgProtocol : ISubmissionProtocol
{
    private readonly TransactionFactory _factory;
    private readonly byte[] _head;
    private readonly byte[] _transaction;
    private readonly byte[] _buffer;

    public ScalarOrgProtocol(Uri rpcUrl, TransactionFactory factory)
    {
        _factory = factory;
        _head = Encoding.ASCII.GetBytes(
            $"POST {rpcUrl.AbsolutePath.TrimEnd('/')}/broadcast_tx_async HTTP/1.1\r\nHost: {rpcUrl.Authority}\r\nContent-Type: application/json\r\nContent-Length: ");
        _transaction = new byte[factory.LargestSize];
        _buffer = new byte[_head.Length + 32 + Base64.GetMaxEncodedToUtf8Length(factory.LargestSize) + 32];
    }

    private static ReadOnlySpan<byte> BodyStart => "{\"transaction\":\""u8;

    private static ReadOnlySpan<byte> BodyEnd => "\"}"u8;

    public int MostCalls => 1;

    public bool IsOpen => true;

    public ReadOnlyMemory<byte> Open() => default;

    public ReadOnlyMemory<byte> Format(int first, int count)
    {
        var transaction = _transaction.AsSpan(0, _factory.SizeOf(first));
        _factory.Write(first, transaction);
        var length = BodyStart.Length + Base64.GetMaxEncodedToUtf8Length(transaction.Length) + BodyEnd.Length;
        var end = Append(_head, 0);
        length.TryFormat(_buffer.AsSpan(end), out var digits, provider: CultureInfo.InvariantCulture);
        end = Append("\r\n\r\n"u8, end + digits);
        end = Append(BodyStart, end);
        Base64.EncodeToUtf8(transaction, _buffer.AsSpan(end), out _, out var written);
        return _buffer.AsMemory(0, Append(BodyEnd, end + written));
    }

    public int Read(Span<byte> received, bool ended, PendingRequests pending, out bool closes)
    {
        var at = 0;
        closes = false;
        while (!closes && at < received.Length && HttpResponse.TryRead(received[at..], ended, out var response))
        {
            if (response.Status >= 200)
            {
                closes = response.Closes;
                if (!pending.TakeNext(response.Status < 300 ? null : $"HTTP {response.Status}", endsWithAcceptance: true))
                {
                    throw new InvalidDataException("an answer that nobody asked for");
                }
            }

            at += response.Length;
        }

        return at;
    }

    private int Append(ReadOnlySpan<byte> text, int at)
    {
        text.CopyTo(_buffer.AsSpan(at));
        return at + text.Length;
    }
}
