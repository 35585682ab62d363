using System.Globalization;
using System.Text.Json;
using Mysticeti.Consensus;
using Mysticeti.Validator.Application;
using Mysticeti.Validator.Commits;

namespace Mysticeti.Validator.Rpc;

/// <summary><c>GET /v1/commits/{index}</c>: one commit in full, for people and audits.</summary>
internal sealed class CommitEndpoint(CommitLog log)
{
    public async Task HandleAsync(HttpContext context, string indexText)
    {
        var aborted = context.RequestAborted;
        if (!long.TryParse(indexText, NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index < 1)
        {
            await context.Response.SendProblemAsync(400, "Bad parameter", "the index of a commit is a number from 1", aborted);
            return;
        }

        if (!log.TryGet(index, out var commit))
        {
            var (first, last) = (log.FirstIndex, log.LastIndex);
            if (index > last) await context.Response.SendProblemAsync(404, "No such commit", $"the newest commit is {last}", aborted, json => json.WriteNumber("last_index"u8, last));
            else await context.Response.SendProblemAsync(410, "The commit is gone", $"the first commit that is retained is {first}", aborted, json => json.WriteNumber("first_index"u8, first));
            return;
        }

        using var output = new PooledBuffer();
        await using var json = new Utf8JsonWriter(output, JsonRpcWriter.WriterOptions);
        Write(json, commit);
        json.Flush();
        await context.Response.SendAsync(200, HttpAnswers.Json, output.WrittenMemory, aborted);
    }

    private static void Write(Utf8JsonWriter json, Commit commit)
    {
        var duplicates = 0;
        long bytes = 0;
        foreach (ref readonly var transaction in commit.Transactions.AsSpan())
        {
            bytes += transaction.Bytes.Length;
            if (transaction.Duplicate) duplicates++;
        }

        json.WriteStartObject();
        json.WriteNumber("commit"u8, commit.Index);
        json.WritePropertyName("leader"u8);
        WriteReference(json, commit.Leader);
        json.WriteNumber("leader_timestamp_ns"u8, commit.TimeNs);
        json.WriteNumber("committed_at_ns"u8, commit.CommittedAtNs);
        json.WriteString("chain_digest"u8, commit.ChainDigest.ToString());
        json.WriteString("app_hash"u8, commit.AppHash.ToString());
        json.WriteStartArray("blocks"u8);
        foreach (var block in commit.Blocks) WriteReference(json, block);
        json.WriteEndArray();
        json.WriteNumber("tx_count"u8, commit.Transactions.Length);
        json.WriteNumber("tx_bytes"u8, bytes);
        json.WriteNumber("duplicates"u8, duplicates);
        json.WriteEndObject();
    }

    private static void WriteReference(Utf8JsonWriter json, BlockRef block)
    {
        json.WriteStartObject();
        json.WriteNumber("round"u8, block.Round);
        json.WriteNumber("author"u8, block.Author);
        json.WriteString("digest"u8, block.Digest.ToString());
        json.WriteEndObject();
    }
}
