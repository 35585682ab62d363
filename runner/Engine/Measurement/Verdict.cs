using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Mysticeti.Engine.Measurement;

[JsonConverter(typeof(JsonStringEnumConverter<VerdictStatus>))]
public enum VerdictStatus
{
    /// <summary>The instrument worked; the figures are what the network did, however bad.</summary>
    [JsonStringEnumMemberName("VALID")]
    Valid,

    /// <summary>The instrument worked, but there are too few samples for the percentiles.</summary>
    [JsonStringEnumMemberName("INCONCLUSIVE")]
    Inconclusive,

    /// <summary>The instrument failed: the figures say nothing about the network.</summary>
    [JsonStringEnumMemberName("INVALID")]
    Invalid,
}

/// <summary>What a verdict is decided from.</summary>
public sealed record VerdictEvidence
{
    public required Ledger Ledger { get; init; }

    /// <summary>Latency from the scheduled time.</summary>
    public required LatencySummary Latency { get; init; }

    public required double? LagP99Ms { get; init; }

    /// <summary>Bound of the error between the clocks that took the two ends of a latency; 0 when it was one clock.</summary>
    public double ClockErrorMs { get; init; }

    /// <summary>Whether at least one commit stream was open.</summary>
    public bool CommitsObservable { get; init; } = true;

    /// <summary>Share of all processors that was busy during the window, 0 to 1; null where it is not known.</summary>
    public double? MachineCpu { get; init; }

    /// <summary>What else a reader of the figures must know.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];
}

/// <summary>Whether the figures can be trusted, apart from whether they are good.</summary>
public sealed record Verdict(VerdictStatus Status, ImmutableArray<string> Reasons, ImmutableArray<string> Notes)
{
    public const double LeastSentShare = 0.99;
    public const double HighestLagMs = 10;
    public const double HighestLagShareOfMedian = 0.05;
    public const double SaturatedCpu = 0.95;

    [JsonIgnore]
    public string Name => Status.ToString().ToUpperInvariant();

    /// <summary>The name and, in brackets, why.</summary>
    [JsonIgnore]
    public string Summary => Name + (Reasons.IsEmpty ? "" : $" ({string.Join("; ", Reasons)})");

    public static Verdict Decide(VerdictEvidence evidence)
    {
        var failures = ImmutableArray.CreateBuilder<string>();
        var ledger = evidence.Ledger;
        if (!ledger.Balanced) failures.Add($"the ledger does not balance: {ledger}");

        if (ledger.Sent < LeastSentShare * ledger.Scheduled)
        {
            failures.Add($"only {Figures.Percent((double)ledger.Sent / ledger.Scheduled)} of the scheduled transactions were sent (at least 99% are needed)");
        }

        var median = evidence.Latency.P50.Ms;
        if (evidence.LagP99Ms is double lag && lag > HighestLagMs && lag > HighestLagShareOfMedian * (median ?? double.PositiveInfinity))
        {
            failures.Add($"the generator fell behind its schedule: p99 lag {Figures.Ms(lag)} is over 10 ms and over 5% of the p50 latency {Figures.Ms(median)}");
        }

        if (median is double figure && evidence.ClockErrorMs > figure)
        {
            failures.Add($"the clock error of {Figures.Ms(evidence.ClockErrorMs)} is larger than the p50 latency {Figures.Ms(figure)}");
        }

        if (!evidence.CommitsObservable) failures.Add("no node's commit stream could be opened, so commits were not observed");

        var notes = FindNotes(evidence);
        if (failures.Count > 0) return new Verdict(VerdictStatus.Invalid, failures.ToImmutable(), notes);

        var samples = evidence.Latency.Count + evidence.Latency.Lost;
        return samples < Percentile.SamplesNeeded(99)
            ? new Verdict(VerdictStatus.Inconclusive,
                [$"{samples} samples are too few for the p99 (at least {Percentile.SamplesNeeded(99)}); measure longer or at a higher load"], notes)
            : new Verdict(VerdictStatus.Valid, [], notes);
    }

    private static ImmutableArray<string> FindNotes(VerdictEvidence evidence)
    {
        var notes = ImmutableArray.CreateBuilder<string>();
        notes.AddRange(evidence.Notes);
        if (evidence.MachineCpu >= SaturatedCpu)
        {
            notes.Add($"this machine's processors were {Figures.Percent(evidence.MachineCpu)} busy: nodes on it and the generator compete for them");
        }

        notes.AddRange(evidence.Latency.Missing.Select(p => FormattableString.Invariant($"no p{p.Percent} latency: {p.Reason}")));
        return notes.ToImmutable();
    }
}
