using System.Globalization;
using System.Text.Json;
using Mysticeti.Validator.Application;

namespace Mysticeti.Validator.Rpc;

/// <summary>Events as CometBFT sends them to subscribers.</summary>
internal sealed class EventJson(BlockJson blocks)
{
    /// <summary>The events that can be subscribed to.</summary>
    public const string NewBlock = "NewBlock";

    /// <inheritdoc cref="NewBlock"/>
    public const string Tx = "Tx";

    /// <summary>Writes the message that tells of a commit.</summary>
    public void WriteNewBlock(PooledBuffer output, ReadOnlySpan<byte> id, string query, Commit commit)
    {
        JsonRpcWriter.BeginResult(output, id);
        using (var json = new Utf8JsonWriter(output, JsonRpcWriter.WriterOptions))
        {
            BeginEvent(json, query, "tendermint/event/NewBlock"u8);
            blocks.WriteBlock(json, commit);
            BlockJson.WriteBlockId(json, "block_id"u8, commit.ChainDigest);
            json.WriteStartObject("result_finalize_block"u8);
            json.WriteStartArray("events"u8);
            json.WriteEndArray();
            json.WriteStartArray("tx_results"u8);
            foreach (var transaction in commit.Transactions) BlockJson.WriteTxResult(json, transaction.ResultCode);
            json.WriteEndArray();
            json.WriteStartArray("validator_updates"u8);
            json.WriteEndArray();
            json.WriteBase64String("app_hash"u8, commit.AppHash.ToArray());
            json.WriteEndObject();
            EndEvent(json, NewBlock, null, 0);
        }

        JsonRpcWriter.EndResult(output);
    }

    /// <summary>Writes the message that tells of a committed transaction.</summary>
    public static void WriteTx(PooledBuffer output, ReadOnlySpan<byte> id, string query, Commit commit, int position)
    {
        var transaction = commit.Transactions[position];
        JsonRpcWriter.BeginResult(output, id);
        using (var json = new Utf8JsonWriter(output, JsonRpcWriter.WriterOptions))
        {
            BeginEvent(json, query, "tendermint/event/Tx"u8);
            json.WriteStartObject("TxResult"u8);
            json.WriteInt64("height"u8, commit.Index);
            json.WriteNumber("index"u8, position);
            json.WriteBase64String("tx"u8, transaction.Bytes.Span);
            json.WritePropertyName("result"u8);
            BlockJson.WriteTxResult(json, transaction.ResultCode);
            json.WriteEndObject();
            EndEvent(json, Tx, Convert.ToHexString(transaction.Hash.ToArray()), commit.Index);
        }

        JsonRpcWriter.EndResult(output);
    }

    private static void BeginEvent(Utf8JsonWriter json, string query, ReadOnlySpan<byte> type)
    {
        json.WriteStartObject();
        json.WriteString("query"u8, query);
        json.WriteStartObject("data"u8);
        json.WriteString("type"u8, type);
        json.WriteStartObject("value"u8);
    }

    private static void EndEvent(Utf8JsonWriter json, string name, string? hash, long height)
    {
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartObject("events"u8);
        WriteList("tm.event", name);
        if (hash is not null)
        {
            WriteList("tx.hash", hash);
            WriteList("tx.height", height.ToString(CultureInfo.InvariantCulture));
        }

        json.WriteEndObject();
        json.WriteEndObject();

        void WriteList(string key, string value)
        {
            json.WriteStartArray(key);
            json.WriteStringValue(value);
            json.WriteEndArray();
        }
    }
}
