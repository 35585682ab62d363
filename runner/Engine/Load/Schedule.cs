using Mysticeti.Engine.Console;

namespace Mysticeti.Engine.Load;

/// <summary>
/// The scheduled send time of every transaction of one load, fixed before the first is sent: warm-up first, then the
/// measured window. Times are nanoseconds since the load's start. Constant arrivals are computed; Poisson arrivals take
/// 8 bytes a transaction.
/// </summary>
public sealed class Schedule
{
    /// <summary>Most transactions of one measurement: what the records of 25 to 33 bytes each are dimensioned for.</summary>
    public const int MostTransactions = 50_000_000;

    private readonly long[]? _times;
    private readonly LoadShape _shape;

    private Schedule(int load, TimeSpan warmUp, TimeSpan window, int warmUpCount, int count, long[]? times, LoadShape? shape = null)
    {
        (Load, _times, WarmUpCount, Count, _shape) = (load, times, warmUpCount, count, shape ?? LoadShape.Constant);
        WindowStartNs = warmUp.Ticks * 100;
        WindowEndNs = WindowStartNs + window.Ticks * 100;
    }

    /// <summary>Offered load in transactions a second; what shapes are multiples of.</summary>
    public int Load { get; }

    /// <summary>Mean over the window of what is offered, in transactions a second.</summary>
    public double MeanRate => _shape.Kind == ShapeKind.Constant ? Load : (Count - WarmUpCount) * 1e9 / (WindowEndNs - WindowStartNs);

    /// <summary>Transactions of warm-up and window; their sequences are 0 to Count - 1.</summary>
    public int Count { get; }

    /// <summary>Sequences below this one are warm-up.</summary>
    public int WarmUpCount { get; }

    /// <summary>Start of the measured window.</summary>
    public long WindowStartNs { get; }

    /// <summary>End of the measured window, exclusive.</summary>
    public long WindowEndNs { get; }

    /// <summary>When transaction <paramref name="sequence"/> is due; ascending.</summary>
    public long TimeNs(int sequence) => _times is null
        ? WindowStartNs + Math.Max(-WindowStartNs, (sequence - WarmUpCount) * 1_000_000_000L / Load)
        : _times[sequence];

    /// <exception cref="UsageException">More transactions than one measurement can hold.</exception>
    public static Schedule Create(Arrival arrival, int load, TimeSpan warmUp, TimeSpan window, ulong seed, LoadShape? shape = null)
    {
        CheckSize(load, warmUp, window, shape);
        return shape is { Kind: not ShapeKind.Constant } ? Shaped(shape, arrival, load, warmUp, window, seed)
            : arrival == Arrival.Constant ? Constant(load, warmUp, window)
            : Poisson(load, warmUp, window, seed);
    }

    /// <exception cref="UsageException">More transactions than one measurement can hold.</exception>
    public static void CheckSize(int load, TimeSpan warmUp, TimeSpan window, LoadShape? shape = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(load, 1);
        var factor = shape?.MeanFactor(window.TotalSeconds, load) ?? 1;
        if (load * (warmUp.TotalSeconds + (window.TotalSeconds * factor)) > MostTransactions)
        {
            throw new UsageException(FormattableString.Invariant(
                $"{load} tx/s for {(warmUp + window).TotalSeconds:0.#} s is more than {MostTransactions:N0} transactions in one measurement; lower the load or the duration"));
        }
    }

    private static Schedule Constant(int load, TimeSpan warmUp, TimeSpan window)
    {
        // A duration is whole ticks of 100 ns; what a tick rounds away must not add or take a transaction.
        var tick = load * 1e-7 + 1e-9;
        var before = (int)(load * warmUp.TotalSeconds + tick);
        var within = (int)Math.Ceiling(load * window.TotalSeconds - tick);
        return new Schedule(load, warmUp, window, before, before + within, null);
    }

    private static Schedule Poisson(int load, TimeSpan warmUp, TimeSpan window, ulong seed)
    {
        // Twice the same gaps: once to count, once to fill an array of exactly that length.
        var arrivals = Arrivals(load, warmUp + window, seed);
        return new Schedule(load, warmUp, window, arrivals.Count(ns => ns < warmUp.Ticks * 100), arrivals.Count(), Filled(arrivals));
    }

    private static Schedule Shaped(LoadShape shape, Arrival arrival, int load, TimeSpan warmUp, TimeSpan window, ulong seed)
    {
        var start = warmUp.Ticks * 100;
        var arrivals = shape.Kind == ShapeKind.Replay
            ? Constant(load, warmUp, TimeSpan.Zero).Times().Concat(shape.Recorded.Select(ns => start + ns).TakeWhile(ns => ns < start + (window.Ticks * 100)))
            : ShapedArrivals(shape, arrival, load, warmUp, window, seed);
        return new Schedule(load, warmUp, window, arrivals.Count(ns => ns < start), arrivals.Count(), Filled(arrivals), shape);
    }

    private static long[] Filled(IEnumerable<long> arrivals)
    {
        var times = new long[arrivals.Count()];
        var i = 0;
        foreach (var time in arrivals) times[i++] = time;

        return times;
    }

    private IEnumerable<long> Times() => Enumerable.Range(0, Count).Select(TimeNs);

    /// <summary>
    /// The k-th transaction is due when the expected number of arrivals reaches k, or with random gaps the sum of k exponential
    /// numbers of mean 1 (time rescaling of a Poisson process). The warm-up goes at the rate that the shape begins with.
    /// </summary>
    private static IEnumerable<long> ShapedArrivals(LoadShape shape, Arrival arrival, int load, TimeSpan warmUp, TimeSpan window, ulong seed)
    {
        var random = new SplitMix64(seed);
        var first = shape.Over(window.TotalSeconds).First().From;
        double at = 0;
        double passed = 0;
        var next = arrival == Arrival.Poisson ? -Math.Log(1 - random.NextDouble()) : 0;
        foreach (var stretch in shape.Over(window.TotalSeconds).Prepend(new Stretch(warmUp.TotalSeconds, first, first)))
        {
            var arrivals = stretch.Arrivals(load);
            // What rounding takes away must not push a transaction that is due with a stretch's end into the next one or beyond the window.
            while (next < passed + arrivals - 1e-6)
            {
                yield return (long)Math.Round((at + stretch.TimeOf(Math.Max(0, next - passed), load)) * 1e9);
                next += arrival == Arrival.Poisson ? -Math.Log(1 - random.NextDouble()) : 1;
            }

            passed += arrivals;
            at += stretch.Seconds;
        }
    }

    /// <summary>Exponential gaps with mean 1/load: -ln(1 - u) / load.</summary>
    private static IEnumerable<long> Arrivals(int load, TimeSpan length, ulong seed)
    {
        var random = new SplitMix64(seed);
        var end = length.Ticks * 100.0;
        double time = 0;
        while ((time += -Math.Log(1 - random.NextDouble()) / load * 1e9) < end) yield return (long)time;
    }
}
