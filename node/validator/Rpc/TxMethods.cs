using System.Buffers;
using System.Text;
using System.Text.Json;
using Mysticeti.Consensus;
using Mysticeti.Protocol;
using Mysticeti.Validator.Application;
using Mysticeti.Validator.Commits;
using Mysticeti.Validator.Contract;

namespace Mysticeti.Validator.Rpc;

/// <summary>Methods about transactions: tx, tx_search, and the broadcasts where they are not on the hot path.</summary>
internal sealed class TxMethods(IValidatorNode node, Broadcast broadcast, RpcOptions options, TimeProvider clock)
{
    private const int MaxQueryLength = 512;
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");
    private int _waiters;

    public RpcError? Tx(RpcArguments arguments, Utf8JsonWriter json)
    {
        var hash = arguments.Bytes("hash");
        var prove = arguments.Flag("prove");
        if (hash is null || hash.Length == 0) return RpcError.Internal("transaction hash cannot be empty");
        if (Find(hash, out var commit, out var position) is { } reason)
            return RpcError.Internal($"tx ({Convert.ToHexString(hash)}) not found, err: {reason}");
        BlockJson.WriteTransaction(json, commit!, position, prove);
        return null;
    }

    public RpcError? Search(RpcArguments arguments, Utf8JsonWriter json)
    {
        var query = arguments.Text("query") ?? "";
        var prove = arguments.Flag("prove");
        var order = arguments.Text("order_by") ?? "";
        if (query.Length > MaxQueryLength) return RpcError.Internal("maximum query length exceeded");
        if (order is not ("asc" or "desc" or "")) return RpcError.Internal("expected order_by to be either `asc` or `desc` or empty");
        if (Evaluate(query, out var commit, out var first, out var total) is { } wrong) return wrong;
        if (Paging.Read(arguments, total, out var paging) is { } error) return error;

        json.WriteStartObject();
        json.WriteStartArray("txs"u8);
        for (var i = 0; i < paging.Count; i++)
        {
            var place = paging.Skip + i;
            BlockJson.WriteTransaction(json, commit!, first + (order == "desc" ? total - 1 - place : place), prove);
        }

        json.WriteEndArray();
        json.WriteInt64("total_count"u8, total);
        json.WriteEndObject();
        return null;
    }

    public RpcError? Broadcast(RpcArguments arguments, Utf8JsonWriter json)
    {
        var transaction = arguments.Bytes("tx") ?? [];
        var result = broadcast.Submit(transaction);
        if (result.Outcome is not (SubmitOutcome.Accepted or SubmitOutcome.Refused)) return broadcast.ErrorOf(result, transaction.Length);
        WriteSubmitted(json, result);
        return null;
    }

    /// <summary>Writes what a broadcast answers that the application was asked about.</summary>
    public static void WriteSubmitted(Utf8JsonWriter json, SubmitResult result)
    {
        json.WriteStartObject();
        json.WriteNumber("code"u8, result.Code);
        json.WriteString("data"u8, ""u8);
        json.WriteString("log"u8, result.Reason ?? "");
        json.WriteString("codespace"u8, TransactionCodes.CodespaceOf(result.Code));
        json.WriteHash("hash"u8, result.Hash);
        json.WriteEndObject();
    }

