using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Measurement;
using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Resources;

namespace Mysticeti.Engine.Reports;

/// <summary>The JSON file of one measurement: the seed's keys, and ours beside them. Property names are the contract.</summary>
public sealed record LoadReport
{
    public required string NetworkType { get; init; }

    public required int BenchmarkNumber { get; init; }

    public required ReportParameters Parameters { get; init; }

    public required ReportResults Results { get; init; }

    public required DateTimeOffset Timestamp { get; init; }

    public required Verdict Verdict { get; init; }

    public required SafetyReport Safety { get; init; }

    public required bool Interrupted { get; init; }

    public required ImmutableArray<NodeFailure> NodeFailures { get; init; }

    public required ImmutableArray<TimeSeriesRow> TimeSeries { get; init; }

    public required HistogramData Histogram { get; init; }

    /// <summary>Faults that were injected, with their times and consequences.</summary>
    public required ImmutableArray<FaultReport> Faults { get; init; }

    /// <summary>How the leader slots of each authority were decided.</summary>
    public LeaderOutcomes? Leaders { get; init; }

    /// <summary>Where the latency goes.</summary>
    public LatencyBreakdown? LatencyBreakdown { get; init; }
    /// <summary>What became of each threshold that was asked for.</summary>
    public ImmutableArray<ThresholdOutcome> Thresholds { get; init; } = [];

    public required InstrumentUse Instrument { get; init; }

    /// <summary>What the nodes used of their machines; empty where that could not be seen.</summary>
    public ImmutableArray<ResourceSample> Resources { get; init; } = [];

    /// <summary>Which of these figures are missing and why, or what they hold beside the node's own; null: nothing to say.</summary>
    public string? ResourcesNote { get; init; }

    public required RunEnvironment Environment { get; init; }

    /// <summary>Name of this report's file in the run directory.</summary>
    [JsonIgnore]
    public string FileName => FormattableString.Invariant($"{NetworkType}_benchmark_{BenchmarkNumber}_{Parameters.Load}txs.json");

    /// <summary>Whether the instrument worked to the end, so that the figures are the network's.</summary>
    [JsonIgnore]
    public bool IsUsable => Verdict.Status != VerdictStatus.Invalid && !Interrupted;

    public static LoadReport Of(LoadResult result, RunEnvironment environment)
    {
        var settings = environment.Settings;
        var results = ReportResults.Of(result);
        return new LoadReport
        {
            NetworkType = settings.NetworkType,
            BenchmarkNumber = result.Number,
            Parameters = new ReportParameters(
                settings.Committee, result.Load, settings.Duration.TotalSeconds, settings.TransactionSize, settings.Faults, settings.CrashRecovery,
                settings.CrashInterval.TotalSeconds, settings.TransactionType, settings.Arrival, settings.WarmUp.TotalSeconds, result.Repeat, settings.Repeat),
            Results = results,
            Timestamp = result.StartedAt,
            Verdict = result.Verdict,
            Safety = result.Safety,
            Interrupted = result.Interrupted,
            NodeFailures = result.NodeFailures,
            TimeSeries = result.TimeSeries,
            Histogram = result.Histogram.ToData(result.Latency.Lost),
            Faults = result.Faults,
            Leaders = result.Leaders,
            LatencyBreakdown = result.LatencyBreakdown,
            Thresholds = settings.Search ? [] : [.. settings.Thresholds.Select(t => t.Judge(results))],
            Instrument = result.Instrument,
            Resources = result.Resources,
            ResourcesNote = result.ResourcesNote,
            Environment = environment,
        };
    }
}

/// <summary>What was asked for; times in seconds, load in transactions a second, size in bytes.</summary>
public sealed record ReportParameters(
    int Nodes, int Load, double Duration, int TransactionSize, int Faults, bool CrashRecovery, double CrashInterval,
    TransactionType TransactionType, Arrival Arrival, double WarmUp, int Repeat, int Repeats);

/// <summary>What came out; a figure that does not exist is null, and <see cref="Missing"/> says why.</summary>
public sealed record ReportResults
{
    public required double? Throughput { get; init; }

    public required double? AvgLatencyMs { get; init; }

    public required double? LatencyStdDevMs { get; init; }

    public required double DurationSecs { get; init; }

    public required long SuccessfulTransactions { get; init; }

    public required long FailedTransactions { get; init; }

    public required long Scheduled { get; init; }

    public required long Sent { get; init; }

    public required long Unsent { get; init; }

    public required long Committed { get; init; }

    public required long Rejected { get; init; }

    public required long Lost { get; init; }

    public required bool Balanced { get; init; }

    public required long Duplicates { get; init; }

    public required long DuplicateAnswers { get; init; }

    public required long ObservedElsewhere { get; init; }

    public required long RejectedButCommitted { get; init; }

    public required long CommittedInWindow { get; init; }

