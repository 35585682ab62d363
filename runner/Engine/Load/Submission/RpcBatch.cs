using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Mysticeti.Engine.Load.Submission;

/// <summary>
/// Formats JSON-RPC calls that submit one transaction, or several as a batch, into a buffer that is used again and again. The id
/// of each call is the transaction's sequence, so that an answer finds its way alone.
/// </summary>
public sealed class RpcBatch
{
    /// <summary>Largest text, unless a single transaction is larger: below the limits that servers of this protocol have.</summary>
    public const int MostBytes = 256 * 1024;

    /// <summary>Most transactions of one batch.</summary>
    public const int MostTransactions = 100;

    /// <summary>Bytes in front of the text that <see cref="Prepend"/> can use.</summary>
    public const int HeadRoom = 512;

    private const int CallOverhead = 100;

    private readonly TransactionFactory _factory;
    private readonly Targets _targets;
    private readonly byte[] _callStart;
    private readonly byte[] _transaction;
    private readonly byte[] _buffer;
    private int _end;

    /// <param name="method">broadcast_tx_sync or broadcast_tx_async.</param>
    /// <param name="factory">Of the transactions.</param>
    /// <param name="targets">Which transactions follow each other at a node.</param>
    /// <param name="mostCalls">Most transactions of one text.</param>
    public RpcBatch(string method, TransactionFactory factory, Targets targets, int mostCalls = MostTransactions)
    {
        (_factory, _targets) = (factory, targets);
        _callStart = Encoding.ASCII.GetBytes($",\"method\":\"{method}\",\"params\":{{\"tx\":\"");
        _transaction = new byte[factory.LargestSize];
        var call = Base64.GetMaxEncodedToUtf8Length(factory.LargestSize) + CallOverhead;
        MostCalls = Math.Clamp(MostBytes / call, 1, mostCalls);
        _buffer = new byte[HeadRoom + (MostCalls * call) + 2];
    }

    /// <summary>Transactions that fit into one text.</summary>
    public int MostCalls { get; }

    /// <summary>Formats some transactions of one node, from <paramref name="first"/> on. The bytes stay valid until the next call.</summary>
    public Memory<byte> Format(int first, int count)
    {
        _end = HeadRoom;
        if (count > 1) _buffer[_end++] = (byte)'[';

        var sequence = first;
        for (var i = 0; i < count; i++, sequence = _targets.Next(sequence))
        {
            if (i > 0) _buffer[_end++] = (byte)',';

            AppendCall(sequence);
        }

        if (count > 1) _buffer[_end++] = (byte)']';

        return _buffer.AsMemory(HeadRoom, _end - HeadRoom);
    }

    /// <summary>The text that was formatted last with something in front of it, in one piece.</summary>
    /// <param name="head">At most <see cref="HeadRoom"/> bytes.</param>
    public ReadOnlyMemory<byte> Prepend(ReadOnlySpan<byte> head)
    {
        var start = HeadRoom - head.Length;
        head.CopyTo(_buffer.AsSpan(start));
        return _buffer.AsMemory(start, _end - start);
    }

    private void AppendCall(int sequence)
    {
        Append("{\"jsonrpc\":\"2.0\",\"id\":"u8);
        sequence.TryFormat(_buffer.AsSpan(_end), out var digits, provider: CultureInfo.InvariantCulture);
        _end += digits;
        Append(_callStart);
        var transaction = _transaction.AsSpan(0, _factory.SizeOf(sequence));
        _factory.Write(sequence, transaction);
        Base64.EncodeToUtf8(transaction, _buffer.AsSpan(_end), out _, out var written);
        _end += written;
        Append("\"}}"u8);
    }

    private void Append(ReadOnlySpan<byte> text)
    {
        text.CopyTo(_buffer.AsSpan(_end));
        _end += text.Length;
    }
}
