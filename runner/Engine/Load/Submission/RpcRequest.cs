using System.Globalization;
using System.Text;

namespace Mysticeti.Engine.Load.Submission;

/// <summary>Formats one HTTP request that submits one transaction, or several as a JSON-RPC batch.</summary>
public sealed class RpcRequest
{
    private readonly RpcBatch _batch;
    private readonly byte[] _head;
    private readonly int _lengthAt;

    /// <param name="endpoint">Where requests go.</param>
    /// <param name="method">broadcast_tx_sync or broadcast_tx_async.</param>
    /// <param name="factory">Of the transactions.</param>
    /// <param name="targets">Which transactions follow each other at a node.</param>
    /// <param name="mostCalls">Most transactions of one request.</param>
    public RpcRequest(Uri endpoint, string method, TransactionFactory factory, Targets targets, int mostCalls = RpcBatch.MostTransactions)
    {
        _batch = new RpcBatch(method, factory, targets, mostCalls);
        _head = Encoding.ASCII.GetBytes(
            $"POST {endpoint.PathAndQuery} HTTP/1.1\r\nHost: {endpoint.Authority}\r\nContent-Type: application/json\r\nContent-Length: ");
        _lengthAt = _head.Length;
        Array.Resize(ref _head, _lengthAt + 16);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_head.Length, RpcBatch.HeadRoom, nameof(endpoint));
    }

    /// <summary>Transactions that fit into one request.</summary>
    public int MostCalls => _batch.MostCalls;

    /// <summary>
    /// Formats <paramref name="count"/> transactions of one node, from <paramref name="first"/> on.
    /// The bytes stay valid until the next call.
    /// </summary>
    public ReadOnlyMemory<byte> Format(int first, int count)
    {
        var length = _batch.Format(first, count).Length;
        length.TryFormat(_head.AsSpan(_lengthAt), out var digits, provider: CultureInfo.InvariantCulture);
        "\r\n\r\n"u8.CopyTo(_head.AsSpan(_lengthAt + digits));
        return _batch.Prepend(_head.AsSpan(0, _lengthAt + digits + 4));
    }
}
