using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Mysticeti.Protocol;

namespace Mysticeti.Validator.Rpc;

/// <summary>
/// <c>POST /v1/submit</c>: transactions in binary frames (length u32 little-endian, bytes) as long as the client likes, each answered
/// by one byte in order: the number of its <see cref="SubmitOutcome"/>. Answers go out as soon as what has arrived is worked off.
/// </summary>
internal sealed class SubmitEndpoint(Broadcast broadcast, int maxTransactionBytes, RpcMetrics metrics, RpcOptions options, CancellationToken stopping)
{
    private readonly Metrics.Counter _calls = metrics.Calls("submit_stream");
    private int _open;

    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            if (Interlocked.Increment(ref _open) > options.MaxStreams)
            {
                await context.Response.SendProblemAsync(
                    503, "Too many streams", $"{options.MaxStreams} submission streams are open, which is the limit: close one", context.RequestAborted);
                return;
            }

            _calls.Increment();
            await ServeAsync(context);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private async Task ServeAsync(HttpContext context)
    {
        // A stream has no size and may rest; what bounds it is that answers must be taken.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate) rate.MinDataRate = null;
        context.Response.ContentType = "application/octet-stream";
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.StartAsync(context.RequestAborted);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        using var scratch = new PooledBuffer();
        var frames = new Frames(broadcast, maxTransactionBytes, scratch);
        var reader = context.Request.BodyReader;
        while (true)
        {
            ReadResult read;
            try
            {
                read = await reader.ReadAsync(ending.Token);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
            {
                // The answer ends here, so that the client knows which transactions were never looked at.
                return;
            }

            var consumed = frames.Take(read.Buffer, context.Response.BodyWriter);
            reader.AdvanceTo(consumed, read.Buffer.End);
            if ((await context.Response.BodyWriter.FlushAsync(context.RequestAborted)).IsCompleted) return;
            // Half a frame at the end was cut off: its sender gets no answer to it.
            if (read.IsCompleted) return;
        }
    }

    /// <summary>Cuts one client's bytes into transactions.</summary>
    private sealed class Frames(Broadcast broadcast, int maxTransactionBytes, PooledBuffer scratch)
    {
        // What is left of a transaction that is too large to be looked at.
        private long _toSkip;

        public SequencePosition Take(ReadOnlySequence<byte> bytes, PipeWriter answers)
        {
            Span<byte> prefix = stackalloc byte[SubmitFormat.LengthSize];
            while (true)
            {
                var skipped = Math.Min(_toSkip, bytes.Length);
                bytes = bytes.Slice(skipped);
                _toSkip -= skipped;
                if (_toSkip > 0 || bytes.Length < SubmitFormat.LengthSize) return bytes.Start;

                bytes.Slice(0, SubmitFormat.LengthSize).CopyTo(prefix);
                var length = SubmitFormat.ReadLength(prefix);
                if (length > maxTransactionBytes)
                {
                    Answer(answers, SubmitOutcome.TooLarge);
                    _toSkip = SubmitFormat.LengthSize + (long)length;
                    continue;
                }

                if (bytes.Length < SubmitFormat.LengthSize + length) return bytes.Start;
                Answer(answers, Submit(bytes.Slice(SubmitFormat.LengthSize, length)));
                bytes = bytes.Slice(SubmitFormat.LengthSize + length);
            }
        }

        private SubmitOutcome Submit(ReadOnlySequence<byte> transaction)
        {
            if (transaction.IsSingleSegment) return broadcast.Submit(transaction.FirstSpan).Outcome;
            scratch.CutTo(0);
            foreach (var segment in transaction) scratch.Write(segment.Span);
            return broadcast.Submit(scratch.WrittenSpan).Outcome;
        }

        private static void Answer(PipeWriter answers, SubmitOutcome outcome)
        {
            answers.GetSpan(1)[0] = (byte)outcome;
            answers.Advance(1);
        }
    }
}
