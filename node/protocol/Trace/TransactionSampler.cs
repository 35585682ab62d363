using Mysticeti.Consensus;

namespace Mysticeti.Protocol.Trace;

/// <summary>
/// Chooses transactions by their hash alone: validators with the same rate trace the same ones, and a lower rate chooses a
/// part of what a higher one does.
/// </summary>
public sealed class TransactionSampler
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    private readonly double _rate;
    private readonly double _mostPerSecond;
    private readonly TimeProvider _time;
    private ulong _below;
    private ulong _belowLately;
    private long _windowStart;
    private long _committed;

    /// <summary>Chooses the same share always.</summary>
    /// <param name="rate">Share of the transactions, from 0 to 1.</param>
    public TransactionSampler(double rate)
        : this(rate, double.PositiveInfinity, TimeProvider.System)
    {
    }

    /// <summary>Chooses a share that is halved as often as it takes to choose no more than so many a second.</summary>
    /// <param name="rate">The share while there are few transactions, from 0 to 1.</param>
    /// <param name="mostPerSecond">More than 0. How many transactions there are is what was committed in the last five seconds.</param>
    public TransactionSampler(double rate, double mostPerSecond, TimeProvider time)
    {
        if (rate is not (>= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(rate), rate, "a share is from 0 to 1");
        (_rate, _mostPerSecond, _time, _windowStart) = (rate, mostPerSecond, time, time.GetTimestamp());
        _below = _belowLately = Bound(rate);
    }

    /// <summary>What validators do that are told no rate: one transaction in a hundred, about a hundred a second at most. Enough for percentiles, and little work under any load.</summary>
    public static TransactionSampler Default(TimeProvider time) => new(0.01, 100, time);

    /// <summary>Whether a transaction that comes in is chosen: the first eight bytes of its hash, as a number, are within the share. By any thread.</summary>
    public bool Includes(Digest hash) => hash.Prefix >> 1 < Volatile.Read(ref _below);

    /// <summary>Whether one that came in some seconds ago was chosen, maybe of a larger share: its way is told to the end. By any thread.</summary>
    public bool Included(Digest hash) => hash.Prefix >> 1 < Volatile.Read(ref _belowLately);

    /// <summary>Tells how many transactions there are. By one thread.</summary>
    public void Committed(int transactions)
    {
        _committed += transactions;
        var elapsed = _time.GetElapsedTime(_windowStart);
        if (elapsed < Window) return;
        var chosen = _committed / elapsed.TotalSeconds * _rate;
        var halvings = chosen > _mostPerSecond ? (int)Math.Ceiling(Math.Log2(chosen / _mostPerSecond)) : 0;
        var below = Bound(Math.ScaleB(_rate, -halvings));
        Volatile.Write(ref _belowLately, Math.Max(below, _below));
        Volatile.Write(ref _below, below);
        (_windowStart, _committed) = (_time.GetTimestamp(), 0);
    }

    // Of 63 bits, so that even the whole is a number.
    private static ulong Bound(double rate) => (ulong)Math.ScaleB(rate, 63);
}
