using System.Collections.Immutable;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Measurement;
using Mysticeti.Engine.Plan;
using Mysticeti.Engine.Reports;

namespace Mysticeti.Engine.Benchmark;

/// <summary>
/// Finds the saturation point, the highest load that the network sustains: doubles the load until one is not sustained, bisects between the two
/// down to <see cref="Precision"/>, and measures what lies near the point again, so that chance does not decide. Most of the measurements of a
/// load must say the same.
/// </summary>
public sealed class SaturationSearch(BenchmarkSettings settings) : IPlanSequence
{
    /// <summary>The search ends when the lowest load that is not sustained is at most this share above the highest that is.</summary>
    public const double Precision = 0.05;

    /// <summary>A sustained load is committed to at least this share, unless thresholds say what sustained means.</summary>
    public const double LeastEfficiency = 0.95;

    /// <summary>The knee: a sustained load has a median latency of at most this many times that of the lowest load, unless thresholds say otherwise.</summary>
    public const double HighestLatencyRise = 5;

    /// <summary>Longest drain: what an overload left behind must not be a part of the next measurement.</summary>
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(30);

    private readonly int _highest = (int)Math.Min(Values.MaxLoad, Schedule.MostTransactions / (settings.WarmUp + settings.Duration).TotalSeconds);

    public LoadPlan? Next(IReadOnlyList<LoadResult> results)
    {
        var standing = Stand(results);
        return standing.Next is int load
            ? LoadPlan.Of(settings, results.Count + 1, load, 1 + results.Count(r => r.Load == load)) with
            {
                DrainTimeout = settings.DrainTimeout > Drain ? settings.DrainTimeout : Drain,
            }
            : null;
    }

    /// <summary>What was found so far; <see cref="Saturation.Finished"/> says whether that is the end.</summary>
    public Saturation Conclude(IReadOnlyList<LoadResult> results)
    {
        var standing = Stand(results);
        ImmutableArray<LoadResult> sustained = [.. results.Where(r => r.Load == standing.Sustained && IsUsable(r))];
        var merged = new Histogram();
        foreach (var result in sustained) merged.Merge(result.Histogram);

        var latency = LatencySummary.Of(merged, sustained.Sum(r => r.Latency.Lost));
        return new Saturation
        {
            Finished = standing.Next is null,
            Load = standing.Sustained,
            Measurements = sustained.Length,
            Throughput = sustained.IsEmpty ? null : Figures.Round(sustained.Average(r => r.Throughput)),
            P50Ms = Figures.Round(latency.P50.Ms),
            P99Ms = Figures.Round(latency.P99.Ms),
            NotSustained = standing.NotSustained,
            LimitedBy = standing.Next is not null ? null
                : standing.NotSustained is not int above ? SaturationLimit.Search
                : results.Where(r => r.Load == above).All(r => r.Verdict.Status == VerdictStatus.Invalid) ? SaturationLimit.Instrument
                : SaturationLimit.Network,
            Criterion = Criterion(results),
        };
    }

    /// <summary>How the search stands: the bracket, and the load to be measured next (null at the end).</summary>
    private Standing Stand(IReadOnlyList<LoadResult> results)
    {
        var unloaded = UnloadedMs(results);
        ImmutableArray<Votes> votes = [.. results.Where(r => !r.Interrupted).GroupBy(r => r.Load).OrderBy(g => g.Key)
            .Select(g => new Votes(g.Key, g.Count(r => IsSustained(r, unloaded)), g.Count(r => !IsSustained(r, unloaded)), settings.Repeat))];
        var above = votes.FirstOrDefault(v => v.IsAgainst)?.Load;
        var best = votes.LastOrDefault(v => v.For > 0 && !v.IsAgainst && (above is null || v.Load < above));
        int? next = votes.IsEmpty ? Math.Min(settings.Loads.Min(), _highest)
            : votes.FirstOrDefault(v => v.IsOpen) is { } open ? open.Load
            : (best, above) switch
            {
                (null, 1) => null,
                (null, int high) => high / 2,
                ({ } low, null) when low.Load < _highest => (int)Math.Min(2L * low.Load, _highest),
                ({ } low, int high) when high - low.Load > Math.Max(1, Precision * low.Load) => low.Load + (high - low.Load) / 2,
                ({ IsFor: false } low, _) => low.Load,
                _ => null,
            };
        return new Standing(best?.Load, above, next);
    }

    private bool IsSustained(LoadResult result, double? unloadedMs) => IsUsable(result) && result.Safety.Safe && (settings.Thresholds.IsEmpty
        ? result.Efficiency >= LeastEfficiency && !(result.Latency.P50.Ms > HighestLatencyRise * unloadedMs)
        : settings.Thresholds.All(threshold => threshold.Judge(ReportResults.Of(result)).Passed));

    private static bool IsUsable(LoadResult result) => result.Verdict.Status != VerdictStatus.Invalid && !result.Interrupted;

    /// <summary>The median latency of the lowest load, by its first usable measurement.</summary>
    private static double? UnloadedMs(IReadOnlyList<LoadResult> results) =>
        results.Where(r => IsUsable(r) && r.Latency.P50.Ms is not null).MinBy(r => r.Load)?.Latency.P50.Ms;

    private string Criterion(IReadOnlyList<LoadResult> results)
    {
        var bounds = settings.Thresholds.IsEmpty
            ? FormattableString.Invariant($"efficiency >= {LeastEfficiency} and p50_ms <= {HighestLatencyRise} x {UnloadedMs(results) ?? 0:0.#} (at the lowest load)")
            : string.Join(" and ", settings.Thresholds);
        return $"{bounds}, in most of up to {settings.Repeat} measurements";
    }

    private sealed record Standing(int? Sustained, int? NotSustained, int? Next);

    /// <summary>What the measurements of one load say; of <paramref name="Most"/> the majority decides.</summary>
    private sealed record Votes(int Load, int For, int Against, int Most)
    {
        public bool IsFor => For > Most / 2;

        public bool IsAgainst => Against >= Most - Most / 2;

        /// <summary>Some say this and some that, or one says that it is not sustained, and there is no majority yet.</summary>
        public bool IsOpen => Against > 0 && !IsFor && !IsAgainst;
    }
}
