using System.Globalization;
using System.Text.Json;
using Mysticeti.Validator.Node;
using Mysticeti.Validator.Rpc;

namespace Mysticeti.Validator.Trace;

/// <summary><c>GET /v1/trace</c>: what happened in the validator, entry by entry. A reader asks again with the last <c>seq</c> it got.</summary>
internal sealed class TraceEndpoint(IValidatorNode node, TraceLog? log)
{
    private const int DefaultLimit = 1_000;
    private const int MaxLimit = 10_000;

    public async Task HandleAsync(HttpContext context)
    {
        var aborted = context.RequestAborted;
        if (log is null)
        {
            await context.Response.SendProblemAsync(404, "No trace", "tracing is off: set \"trace\": true in the validator's parameters file", aborted);
            return;
        }

        var query = context.Request.Query;
        long after = 0;
        if (query.TryGetValue("after", out var afterText) && !long.TryParse(afterText, NumberStyles.None, CultureInfo.InvariantCulture, out after))
        {
            await context.Response.SendProblemAsync(400, "Bad parameter", "after must be a sequence number, 0 or more: entries behind it are returned", aborted);
            return;
        }

        var limit = DefaultLimit;
        if (query.TryGetValue("limit", out var limitText)
            && (!int.TryParse(limitText, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > MaxLimit))
        {
            await context.Response.SendProblemAsync(400, "Bad parameter", $"limit must be a number of entries from 1 to {MaxLimit}", aborted);
            return;
        }

        using var output = new PooledBuffer();
        Write(output, log, after, limit);
        await context.Response.SendAsync(200, HttpAnswers.Json, output.WrittenMemory, aborted);
    }

    private void Write(PooledBuffer output, TraceLog source, long after, int limit)
    {
        var entries = new List<TraceEntry>();
        var window = source.Read(after, limit, entries);
        using var json = new Utf8JsonWriter(output, JsonRpcWriter.WriterOptions);
        json.WriteStartObject();
        json.WriteString("node"u8, node.Genesis.Authorities[node.AuthorityIndex].Name);
        json.WriteNumber("authority"u8, node.AuthorityIndex);
        json.WriteString("boot_id"u8, node.Status.BootId);
        json.WriteString("deployment_id"u8, node.Genesis.DeploymentKey);
        json.WriteNumber("oldest_seq"u8, window.Oldest);
        json.WriteNumber("next_seq"u8, window.Next);
        json.WriteNumber("dropped"u8, window.Dropped);
        json.WriteStartArray("entries"u8);
        for (var i = 0; i < entries.Count; i++)
        {
            TraceJson.Write(json, window.First + i, entries[i]);
            // Hand over what is written: the writer's own memory stays small.
            if (json.BytesPending > 64 * 1024) json.Flush();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
