namespace Mysticeti.Engine.Measurement;

/// <summary>One percentile: a figure in milliseconds, or the reason why there is none.</summary>
public sealed record Percentile(double Percent, double? Ms, string? Reason)
{
    /// <summary>Fewest samples of which at least one lies beyond the percentile: 1 / (1 - p).</summary>
    public static long SamplesNeeded(double percent) => (long)Math.Ceiling(100 / (100 - percent) - 1e-6);

    public override string ToString() => Ms is double ms ? Figures.Ms(ms) : $"- ({Reason})";
}

/// <summary>What a distribution of durations comes to, in milliseconds; lost samples lie in the tail, at infinity.</summary>
public sealed record LatencySummary
{
    /// <summary>Samples that ended.</summary>
    public required long Count { get; init; }

    /// <summary>Samples that never ended.</summary>
    public required long Lost { get; init; }

    /// <summary>Mean of those that ended; null when none did.</summary>
    public required double? MeanMs { get; init; }

    /// <summary>Standard deviation of those that ended; null when none did.</summary>
    public required double? StandardDeviationMs { get; init; }

    public required Percentile P50 { get; init; }

    public required Percentile P90 { get; init; }

    public required Percentile P95 { get; init; }

    public required Percentile P99 { get; init; }

    public required Percentile P999 { get; init; }

    /// <summary>Longest of those that ended; null when none did or when some never ended.</summary>
    public required double? MaxMs { get; init; }

    public static LatencySummary Of(Histogram histogram, long lost)
    {
        Percentile At(double percent)
        {
            var total = histogram.Count + lost;
            if (total == 0) return new Percentile(percent, null, "no samples");

            if (total < Percentile.SamplesNeeded(percent))
            {
                return new Percentile(percent, null, $"{total} samples; at least {Percentile.SamplesNeeded(percent)} are needed");
            }

            return histogram.PercentileNs(percent, lost) is long ns
                ? new Percentile(percent, Figures.ToMs(ns), null)
                : new Percentile(percent, null, $"falls among the {lost} of {total} that were never committed");
        }

        return new LatencySummary
        {
            Count = histogram.Count,
            Lost = lost,
            MeanMs = histogram.MeanNs / 1e6,
            StandardDeviationMs = histogram.StandardDeviationNs / 1e6,
            P50 = At(50),
            P90 = At(90),
            P95 = At(95),
            P99 = At(99),
            P999 = At(99.9),
            MaxMs = histogram.Count == 0 || lost > 0 ? null : Figures.ToMs(histogram.MaxNs),
        };
    }

    /// <summary>The percentiles that have no figure, with their reasons.</summary>
    public IEnumerable<Percentile> Missing => new[] { P50, P90, P95, P99, P999 }.Where(p => p.Ms is null);
}
