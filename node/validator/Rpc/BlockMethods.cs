using System.Text.Json;
using Mysticeti.Validator.Application;
using Mysticeti.Validator.Contract;

namespace Mysticeti.Validator.Rpc;

/// <summary>Methods about committed sub-DAGs: block, block_results, blockchain, header, commit.</summary>
internal sealed class BlockMethods(IValidatorNode node, BlockJson blocks)
{
    private const int MaxBlockchain = 20;

    public RpcError? Block(RpcArguments arguments, Utf8JsonWriter json)
    {
        if (Find(arguments, out var commit) is { } error) return error;
        json.WriteStartObject();
        BlockJson.WriteBlockId(json, "block_id"u8, commit?.ChainDigest);
        if (commit is null) json.WriteNull("block"u8);
        else blocks.WriteBlock(json, commit);
        json.WriteEndObject();
        return null;
    }

    public RpcError? BlockResults(RpcArguments arguments, Utf8JsonWriter json)
    {
        if (Find(arguments, out var commit) is { } error) return error;
        if (commit is null) return RpcError.Internal("could not find results for height #0");
        json.WriteStartObject();
        json.WriteInt64("height"u8, commit.Index);
        json.WriteStartArray("txs_results"u8);
        foreach (var transaction in commit.Transactions) BlockJson.WriteTxResult(json, transaction.ResultCode);
        json.WriteEndArray();
        json.WriteStartArray("finalize_block_events"u8);
        json.WriteEndArray();
        json.WriteStartArray("validator_updates"u8);
        json.WriteEndArray();
        json.WriteNull("consensus_param_updates"u8);
        json.WriteBase64String("app_hash"u8, commit.AppHash.ToArray());
        json.WriteEndObject();
        return null;
    }

    public RpcError? Header(RpcArguments arguments, Utf8JsonWriter json)
    {
        if (Find(arguments, out var commit) is { } error) return error;
        json.WriteStartObject();
        if (commit is null) json.WriteNull("header"u8);
        else blocks.WriteHeader(json, commit);
        json.WriteEndObject();
        return null;
    }

    public RpcError? Commit(RpcArguments arguments, Utf8JsonWriter json)
    {
        if (Find(arguments, out var commit) is { } error) return error;
        if (commit is null)
        {
            json.WriteNullValue();
            return null;
        }

        json.WriteStartObject();
        json.WriteStartObject("signed_header"u8);
        blocks.WriteHeader(json, commit);
        BlockJson.WriteCommit(json, "commit"u8, commit.Index, commit.Leader.Round, commit.ChainDigest);
        json.WriteEndObject();
        json.WriteBoolean("canonical"u8, true);
        json.WriteEndObject();
        return null;
    }

    /// <summary>Up to 20 headers, the newest first.</summary>
    public RpcError? Blockchain(RpcArguments arguments, Utf8JsonWriter json)
    {
        var log = node.CommitLog;
        var last = log.LastIndex;
        var least = arguments.Integer("minHeight") ?? 0;
        var most = arguments.Integer("maxHeight") ?? 0;
        if (least < 0 || most < 0) return RpcError.Internal("heights must be non-negative");
        most = Math.Min(last, most == 0 ? last : most);
        least = Math.Max(Math.Max(Math.Max(least, 1), log.FirstIndex), most - MaxBlockchain + 1);
        if (least > most) return RpcError.Internal($"min height {least} can't be greater than max height {most}");

        json.WriteStartObject();
        json.WriteInt64("last_height"u8, last);
        json.WriteStartArray("block_metas"u8);
        for (var height = most; height >= least; height--)
        {
            if (log.TryGet(height, out var commit)) blocks.WriteMeta(json, commit);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        return null;
    }

    // The commit at the height that is asked for, or else the newest; null only before the first.
    private RpcError? Find(RpcArguments arguments, out Commit? commit)
    {
        commit = null;
        var log = node.CommitLog;
        var last = log.LastIndex;
        var height = arguments.Integer("height");
        if (height is null && last == 0) return null;
        if (height <= 0) return RpcError.Internal($"height must be greater than 0, but got {height}");
        if (height > last) return RpcError.Internal($"height {height} must be less than or equal to the current blockchain height {last}");
        return log.TryGet(height ?? last, out commit) ? null : RpcError.Internal($"height {height ?? last} is not available, lowest height is {log.FirstIndex}");
    }
}
