using System.Globalization;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Mysticeti.Protocol;
using Mysticeti.Validator.Commits;

namespace Mysticeti.Validator.Rpc;

/// <summary>
/// <c>GET /v1/commits</c>: every commit to a load tool, in the format of <see cref="CommitFrames"/>. Each reader goes through the
/// log at its own pace; one that does not keep up with the retained history is told so and dropped, nobody waits for it.
/// </summary>
internal sealed class CommitStreamEndpoint(CommitLog log, RpcOptions options, TimeProvider clock, CancellationToken stopping)
{
    private const int FlushedAtOnce = 64 * 1024;
    private const double SlowestReaderBytesPerSecond = 1024;
    private int _open;

    /// <summary>Streams that are open.</summary>
    public int Open => Volatile.Read(ref _open);

    public async Task HandleAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var aborted = context.RequestAborted;
        long after = log.LastIndex, prefix = 0;
        if (query.TryGetValue("after", out var afterText) && !long.TryParse(afterText, NumberStyles.None, CultureInfo.InvariantCulture, out after))
        {
            await context.Response.SendProblemAsync(400, "Bad parameter", "after must be the index of a commit, 0 or more: the stream starts behind it", aborted);
            return;
        }

        if (query.TryGetValue("prefix", out var prefixText)
            && (!long.TryParse(prefixText, NumberStyles.None, CultureInfo.InvariantCulture, out prefix) || prefix > CommitFormat.MaxPrefix))
        {
            await context.Response.SendProblemAsync(400, "Bad parameter", $"prefix must be a number of bytes from 0 to {CommitFormat.MaxPrefix}", aborted);
            return;
        }

        var appHashes = false;
        if (query.TryGetValue("app_hash", out var appHashText) && !bool.TryParse(appHashText, out appHashes))
        {
            await context.Response.SendProblemAsync(400, "Bad parameter", "app_hash must be true or false: whether application hashes are sent, too", aborted);
            return;
        }

        var first = log.FirstIndex;
        if (after < first - 1)
        {
            await context.Response.SendProblemAsync(
                410, "Commits are gone", $"the commits up to {first - 1} are retained no longer: start after {first - 1}", aborted,
                json => json.WriteNumber("first_index"u8, first));
            return;
        }

        try
        {
            if (Interlocked.Increment(ref _open) > options.MaxStreams)
            {
                await context.Response.SendProblemAsync(503, "Too many streams", $"{options.MaxStreams} commit streams are open, which is the limit: close one", aborted);
                return;
            }

            await StreamAsync(context, after, new Shown((int)prefix, appHashes));
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private async Task StreamAsync(HttpContext context, long after, Shown shown)
    {
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
            rate.MinDataRate = new MinDataRate(SlowestReaderBytesPerSecond, options.StalledReaderTimeout);
        context.Response.ContentType = CommitFormat.ContentType;
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.StartAsync(context.RequestAborted);

        var output = context.Response.BodyWriter;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        // The headers go out at once, so that the reader knows that it missed nothing from here on.
        if (!await FlushAsync(output, context)) return;
        string reason;
        try
        {
            if (await SendCommitsAsync(output, after + 1, shown, context, ending.Token) is not { } ended) return;
            reason = ended;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            reason = "the validator is stopping";
        }

        CommitFrameWriter.WriteEnd(output, reason);
        await FlushAsync(output, context);
    }

    // Runs until the stream has to end; null when the reader is gone.
    private async Task<string?> SendCommitsAsync(PipeWriter output, long next, Shown shown, HttpContext context, CancellationToken ending)
    {
        var prefix = shown.Prefix;
        while (true)
        {
            for (var unsent = 0; log.TryGet(next, out var commit); next++)
            {
                CommitFrames.WriteCommitHeader(output, commit, prefix);
                unsent += CommitFormat.LengthSize + CommitFormat.CommitHeaderSize;
                for (var from = 0; from < commit.Transactions.Length;)
                {
                    var to = CommitFrames.WriteTransactions(output, commit.Transactions, from, prefix, FlushedAtOnce - unsent);
                    unsent += (to - from) * (CommitFormat.TransactionHeaderSize + prefix);
                    from = to;
                    if (unsent < FlushedAtOnce) continue;
                    if (!await FlushAsync(output, context)) return null;
                    unsent = 0;
                }

                if (shown.AppHashes) CommitFrameWriter.WriteAppHash(output, commit.Index, commit.AppHash);
                if (unsent < FlushedAtOnce) continue;
                if (!await FlushAsync(output, context)) return null;
                unsent = 0;
            }

            // A stop comes between commits only, never inside a frame.
            ending.ThrowIfCancellationRequested();
            if (!await FlushAsync(output, context)) return null;
            if (next < log.FirstIndex) return $"the reader fell behind: commits up to {log.FirstIndex - 1} are retained no longer";
            if (log.IsCompleted && next > log.LastIndex) return "the validator is stopping";
            if (await log.WaitForAsync(next, options.HeartbeatInterval, clock, ending)) continue;
            if (!log.IsCompleted) CommitFrameWriter.WriteHeartbeat(output, log.LastIndex);
        }
    }

    /// <param name="Prefix">Bytes of each transaction.</param>
    private readonly record struct Shown(int Prefix, bool AppHashes);

    private static async ValueTask<bool> FlushAsync(PipeWriter output, HttpContext context)
    {
        var flushed = await output.FlushAsync(context.RequestAborted);
        return !flushed.IsCompleted && !context.RequestAborted.IsCancellationRequested;
    }
}
