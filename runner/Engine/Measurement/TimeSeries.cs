using System.Collections.Immutable;

namespace Mysticeti.Engine.Measurement;

/// <summary>One second of a load.</summary>
/// <param name="T">Seconds since the window's start; rows at and behind its end are the drain.</param>
/// <param name="Scheduled">Transactions of the window that were due in this second.</param>
/// <param name="Sent">Transactions of the window that were sent in it.</param>
/// <param name="Committed">Transactions whose commit was observed in it, those of the warm-up too.</param>
/// <param name="Rejected">Transactions of the window that were sent in it and refused.</param>
/// <param name="P50Ms">Latencies from the scheduled time of those of the window that were committed in it; null when none.</param>
public sealed record TimeSeriesRow(
    int T, long Scheduled, long Sent, long Committed, long Rejected, double? P50Ms, double? P99Ms, double? MaxMs);

/// <summary>Collects a load's transactions by the second; two passes, so that exact percentiles take 4 bytes a transaction.</summary>
public sealed class TimeSeries
{
    private const long SecondNs = 1_000_000_000;

    private readonly long _startNs;
    private readonly long[] _scheduled;
    private readonly long[] _sent;
    private readonly long[] _committed;
    private readonly long[] _rejected;
    private readonly int[] _latencies;
    private int[]? _latencyEnds;
    private int[] _latencyUs = [];

    /// <param name="startNs">The window's start.</param>
    /// <param name="endNs">The last moment that is shown.</param>
    public TimeSeries(long startNs, long endNs)
    {
        _startNs = startNs;
        var rows = (int)Math.Max(0, (endNs - startNs + SecondNs - 1) / SecondNs);
        _scheduled = new long[rows];
        _sent = new long[rows];
        _committed = new long[rows];
        _rejected = new long[rows];
        _latencies = new int[rows];
    }

    public void Scheduled(long ns) => Add(_scheduled, ns);

    public void Sent(long ns) => Add(_sent, ns);

    public void Rejected(long sentNs) => Add(_rejected, sentNs);

    /// <summary>A commit; <paramref name="inWindow"/> false: of the warm-up, whose latency does not count.</summary>
    public void Committed(long ns, bool inWindow)
    {
        Add(_committed, ns);
        if (inWindow && RowOf(ns) is int row) _latencies[row]++;
    }

    /// <summary>The second pass, after all commits: the latency of each commit of the window.</summary>
    public void Latency(long commitNs, long latencyNs)
    {
        if (_latencyEnds is null)
        {
            _latencyEnds = new int[_latencies.Length];
            for (var row = 1; row < _latencies.Length; row++) _latencyEnds[row] = _latencyEnds[row - 1] + _latencies[row - 1];

            _latencyUs = new int[_latencies.Sum()];
        }

        if (RowOf(commitNs) is int at) _latencyUs[_latencyEnds[at]++] = (int)Math.Clamp(latencyNs / 1000, 0, int.MaxValue);
    }

    public ImmutableArray<TimeSeriesRow> ToRows()
    {
        var rows = ImmutableArray.CreateBuilder<TimeSeriesRow>(_scheduled.Length);
        for (var t = 0; t < _scheduled.Length; t++)
        {
            var latencies = _latencyEnds is null ? [] : _latencyUs.AsSpan(_latencyEnds[t] - _latencies[t], _latencies[t]);
            latencies.Sort();
            rows.Add(new TimeSeriesRow(t, _scheduled[t], _sent[t], _committed[t], _rejected[t], At(latencies, 0.5), At(latencies, 0.99), At(latencies, 1)));
        }

        return rows.MoveToImmutable();
    }

    private static double? At(ReadOnlySpan<int> sortedUs, double share) =>
        sortedUs.IsEmpty ? null : sortedUs[Math.Max(0, (int)Math.Ceiling(share * sortedUs.Length - 1e-9) - 1)] / 1000.0;

    private void Add(long[] counts, long ns)
    {
        if (RowOf(ns) is int row) counts[row]++;
    }

    private int? RowOf(long ns) =>
        ns >= _startNs && (ns - _startNs) / SecondNs is long row && row < _scheduled.Length ? (int)row : null;
}
