using System.Collections.Immutable;
using Mysticeti.Engine.Plan;

namespace Mysticeti.Engine.Reports;

/// <summary>All measurements of a run in one document (<c>summary.json</c>).</summary>
public sealed record RunSummary
{
    public int SchemaVersion { get; init; } = 1;

    public required string NetworkType { get; init; }

    public required string NetworkName { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required bool Interrupted { get; init; }

    public required int ExitCode { get; init; }

    public required ImmutableArray<SummaryRow> Results { get; init; }

    /// <summary>The newest run of each other network kind in the same output directory, beside this one.</summary>
    public ImmutableArray<ComparisonRow> Comparison { get; init; } = [];

    /// <summary>What the validators' logs say; empty where they were out of reach.</summary>
    public ImmutableArray<LogEvidence> Logs { get; init; } = [];

    /// <summary>What repeats of a load agree on, one entry a load that was measured more than once.</summary>
    public ImmutableArray<LoadStatistics> Intervals { get; init; } = [];

    /// <summary>What the search for the saturation point came to; null where there was none.</summary>
    public Saturation? Saturation { get; init; }

    /// <summary>Thresholds that did not hold, by measurement.</summary>
    public ImmutableArray<ThresholdFailure> FailedThresholds { get; init; } = [];

    /// <summary>What only this kind of network has to say, line by line, at the end of the summary.</summary>
    public ImmutableArray<string> Appendix { get; init; } = [];

    public required RunEnvironment Environment { get; init; }
}

/// <summary>One measurement in the summary.</summary>
public sealed record SummaryRow(
    int BenchmarkNumber, int Load, int Repeat, double? Throughput, double? Efficiency, double? AvgLatencyMs, double? P50Ms, double? P99Ms,
    long Committed, long Rejected, long Lost, long Unsent, string Verdict, bool Safe, bool Interrupted, string? File)
{
    public static SummaryRow Of(LoadReport r, string? file) => new(
        r.BenchmarkNumber, r.Parameters.Load, r.Parameters.Repeat, r.Results.Throughput, r.Results.Efficiency, r.Results.AvgLatencyMs,
        r.Results.P50Ms, r.Results.P99Ms, r.Results.Committed, r.Results.Rejected, r.Results.Lost, r.Results.Unsent,
        r.Verdict.Name, r.Safety.Safe, r.Interrupted, file);
}

/// <summary>A threshold that did not hold in one measurement.</summary>
public sealed record ThresholdFailure(int BenchmarkNumber, int Load, int Repeat, Threshold Threshold, double? Value);
