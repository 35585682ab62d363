using System.Text.Json;
using Mysticeti.Consensus;
using Mysticeti.Validator.Application;
using Mysticeti.Validator.Contract;

namespace Mysticeti.Validator.Rpc;

/// <summary>
/// A committed sub-DAG in the shape of a CometBFT block: the commit index is the height, the chain digest the block's hash, the
/// leader's author the proposer. What has no counterpart here (evidence, votes, result hashes) is empty.
/// </summary>
internal sealed class BlockJson(IValidatorNode node)
{
    /// <summary>Writes <c>{"hash":..,"parts":{..}}</c>.</summary>
    public static void WriteBlockId(Utf8JsonWriter json, ReadOnlySpan<byte> name, Digest? hash)
    {
        json.WriteStartObject(name);
        json.WriteHash("hash"u8, hash);
        json.WriteStartObject("parts"u8);
        json.WriteNumber("total"u8, hash is null ? 0 : 1);
        json.WriteHash("hash"u8, hash);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    public void WriteHeader(Utf8JsonWriter json, Commit commit)
    {
        var genesis = node.Genesis;
        var previous = Previous(commit);
        json.WriteStartObject("header"u8);
        json.WriteStartObject("version"u8);
        json.WriteString("block"u8, "11"u8);
        json.WriteEndObject();
        json.WriteString("chain_id"u8, genesis.ChainId);
        json.WriteInt64("height"u8, commit.Index);
        json.WriteTime("time"u8, commit.TimeNs);
        WriteBlockId(json, "last_block_id"u8, previous?.ChainDigest);
        json.WriteHash("last_commit_hash"u8, null);
        json.WriteHash("data_hash"u8, MerkleTree.Root(commit.Transactions));
        json.WriteHash("validators_hash"u8, genesis.Hash);
        json.WriteHash("next_validators_hash"u8, genesis.Hash);
        json.WriteHash("consensus_hash"u8, genesis.Hash);
        json.WriteHash("app_hash"u8, previous?.AppHash);
        json.WriteHash("last_results_hash"u8, null);
        json.WriteHash("evidence_hash"u8, null);
        json.WriteString("proposer_address"u8, Convert.ToHexString(CometJson.AddressOf(genesis.Authorities[commit.Leader.Author])));
        json.WriteEndObject();
    }

    /// <summary>Writes <c>"block":{header, data, evidence, last_commit}</c>.</summary>
    public void WriteBlock(Utf8JsonWriter json, Commit commit)
    {
        json.WriteStartObject("block"u8);
        WriteHeader(json, commit);
        json.WriteStartObject("data"u8);
        json.WriteStartArray("txs"u8);
        foreach (var transaction in commit.Transactions) json.WriteBase64StringValue(transaction.Bytes.Span);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartObject("evidence"u8);
        json.WriteStartArray("evidence"u8);
        json.WriteEndArray();
        json.WriteEndObject();
        WriteCommit(json, "last_commit"u8, commit.Index - 1, 0, Previous(commit)?.ChainDigest);
        json.WriteEndObject();
    }

    /// <summary>Writes a commit without votes: in a DAG they are blocks, which <c>GET /v1/commits/{index}</c> names.</summary>
    public static void WriteCommit(Utf8JsonWriter json, ReadOnlySpan<byte> name, long height, long round, Digest? hash)
    {
        json.WriteStartObject(name);
        json.WriteInt64("height"u8, height);
        json.WriteNumber("round"u8, (int)Math.Min(round, int.MaxValue));
        WriteBlockId(json, "block_id"u8, hash);
        json.WriteStartArray("signatures"u8);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Writes one element of <c>block_metas</c>.</summary>
    public void WriteMeta(Utf8JsonWriter json, Commit commit)
    {
        long size = 0;
        foreach (var transaction in commit.Transactions) size += transaction.Bytes.Length;
        json.WriteStartObject();
        WriteBlockId(json, "block_id"u8, commit.ChainDigest);
        json.WriteInt64("block_size"u8, size);
        WriteHeader(json, commit);
        json.WriteInt64("num_txs"u8, commit.Transactions.Length);
        json.WriteEndObject();
    }

    /// <summary>Writes the value of a transaction's result; a code other than 0 says that it had no effect.</summary>
    /// <param name="log">What the code means unless told.</param>
    public static void WriteTxResult(Utf8JsonWriter json, uint code, string? log = null)
    {
        json.WriteStartObject();
        json.WriteNumber("code"u8, code);
        json.WriteNull("data"u8);
        json.WriteString("log"u8, log ?? TransactionCodes.LogOf(code));
        json.WriteString("info"u8, ""u8);
        json.WriteInt64("gas_wanted"u8, 0);
        json.WriteInt64("gas_used"u8, 0);
        json.WriteStartArray("events"u8);
        json.WriteEndArray();
        json.WriteString("codespace"u8, TransactionCodes.CodespaceOf(code));
        json.WriteEndObject();
    }

    /// <summary>Writes the value of a committed transaction, as <c>tx</c> and <c>tx_search</c> answer it.</summary>
    public static void WriteTransaction(Utf8JsonWriter json, Commit commit, int position, bool prove)
    {
        var transaction = commit.Transactions[position];
        json.WriteStartObject();
        json.WriteHash("hash"u8, transaction.Hash);
        json.WriteInt64("height"u8, commit.Index);
        json.WriteNumber("index"u8, position);
        json.WritePropertyName("tx_result"u8);
        WriteTxResult(json, transaction.ResultCode);
        json.WriteBase64String("tx"u8, transaction.Bytes.Span);
        if (prove) WriteProof(json, commit, position);
        json.WriteEndObject();
    }

    private static void WriteProof(Utf8JsonWriter json, Commit commit, int position)
    {
        json.WriteStartObject("proof"u8);
        json.WriteHash("root_hash"u8, MerkleTree.Root(commit.Transactions));
        json.WriteBase64String("data"u8, commit.Transactions[position].Bytes.Span);
        json.WriteStartObject("proof"u8);
        json.WriteInt64("total"u8, commit.Transactions.Length);
        json.WriteInt64("index"u8, position);
        json.WriteBase64String("leaf_hash"u8, MerkleTree.Leaf(commit.Transactions[position].Hash).ToArray());
        json.WriteStartArray("aunts"u8);
        foreach (var aunt in MerkleTree.Aunts(commit.Transactions, position)) json.WriteBase64StringValue(aunt.ToArray());
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    // None before the first commit, and unknown where it is retained no longer.
    private Commit? Previous(Commit commit) => node.CommitLog.TryGet(commit.Index - 1, out var previous) ? previous : null;
}
