using System.Globalization;
using System.Text.Json;
using Mysticeti.Protocol.Trace;
using Mysticeti.Validator.Contract;

namespace Mysticeti.Validator.Rpc;

/// <summary><c>GET /v1/trace</c>: what happened in the validator, entry by entry. A reader asks again with the last <c>seq</c> it got.</summary>
internal sealed class TraceEndpoint(IValidatorNode node, TraceLog? log)
{
    private const int DefaultLimit = 1_000;
    private const int MaxLimit = 10_000;

    // Not so many that a list of them were a large object, which only a full garbage collection takes back.
    private const int ReadAtOnce = 256;

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

        if (!TryParseKinds(query["kinds"].ToString(), out var kinds))
        {
            await context.Response.SendProblemAsync(400, "Bad parameter", $"kinds must be names of kinds with commas between them: {string.Join(", ", TraceJson.KindNames)}", aborted);
            return;
        }

        using var output = new PooledBuffer();
        Write(output, log, after, limit, kinds);
        await context.Response.SendAsync(200, HttpAnswers.Json, output.WrittenMemory, aborted);
    }

    /// <param name="kinds">One bit a kind; all where none are named.</param>
    private static bool TryParseKinds(string names, out uint kinds)
    {
        kinds = names.Length == 0 ? uint.MaxValue : 0;
        if (names.Length == 0) return true;
        foreach (var name in names.Split(','))
        {
            var kind = TraceJson.KindNames.IndexOf(name);
            if (kind < 0) return false;
            kinds |= 1u << kind;
        }

        return true;
    }

    private void Write(PooledBuffer output, TraceLog source, long after, int limit, uint kinds)
    {
        var entries = new List<TraceEntry>(ReadAtOnce);
        var window = source.Read(after, ReadAtOnce, entries);
        using var json = new Utf8JsonWriter(output, JsonRpcWriter.WriterOptions);
        var named = new TraceSource(node.Genesis.Authorities[node.AuthorityIndex].Name, node.AuthorityIndex, node.Status.BootId, node.Genesis.DeploymentKey);
        TraceJson.WritePage(json, named, window, Select(source, window, entries, kinds).Take(limit));
    }

    /// <summary>The entries of a window that are of the kinds; those that give way meanwhile, and all behind them, are left for the next request.</summary>
    /// <param name="entries">The first ones of the window; takes up the others as they are read.</param>
    private static IEnumerable<(long Seq, TraceEntry Entry)> Select(TraceLog source, TraceWindow window, List<TraceEntry> entries, uint kinds)
    {
        var next = window.First;
        while (entries.Count > 0)
        {
            foreach (var entry in entries)
            {
                if (next == window.Next) yield break;
                if ((kinds & (1u << (int)entry.Kind)) != 0) yield return (next, entry);
                next++;
            }

            if (source.Read(next - 1, ReadAtOnce, entries).First != next) yield break;
        }
    }
}