    /// <summary>Waits for the commit, within bounds: a convenience for people and tests, never for load.</summary>
    public async ValueTask<RpcError?> BroadcastCommitAsync(RpcCall call, Utf8JsonWriter json)
    {
        var transaction = call.Arguments.Bytes("tx") ?? [];
        try
        {
            if (Interlocked.Increment(ref _waiters) > options.MaxCommitWaiters) return RpcError.Internal($"max_subscription_clients {options.MaxCommitWaiters} reached");
            var before = node.CommitLog.LastIndex;
            var result = broadcast.Submit(transaction);
            if (result.Outcome == SubmitOutcome.Refused)
            {
                WriteCommitResult(json, result, TransactionCodes.Ok, 0);
                return null;
            }

            if (result.Outcome != SubmitOutcome.Accepted)
            {
                var refused = broadcast.ErrorOf(result, transaction.Length);
                return refused.Code == RpcError.InternalCode ? refused with { Data = $"error on broadcastTxCommit: {refused.Data}" } : refused;
            }

            if (await WaitForCommitAsync(result.Hash, before, call.Cancellation) is not { } location)
                return RpcError.Internal("timed out waiting for tx to be included in a block");
            var code = node.CommitLog.TryGet(location.CommitIndex, out var commit) ? commit.Transactions[location.Position].ResultCode : TransactionCodes.Ok;
            WriteCommitResult(json, result, code, location.CommitIndex);
            return null;
        }
        finally
        {
            Interlocked.Decrement(ref _waiters);
        }
    }

    private static void WriteCommitResult(Utf8JsonWriter json, SubmitResult check, uint code, long height)
    {
        json.WriteStartObject();
        json.WritePropertyName("check_tx"u8);
        BlockJson.WriteTxResult(json, check.Code, check.Reason);
        json.WritePropertyName("tx_result"u8);
        BlockJson.WriteTxResult(json, code);
        json.WriteHash("hash"u8, check.Hash);
        json.WriteInt64("height"u8, height);
        json.WriteEndObject();
    }

    private async ValueTask<TransactionLocation?> WaitForCommitAsync(Digest hash, long before, CancellationToken cancellation)
    {
        var log = node.CommitLog;
        var started = clock.GetTimestamp();
        for (var seen = before; ;)
        {
            // An older place is that of the same bytes long ago.
            if (log.TryFind(hash, out var location) && location.CommitIndex > before) return location;
            var left = options.CommitTimeout - clock.GetElapsedTime(started);
            if (left <= TimeSpan.Zero || !await log.WaitForAsync(seen + 1, left, clock, cancellation)) return null;
            seen = log.LastIndex;
        }
    }

    // Null when found, else why not.
    private string? Find(byte[] hash, out Commit? commit, out int position)
    {
        commit = null;
        position = 0;
        if (HashOf(hash) is not { } digest) return $"a transaction hash has {Digest.Size} bytes, not {hash.Length}";
        if (!node.CommitLog.TryFind(digest, out var location)) return "not among the committed transactions that are remembered";
        position = location.Position;
        return node.CommitLog.TryGet(location.CommitIndex, out commit) ? null : $"it was committed at height {location.CommitIndex}, which is retained no longer";
    }

    // Some clients send the hexadecimal digits themselves; 64 of them cannot be mistaken for a hash.
    private static Digest? HashOf(byte[] bytes)
    {
        if (bytes.Length == Digest.Size) return Digest.FromBytes(bytes);
        string text;
        if (bytes.Length == Digest.Size * 2) text = Encoding.ASCII.GetString(bytes);
        else if (bytes.Length == Digest.Size * 3 / 2) text = Convert.ToBase64String(bytes);
        else return null;
        return text.AsSpan().ContainsAnyExcept(HexDigits) ? null : Digest.Parse(text);
    }

    // All that match lie in one commit, one after the other.
    private RpcError? Evaluate(string text, out Commit? commit, out int first, out int total)
    {
        commit = null;
        first = total = 0;
        if (EventQuery.Parse(text, out var query) is { } error) return error;
        if (query.Event is not null || query is { Hash: null, Height: null })
            return RpcError.Internal($"got invalid query '{text}': tx.hash='HASH' and tx.height=N are supported, joined by AND");
        if (query.Hash is { } hash)
        {
            if (node.CommitLog.TryFind(hash, out var location) && (query.Height ?? location.CommitIndex) == location.CommitIndex && node.CommitLog.TryGet(location.CommitIndex, out commit))
                (first, total) = (location.Position, 1);
        }
        else if (node.CommitLog.TryGet(query.Height!.Value, out commit))
        {
            total = commit.Transactions.Length;
        }

        return null;
    }
}
