using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using Mysticeti.Protocol;
using Mysticeti.Validator.Contract;

namespace Mysticeti.Validator.Rpc;

/// <summary>
/// The hot path: broadcast_tx_async and broadcast_tx_sync from the raw bytes of a request to the raw bytes of its response.
/// Both answer alike: the mempool decides at once.
/// </summary>
internal sealed class Broadcast(IValidatorNode node, RpcMetrics metrics)
{
    private readonly Metrics.Counter _async = metrics.Calls("broadcast_tx_async");
    private readonly Metrics.Counter _sync = metrics.Calls("broadcast_tx_sync");

    /// <summary>Executes the call if it is one of the two.</summary>
    public bool TryExecute(ReadOnlySpan<byte> body, in JsonRpcCall call, PooledBuffer scratch, PooledBuffer output)
    {
        var method = body[call.Method];
        if (method.SequenceEqual("broadcast_tx_async"u8)) _async.Increment();
        else if (method.SequenceEqual("broadcast_tx_sync"u8)) _sync.Increment();
        else return false;

        scratch.CutTo(0);
        RpcError? error;
        try
        {
            error = ReadTransaction(body[call.Params], scratch);
        }
        catch (InvalidOperationException)
        {
            error = Wrong("a text is no valid UTF-8");
        }

        if (error is null)
        {
            var result = Submit(scratch.WrittenSpan);
            if (result.Outcome == SubmitOutcome.Accepted)
            {
                JsonRpcWriter.WriteAccepted(output, body[call.Id], result.Hash);
                return true;
            }

            if (result.Outcome == SubmitOutcome.Refused)
            {
                JsonRpcWriter.WriteRefused(output, body[call.Id], result);
                return true;
            }

            error = ErrorOf(result, scratch.Length);
        }

        metrics.Failed(error);
        JsonRpcWriter.WriteError(output, body[call.Id], error);
        return true;
    }

    /// <summary>Offers a transaction to the mempool, and counts the outcome.</summary>
    public SubmitResult Submit(ReadOnlySpan<byte> transaction)
    {
        var result = node.Submit(transaction);
        metrics.Submitted(result.Outcome);
        return result;
    }

    /// <summary>CometBFT's words for a refusal.</summary>
    public RpcError ErrorOf(SubmitResult result, int length) => result.Outcome switch
    {
        SubmitOutcome.Duplicate or SubmitOutcome.Stopping => RpcError.Internal(SubmitFormat.ReasonOf(result.Outcome)!),
        SubmitOutcome.MempoolFull => RpcError.Internal(MempoolFull(result.Reason)),
        SubmitOutcome.TooLarge => RpcError.Internal($"Tx too large. Max size is {node.Genesis.Consensus.MaxTransactionBytes}, but got {length}"),
        SubmitOutcome.Empty => RpcError.InvalidParams("tx is missing or empty"),
        _ => RpcError.Internal(result.Reason ?? "the transaction was refused"),
    };

    private string MempoolFull(string? reason)
    {
        if (reason is null) return $"mempool is full: number of txs {node.Status.MempoolCount}, total txs bytes {node.Status.MempoolBytes}";
        return reason.StartsWith("mempool is full", StringComparison.Ordinal) ? reason : $"mempool is full: {reason}";
    }

    // The transaction from {"tx":"base64"} or ["base64"], decoded into the buffer; absent leaves it empty.
    private static RpcError? ReadTransaction(ReadOnlySpan<byte> parameters, PooledBuffer transaction)
    {
        if (parameters.IsEmpty) return null;
        // The depth was checked with the whole body.
        var reader = new Utf8JsonReader(parameters, new JsonReaderOptions { MaxDepth = JsonRpcParser.MaxDepth });
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            if (!reader.Read() || reader.TokenType == JsonTokenType.EndArray) return WrongCount(0);
            var error = Decode(ref reader, transaction);
            if (error is not null) return error;
            reader.Skip();
            reader.Read();
            return reader.TokenType == JsonTokenType.EndArray ? null : WrongCount(2);
        }

        if (reader.TokenType != JsonTokenType.StartObject) return Wrong("unknown type for JSON params. Expected map or array");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isTransaction = reader.ValueTextEquals("tx"u8);
            reader.Read();
            if (isTransaction)
            {
                transaction.CutTo(0);
                if (Decode(ref reader, transaction) is { } error) return error;
            }

            reader.Skip();
        }

        return null;
    }

    private static RpcError? Decode(ref Utf8JsonReader reader, PooledBuffer transaction)
    {
        if (reader.TokenType == JsonTokenType.Null) return null;
        if (reader.TokenType != JsonTokenType.String) return Wrong("tx must be a base64 string");
        var target = transaction.GetSpan(reader.ValueSpan.Length);
        OperationStatus status;
        int written;
        if (reader.ValueIsEscaped)
        {
            // Base64 has a slash, which some encoders escape.
            var length = reader.CopyString(target);
            status = Base64.DecodeFromUtf8InPlace(target[..length], out written);
        }
        else
        {
            status = Base64.DecodeFromUtf8(reader.ValueSpan, target, out _, out written);
        }

        if (status != OperationStatus.Done) return Wrong("illegal base64 data in tx");
        transaction.Advance(written);
        return null;
    }

    private static RpcError WrongCount(int count) => Wrong($"expected 1 parameters ([tx]), got {(count < 2 ? count.ToString(System.Globalization.CultureInfo.InvariantCulture) : "more")}");

    private static RpcError Wrong(string what) => RpcError.InvalidParams($"error converting json params to arguments: {what}");
}
