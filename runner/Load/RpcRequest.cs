using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Mysticeti.Runner.Load;

/// <summary>
/// Formats one HTTP request that submits one transaction, or several as a JSON-RPC batch, into a buffer that is used
/// again and again. The id of each call is the transaction's sequence, so that an answer finds its way alone.
/// </summary>
public sealed class RpcRequest
{
    /// <summary>Largest body, unless a single transaction is larger: below the limits that servers of this protocol have.</summary>
    public const int MostBodyBytes = 256 * 1024;

    /// <summary>Most transactions of one batch.</summary>
    public const int MostTransactions = 100;

    private const int CallOverhead = 100;

    private readonly TransactionFactory _factory;
    private readonly byte[] _headStart;
    private readonly byte[] _callStart;
    private readonly byte[] _transaction;
    private readonly byte[] _buffer;
    private readonly int _bodyStart;

    /// <param name="endpoint">Where requests go.</param>
    /// <param name="method">broadcast_tx_sync or broadcast_tx_async.</param>
    /// <param name="factory">Of the transactions.</param>
    public RpcRequest(Uri endpoint, string method, TransactionFactory factory)
    {
        _factory = factory;
        _headStart = Encoding.ASCII.GetBytes(
            $"POST {endpoint.PathAndQuery} HTTP/1.1\r\nHost: {endpoint.Authority}\r\nContent-Type: application/json\r\nContent-Length: ");
        _callStart = Encoding.ASCII.GetBytes($",\"method\":\"{method}\",\"params\":{{\"tx\":\"");
        _transaction = new byte[factory.Size];
        int call = Base64.GetMaxEncodedToUtf8Length(factory.Size) + CallOverhead;
        MostCalls = Math.Clamp(MostBodyBytes / call, 1, MostTransactions);
        _bodyStart = _headStart.Length + 16;
        _buffer = new byte[_bodyStart + MostCalls * call + 2];
    }

    /// <summary>Transactions that fit into one request.</summary>
    public int MostCalls { get; }

    /// <summary>
    /// Formats <paramref name="count"/> transactions of one node, from <paramref name="first"/> on.
    /// The bytes stay valid until the next call.
    /// </summary>
    public ReadOnlyMemory<byte> Format(int first, int count, RoundRobin targets)
    {
        int end = _bodyStart;
        if (count > 1)
        {
            _buffer[end++] = (byte)'[';
        }

        int sequence = first;
        for (int i = 0; i < count; i++, sequence = targets.Next(sequence))
        {
            if (i > 0)
            {
                _buffer[end++] = (byte)',';
            }

            end = AppendCall(sequence, end);
        }

        if (count > 1)
        {
            _buffer[end++] = (byte)']';
        }

        return WithHead(end);
    }

    private int AppendCall(int sequence, int end)
    {
        end = Append("{\"jsonrpc\":\"2.0\",\"id\":"u8, end);
        sequence.TryFormat(_buffer.AsSpan(end), out int digits, provider: CultureInfo.InvariantCulture);
        end = Append(_callStart, end + digits);
        _factory.Write(sequence, _transaction);
        Base64.EncodeToUtf8(_transaction, _buffer.AsSpan(end), out _, out int written);
        return Append("\"}}"u8, end + written);
    }

    /// <summary>The length is known only now, so the head is written to end where the body starts.</summary>
    private ReadOnlyMemory<byte> WithHead(int end)
    {
        Span<byte> length = stackalloc byte[11];
        (end - _bodyStart).TryFormat(length, out int digits, provider: CultureInfo.InvariantCulture);
        int start = _bodyStart - (_headStart.Length + digits + 4);
        int at = Append(_headStart, start);
        at = Append(length[..digits], at);
        Append("\r\n\r\n"u8, at);
        return _buffer.AsMemory(start, end - start);
    }

    private int Append(ReadOnlySpan<byte> text, int at)
    {
        text.CopyTo(_buffer.AsSpan(at));
        return at + text.Length;
    }
}
