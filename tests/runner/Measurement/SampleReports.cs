using System.Collections.Immutable;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Measurement;
using Mysticeti.Engine.Observation;
using Mysticeti.Engine.Plan;
using Mysticeti.Engine.Reports;

namespace Mysticeti.Runner.Tests.Measurement;

/// <summary>Results and reports with figures that tests choose.</summary>
internal static class SampleReports
{
    public static BenchmarkSettings Settings(params int[] loads) => new()
    {
        NetworkType = "embedded",
        Committee = 4,
        Loads = [.. loads],
        Duration = TimeSpan.FromSeconds(10),
        Seed = 5,
    };

    /// <param name="latencyMs">Of the fastest; the others are up to twice as slow.</param>
    public static LoadResult Result(
        int load, double latencyMs, long committed, double seconds, long lost = 0, int number = 1, int repeat = 1, VerdictStatus verdict = VerdictStatus.Valid)
    {
        var latency = new Histogram();
        for (long i = 0; i < committed; i++)
        {
            // Most take the median's time exactly; a tail of 5% takes up to twice as long.
            latency.Record((long)(latencyMs * 1e6 * (i % 20 == 19 ? 1 + (double)i / committed : 1)));
        }

        return new LoadResult
        {
            Number = number,
            Load = load,
            Repeat = repeat,
            StartedAt = DateTimeOffset.UnixEpoch,
            WindowSeconds = seconds,
            Ledger = new Ledger(committed + lost, committed + lost, 0, committed, 0, lost),
            CommittedInWindow = committed,
            WarmUpCommittedInWindow = 0,
            Latency = LatencySummary.Of(latency, lost),
            Service = LatencySummary.Of(latency, 0),
            Lag = LatencySummary.Of(new Histogram(), 0),
            Histogram = latency,
            TimeSeries = [.. Enumerable.Range(0, (int)seconds).Select(t => new TimeSeriesRow(t, 0, 0, (long)(committed / seconds) + (t % 2 == 0 ? 1 : -1), 0, null, null, null))],
            Verdict = new Verdict(verdict, verdict == VerdictStatus.Valid ? [] : ["the generator fell behind its schedule"], []),
            Safety = SafetyReport.Conclude(new SafetyAudit([]).Conclude(), [], 0),
            RejectionReasons = ImmutableSortedDictionary<string, long>.Empty,
            Instrument = new InstrumentUse(0, 0, null, 0),
        };
    }

    public static LoadReport Report(LoadResult result, BenchmarkSettings? settings = null) =>
        LoadReport.Of(result, RunEnvironment.Capture(settings ?? Settings(result.Load), 1));

    public static LoadReport Run(double latencyMs, long committed, double seconds, long lost = 0, int load = 100, int number = 1, int repeat = 1, VerdictStatus verdict = VerdictStatus.Valid) =>
        Report(Result(load, latencyMs, committed, seconds, lost, number, repeat, verdict));
}
