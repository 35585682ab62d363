using System.Buffers.Binary;

namespace Mysticeti.Engine.Load.Workers;

/// <summary>How far another clock is ahead of ours.</summary>
/// <param name="Ns">Its time less ours, in nanoseconds.</param>
/// <param name="ErrorNs">It is at most this much more or less.</param>
internal readonly record struct ClockOffset(long Ns, long ErrorNs)
{
    /// <summary>
    /// From one question: the other clock was read some time between the question and the answer, so the middle is wrong by at most half
    /// of the round trip (Cristian, 1989).
    /// </summary>
    public static ClockOffset Of(long askedNs, long otherNs, long answeredNs) =>
        new(otherNs - askedNs - ((answeredNs - askedNs) / 2), (answeredNs - askedNs + 1) / 2);

    /// <summary>Asks a worker several times and takes the answer that came soonest, which is the surest.</summary>
    public static async Task<ClockOffset> MeasureAsync(WorkerLink link, LoadClock clock, int rounds, CancellationToken cancellationToken)
    {
        var best = new ClockOffset(0, long.MaxValue);
        for (var round = 0; round < rounds; round++)
        {
            var asked = clock.MonotonicNs;
            await link.WriteAsync(WorkerMessage.Ping, ReadOnlyMemory<byte>.Empty, cancellationToken);
            if (await link.ReadAsync(cancellationToken) is not (WorkerMessage.Pong, { Length: sizeof(long) } content))
            {
                throw new InvalidDataException("a worker did not tell its clock");
            }

            var offset = Of(asked, BinaryPrimitives.ReadInt64LittleEndian(content), clock.MonotonicNs);
            best = offset.ErrorNs < best.ErrorNs ? offset : best;
        }

        return best;
    }
}
