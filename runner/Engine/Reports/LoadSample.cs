using System.Collections.Immutable;
using MathNet.Numerics.Distributions;
using Mysticeti.Engine.Measurement;

namespace Mysticeti.Engine.Reports;

/// <summary>The figures that intervals are about; a percentile among lost transactions is infinite, one without enough samples is null.</summary>
/// <param name="Throughput">Transactions a second.</param>
public sealed record LoadFigures(double? Throughput, double? P50Ms, double? P99Ms);

/// <summary>What one load was measured with, to be drawn from again.</summary>
public abstract class LoadSample
{
    /// <summary>The figures of what was measured.</summary>
    public abstract LoadFigures Observed { get; }

    /// <summary>The figures of a sample drawn from it.</summary>
    public abstract LoadFigures Draw(Random random);

    /// <param name="runs">Usable measurements of one load, at least one.</param>
    /// <exception cref="FormatException">A histogram contradicts itself.</exception>
    public static LoadSample Of(IReadOnlyList<LoadReport> runs) => runs.Count == 1 ? new SingleRun(runs[0]) : new RepeatedRuns(runs);
}

/// <summary>Several measurements of one load: whole measurements are drawn, so that the interval has the variation from run to run in it.</summary>
public sealed class RepeatedRuns : LoadSample
{
    private readonly double[] _throughputs;
    private readonly long[] _lost;
    private readonly long[] _longestNs;
    private readonly long[][] _counts;
    private readonly long[] _highestNs;
    private readonly int[] _all;

    public RepeatedRuns(IReadOnlyList<LoadReport> runs)
    {
        _throughputs = [.. runs.Select(r => r.Results.Throughput ?? 0)];
        _lost = [.. runs.Select(r => r.Histogram.Lost)];
        _longestNs = [.. runs.Select(r => r.Histogram.MaxNs)];
        var buckets = new Histogram();
        long[] values = [.. runs.SelectMany(r => r.Histogram.Buckets.Select(b => b[0])).Distinct().Order()];
        _highestNs = [.. values.Select(value => buckets.HighestOfBucketUs(value) * 1000)];
        _counts = [.. runs.Select(r =>
        {
            var counts = new long[values.Length];
            foreach (var bucket in r.Histogram.Buckets) counts[Array.BinarySearch(values, bucket[0])] += bucket[1];

            return counts;
        })];
        _all = [.. Enumerable.Range(0, runs.Count)];
        Observed = FiguresOf(_all);
    }

    public override LoadFigures Observed { get; }

    public override LoadFigures Draw(Random random) => FiguresOf([.. _all.Select(_ => random.Next(_all.Length))]);

    /// <summary>Throughput in the mean (all windows are equally long); percentiles of the merged histograms, never means of percentiles.</summary>
    private LoadFigures FiguresOf(int[] drawn)
    {
        var lost = drawn.Sum(i => _lost[i]);
        var total = lost + drawn.Sum(i => _counts[i].Sum());
        var longest = drawn.Max(i => _longestNs[i]);
        return new LoadFigures(drawn.Average(i => _throughputs[i]), Percentile(50), Percentile(99));

        double? Percentile(double percent)
        {
            if (total < Measurement.Percentile.SamplesNeeded(percent)) return null;

            var rank = Histogram.Rank(percent, total);
            for (var bucket = 0; bucket < _highestNs.Length; bucket++)
            {
                foreach (var i in drawn) rank -= _counts[i][bucket];

                if (rank <= 0) return Figures.ToMs(Math.Min(_highestNs[bucket], longest));
            }

            return double.PositiveInfinity;
        }
    }
}

/// <summary>
/// One measurement: its seconds are drawn for the throughput and its transactions for the latency. That is the variation within the run only;
/// what differs from run to run is not in it.
/// </summary>
public sealed class SingleRun : LoadSample
{
    private const int LeastSeconds = 5;

    private readonly LoadReport _run;
    private readonly long[] _highestNs;
    private readonly long[] _upTo;
    private readonly ImmutableArray<double> _seconds;

    public SingleRun(LoadReport run)
    {
        _run = run;
        var buckets = Histogram.FromData(run.Histogram).Cumulative().ToArray();
        _highestNs = [.. buckets.Select(bucket => bucket.HighestNs)];
        _upTo = [.. buckets.Select(bucket => bucket.UpTo)];
        _seconds = [.. run.TimeSeries.Where(row => row.T + 1 <= run.Results.DurationSecs).Select(row => (double)row.Committed)];
        Observed = new LoadFigures(run.Results.Throughput, At(50, 0.5), At(99, 0.99));
    }

    public override LoadFigures Observed { get; }

    public override LoadFigures Draw(Random random) => new(DrawThroughput(random), DrawPercentile(50, random), DrawPercentile(99, random));

    private long Total => _run.Histogram.Count + _run.Histogram.Lost;

    private double? DrawThroughput(Random random) => _seconds.Length < LeastSeconds || _seconds.Sum() == 0
        ? null
        : Observed.Throughput * _seconds.Average(_ => _seconds[random.Next(_seconds.Length)]) / _seconds.Average();

    /// <summary>
    /// The k-th of N values drawn from an empirical distribution F is F⁻¹(U) with U the k-th of N uniform ones, which is Beta(k, N - k + 1)
    /// distributed: one draw instead of N.
    /// </summary>
    private double? DrawPercentile(double percent, Random random)
    {
        if (Total < Percentile.SamplesNeeded(percent)) return null;

        var rank = Histogram.Rank(percent, Total);
        return At(percent, Beta.Sample(random, rank, Total - rank + 1));
    }

    private double? At(double percent, double share)
    {
        if (Total < Percentile.SamplesNeeded(percent)) return null;

        // Thousands of replicates ask; a search in the sums is quicker than Histogram.PercentileNs and gives the same.
        var bucket = Array.BinarySearch(_upTo, Histogram.Rank(100 * share, Total));
        bucket = bucket < 0 ? ~bucket : bucket;
        return bucket < _upTo.Length ? Figures.ToMs(_highestNs[bucket]) : double.PositiveInfinity;
    }
}