    public required long WarmUpCommittedInWindow { get; init; }

    public required double? Efficiency { get; init; }

    public required double? P50Ms { get; init; }

    public required double? P90Ms { get; init; }

    public required double? P95Ms { get; init; }

    public required double? P99Ms { get; init; }

    public required double? P999Ms { get; init; }

    public required double? MaxMs { get; init; }

    public required double? ServiceP50Ms { get; init; }

    public required double? ServiceP99Ms { get; init; }

    public required double? GeneratorLagP50Ms { get; init; }

    public required double? GeneratorLagP99Ms { get; init; }

    /// <summary>What latency, service time and lag are uncertain by, where several clocks took them; 0: it was one.</summary>
    public double ClockErrorMs { get; init; }

    /// <summary>Dollars for a million committed transactions; null where the network has no price.</summary>
    public double? CostPerMillionUsd { get; init; }

    /// <summary>Why a figure is null, by its key.</summary>
    public required ImmutableSortedDictionary<string, string> Missing { get; init; }

    public required ImmutableSortedDictionary<string, long> RejectionReasons { get; init; }

    [JsonIgnore]
    public Ledger Ledger => new(Scheduled, Sent, Unsent, Committed, Rejected, Lost) { Duplicates = Duplicates };

    public static ReportResults Of(LoadResult r) => new()
    {
        Throughput = Figures.Round(r.Throughput),
        AvgLatencyMs = Figures.Round(r.Latency.MeanMs),
        LatencyStdDevMs = Figures.Round(r.Latency.StandardDeviationMs),
        DurationSecs = Math.Round(r.WindowSeconds, 3),
        SuccessfulTransactions = r.Ledger.Committed,
        FailedTransactions = r.Ledger.Rejected + r.Ledger.Lost,
        Scheduled = r.Ledger.Scheduled,
        Sent = r.Ledger.Sent,
        Unsent = r.Ledger.Unsent,
        Committed = r.Ledger.Committed,
        Rejected = r.Ledger.Rejected,
        Lost = r.Ledger.Lost,
        Balanced = r.Ledger.Balanced,
        Duplicates = r.Ledger.Duplicates,
        DuplicateAnswers = r.Ledger.DuplicateAnswers,
        ObservedElsewhere = r.Ledger.ObservedElsewhere,
        RejectedButCommitted = r.Ledger.RejectedButCommitted,
        CommittedInWindow = r.CommittedInWindow,
        WarmUpCommittedInWindow = r.WarmUpCommittedInWindow,
        Efficiency = Figures.Round(r.Efficiency, 5),
        P50Ms = Figures.Round(r.Latency.P50.Ms),
        P90Ms = Figures.Round(r.Latency.P90.Ms),
        P95Ms = Figures.Round(r.Latency.P95.Ms),
        P99Ms = Figures.Round(r.Latency.P99.Ms),
        P999Ms = Figures.Round(r.Latency.P999.Ms),
        MaxMs = Figures.Round(r.Latency.MaxMs),
        ServiceP50Ms = Figures.Round(r.Service.P50.Ms),
        ServiceP99Ms = Figures.Round(r.Service.P99.Ms),
        GeneratorLagP50Ms = Figures.Round(r.Lag.P50.Ms),
        GeneratorLagP99Ms = Figures.Round(r.Lag.P99.Ms),
        ClockErrorMs = Math.Round(r.ClockErrorMs, 4),
        CostPerMillionUsd = Figures.Round(r.CostPerMillionUsd, 6),
        Missing = MissingOf(r),
        RejectionReasons = r.RejectionReasons,
    };

    private static ImmutableSortedDictionary<string, string> MissingOf(LoadResult r)
    {
        var latency = r.Latency;
        var missing = new (string Key, Percentile Figure)[]
        {
            ("p50_ms", latency.P50), ("p90_ms", latency.P90), ("p95_ms", latency.P95), ("p99_ms", latency.P99), ("p999_ms", latency.P999),
            ("service_p50_ms", r.Service.P50), ("service_p99_ms", r.Service.P99), ("generator_lag_p50_ms", r.Lag.P50),
            ("generator_lag_p99_ms", r.Lag.P99),
        }.Where(p => p.Figure.Ms is null).Select(p => (p.Key, Reason: p.Figure.Reason!)).ToList();
        if (latency.MaxMs is null)
        {
            missing.Add(("max_ms", latency.Count == 0 ? "no samples" : $"{latency.Lost} of {latency.Count + latency.Lost} were never committed"));
        }

        if (latency.MeanMs is null) missing.Add(("avg_latency_ms", "nothing was committed"));

        if (r.Throughput is null) missing.Add(("throughput", "the measured window had not begun"));

        return missing.ToImmutableSortedDictionary(m => m.Key, m => m.Reason, StringComparer.Ordinal);
    }
}
