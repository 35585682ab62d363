using Mysticeti.Runner.Benchmark;
using Mysticeti.Runner.Cli;

namespace Mysticeti.Runner.Load;

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

    private Schedule(int load, TimeSpan warmUp, TimeSpan window, int warmUpCount, int count, long[]? times)
    {
        (Load, _times, WarmUpCount, Count) = (load, times, warmUpCount, count);
        WindowStartNs = warmUp.Ticks * 100;
        WindowEndNs = WindowStartNs + window.Ticks * 100;
    }

    /// <summary>Offered load in transactions a second.</summary>
    public int Load { get; }

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
    public static Schedule Create(Arrival arrival, int load, TimeSpan warmUp, TimeSpan window, ulong seed)
    {
        CheckSize(load, warmUp, window);
        return arrival == Arrival.Constant ? Constant(load, warmUp, window) : Poisson(load, warmUp, window, seed);
    }

    /// <exception cref="UsageException">More transactions than one measurement can hold.</exception>
    public static void CheckSize(int load, TimeSpan warmUp, TimeSpan window)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(load, 1);
        if (load * (warmUp + window).TotalSeconds > MostTransactions)
        {
            throw new UsageException(FormattableString.Invariant(
                $"{load} tx/s for {(warmUp + window).TotalSeconds:0.#} s is more than {MostTransactions:N0} transactions in one measurement; lower the load or the duration"));
        }
    }

    private static Schedule Constant(int load, TimeSpan warmUp, TimeSpan window)
    {
        // A duration is whole ticks of 100 ns; what a tick rounds away must not add or take a transaction.
        double tick = load * 1e-7 + 1e-9;
        int before = (int)(load * warmUp.TotalSeconds + tick);
        int within = (int)Math.Ceiling(load * window.TotalSeconds - tick);
        return new Schedule(load, warmUp, window, before, before + within, null);
    }

    private static Schedule Poisson(int load, TimeSpan warmUp, TimeSpan window, ulong seed)
    {
        // Twice the same gaps: once to count, once to fill an array of exactly that length.
        int count = Arrivals(load, warmUp + window, seed).Count();
        var times = new long[count];
        int i = 0;
        foreach (long time in Arrivals(load, warmUp + window, seed))
        {
            times[i++] = time;
        }

        int first = Array.BinarySearch(times, warmUp.Ticks * 100);
        first = first < 0 ? ~first : first;
        while (first > 0 && times[first - 1] == warmUp.Ticks * 100)
        {
            first--;
        }

        return new Schedule(load, warmUp, window, first, count, times);
    }

    /// <summary>Exponential gaps with mean 1/load: -ln(1 - u) / load.</summary>
    private static IEnumerable<long> Arrivals(int load, TimeSpan length, ulong seed)
    {
        var random = new SplitMix64(seed);
        double end = length.Ticks * 100.0;
        double time = 0;
        while ((time += -Math.Log(1 - random.NextDouble()) / load * 1e9) < end)
        {
            yield return (long)time;
        }
    }
}
