using System.IO.Pipelines;
using Microsoft.Extensions.ObjectPool;

namespace Mysticeti.Validator.Rpc;

/// <summary>The working memory of one request, used again for the next.</summary>
internal sealed class RpcExchange : IResettable, IDisposable
{
    private readonly PooledBuffer _body = new();

    public List<JsonRpcCall> Calls { get; } = [];

    public PooledBuffer Scratch { get; } = new();

    public PooledBuffer Output { get; } = new();

    /// <summary>Gathers a whole body without copying it where it lies in one piece.</summary>
    /// <returns>The body, to be given back by advancing the reader to its end; null if it is larger than <paramref name="maxBytes"/> and was read to its end and dropped.</returns>
    public async ValueTask<(ReadOnlyMemory<byte> Bytes, SequencePosition End)?> ReadBodyAsync(PipeReader reader, int maxBytes, CancellationToken cancellation)
    {
        while (true)
        {
            var read = await reader.ReadAsync(cancellation);
            var buffer = read.Buffer;
            if (buffer.Length > maxBytes)
            {
                // A client that is still sending would not see the answer: it may finish, within the server's limit.
                await DropAsync(reader, read, cancellation);
                return null;
            }

            if (!read.IsCompleted)
            {
                reader.AdvanceTo(buffer.Start, buffer.End);
                continue;
            }

            if (buffer.IsSingleSegment) return (buffer.First, buffer.End);
            foreach (var segment in buffer) _body.Write(segment.Span);
            return (_body.WrittenMemory, buffer.End);
        }
    }

    public bool TryReset()
    {
        Calls.Clear();
        _body.Reset();
        Scratch.Reset();
        Output.Reset();
        return true;
    }

    public void Dispose()
    {
        _body.Dispose();
        Scratch.Dispose();
        Output.Dispose();
    }

    private static async ValueTask DropAsync(PipeReader reader, ReadResult read, CancellationToken cancellation)
    {
        while (true)
        {
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return;
            read = await reader.ReadAsync(cancellation);
        }
    }
}
