using System.Buffers;
using System.Threading.Channels;
using Mysticeti.Validator.Threading;

namespace Mysticeti.Validator.Emulation;

/// <summary>Holds back what is sent on one connection until it would have arrived. In order and bounded: a full queue makes the sender wait.</summary>
/// <param name="maxBytes">A queue that holds more makes the sender wait.</param>
internal sealed class DelayQueue(LinkSchedule schedule, TimeProvider time, long maxBytes = DelayQueue.PathBytes)
{
    private const int MaxChunks = 1_024;

    /// <summary>Room for the product of bandwidth and delay of any path that is worth emulating.</summary>
    private const long PathBytes = 16L * 1024 * 1024;

    private readonly Channel<Chunk> _chunks = Channel.CreateBounded<Chunk>(new BoundedChannelOptions(MaxChunks) { SingleReader = true, SingleWriter = true });
    private readonly AsyncSignal _drained = new();
    private readonly long _start = time.GetTimestamp();
    private long _bytes;

    private readonly record struct Chunk(TimeSpan Arrival, byte[] Bytes, int Length);

    /// <summary>Copies the bytes and schedules them. One caller at a time.</summary>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (Volatile.Read(ref _bytes) > maxBytes) await _drained.WaitAsync(cancellationToken);
        var copy = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(copy);
        Interlocked.Add(ref _bytes, bytes.Length);
        await _chunks.Writer.WriteAsync(new Chunk(schedule.Arrival(Now, bytes.Length), copy, bytes.Length), cancellationToken);
    }

    /// <summary>Writes what is due until it is cancelled or the stream fails.</summary>
    public Task RunAsync(Stream stream, CancellationToken cancellationToken) => RunAsync(stream.WriteAsync, cancellationToken);

    /// <summary>Hands over what is due until it is cancelled or <paramref name="arrive"/> fails.</summary>
    public async Task RunAsync(Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> arrive, CancellationToken cancellationToken)
    {
        await foreach (var chunk in _chunks.Reader.ReadAllAsync(cancellationToken))
        {
            while (chunk.Arrival - Now is var wait && wait > TimeSpan.Zero)
            {
                // Timers count whole milliseconds: round up, for bytes must not be early.
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)), time, cancellationToken);
            }

            await arrive(chunk.Bytes.AsMemory(0, chunk.Length), cancellationToken);
            ArrayPool<byte>.Shared.Return(chunk.Bytes);
            Interlocked.Add(ref _bytes, -chunk.Length);
            _drained.Set();
        }
    }

    private TimeSpan Now => time.GetElapsedTime(_start);
}
