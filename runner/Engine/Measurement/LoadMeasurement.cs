using System.Collections.Immutable;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Observation;

namespace Mysticeti.Engine.Measurement;

/// <summary>What a load's figures are computed from, once everything that writes to it has stopped.</summary>
public sealed record LoadEvidence
{
    public required LoadRecord Record { get; init; }

    public required LoadClock Clock { get; init; }

    /// <summary>Sequences from here on were not due before the generator stopped.</summary>
    public required int DueCount { get; init; }

    /// <summary>Transactions of the window that the generator gave up.</summary>
    public required long WindowUnsent { get; init; }

    /// <summary>When the generator stopped; before the window's end where the run was cut off.</summary>
    public required long StoppedNs { get; init; }

    public required DigestEvidence Digests { get; init; }

    public required ImmutableArray<CommitTally> Tallies { get; init; }

    public required InstrumentUse Instrument { get; init; }

    /// <summary>Bound of the error between the clocks that sent and observed; 0: it was one.</summary>
    public double ClockErrorMs { get; init; }

    /// <summary>False where the network tells nothing of commits, so that accepted transactions stand for committed ones.</summary>
    public bool ObservesCommits { get; init; } = true;

    /// <summary>What else a reader of the figures must know.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];
}

/// <summary>Computes the figures of one load from its record, in two passes over the transactions.</summary>
public static class LoadMeasurement
{
    public static LoadResult Compute(LoadEvidence evidence, int number, int load, int repeat)
    {
        var (record, schedule) = (evidence.Record, evidence.Record.Schedule);
        var start = schedule.WindowStartNs;
        var end = Math.Max(start, evidence.DueCount < schedule.Count ? Math.Min(evidence.StoppedNs, schedule.WindowEndNs) : schedule.WindowEndNs);
        var sums = new Sums(record, evidence.DueCount, start, end);
        var ledger = Settle(evidence, sums);
        var latency = LatencySummary.Of(sums.Latency, ledger.Lost + ledger.Unsent);
        var lag = LatencySummary.Of(sums.Lag, 0);
        return new LoadResult
        {
            Number = number,
            Load = load,
            Repeat = repeat,
            OfferedRate = schedule.MeanRate,
            StartedAt = evidence.Clock.StartedAt.AddTicks(start / 100),
            WindowSeconds = (end - start) / 1e9,
            SecondsToLastCommit = (sums.LastNs - start) / 1e9,
            Ledger = ledger,
            CommittedInWindow = sums.CommittedInWindow,
            WarmUpCommittedInWindow = sums.WarmUpCommittedInWindow,
            Latency = latency,
            Service = LatencySummary.Of(sums.Service, 0),
            Lag = lag,
            ClockErrorMs = evidence.ClockErrorMs,
            Histogram = sums.Latency,
            TimeSeries = sums.Rows,
            Safety = SafetyReport.Conclude(evidence.Digests, evidence.Tallies, sums.NeverSent),
            RejectionReasons = record.RejectionReasons.ToImmutableSortedDictionary(StringComparer.Ordinal),
            Instrument = evidence.Instrument,
            Verdict = Verdict.Decide(new VerdictEvidence
            {
                Ledger = ledger,
                Latency = latency,
                LagP99Ms = sums.Lag.PercentileNs(99) / 1e6,
                ClockErrorMs = evidence.ClockErrorMs,
                CommitsObservable = !evidence.ObservesCommits || evidence.Tallies.Any(t => t.Connected),
                Notes = evidence.Notes,
                MachineCpu = evidence.Instrument.MachineCpu,
            }),
        };
    }

    /// <summary>Scheduled from the schedule, sent and unsent from the generator, the outcomes from answers and streams.</summary>
    private static Ledger Settle(LoadEvidence evidence, Sums sums) => new(
        Math.Max(0, evidence.DueCount - evidence.Record.Schedule.WarmUpCount),
        evidence.Record.WindowSentCount,
        evidence.WindowUnsent,
        sums.Committed,
        sums.Rejected,
        sums.Lost)
    {
        ObservedElsewhere = sums.ObservedElsewhere,
        RejectedButCommitted = sums.RejectedButCommitted,
        Duplicates = evidence.Tallies.Select(t => t.Duplicates + t.FlaggedDuplicates).DefaultIfEmpty().Max(),
        DuplicateAnswers = evidence.Record.DuplicateAnswers,
    };

    private sealed class Sums
    {
        public Sums(LoadRecord record, int due, long start, long end)
        {
            var schedule = record.Schedule;
            var last = end;
            for (var i = 0; i < schedule.Count; i++)
            {
                var commit = record.CommitNs(i);
                last = Math.Max(last, commit);
                CountCommit(commit, i < schedule.WarmUpCount, start, end);
                NeverSent += commit != 0 && record.SentNs(i) == 0 ? 1 : 0;
            }

            var series = new TimeSeries(start, last);
            for (var i = 0; i < schedule.Count; i++)
            {
                var inWindow = i >= schedule.WarmUpCount && i < due;
                if (record.CommitNs(i) is long commit and not 0) series.Committed(commit, inWindow);

                if (inWindow) Count(record, i, series);
            }

            for (var i = schedule.WarmUpCount; i < due; i++)
            {
                if (record.CommitNs(i) is long commit and not 0) series.Latency(commit, commit - schedule.TimeNs(i));
            }

            Rows = series.ToRows();
            LastNs = last;
        }

        /// <summary>The window's end or the last commit, whichever is later.</summary>
        public long LastNs { get; }

        public Histogram Latency { get; } = new();

        public Histogram Service { get; } = new();

        public Histogram Lag { get; } = new();

        public ImmutableArray<TimeSeriesRow> Rows { get; }

        public long CommittedInWindow { get; private set; }

        public long WarmUpCommittedInWindow { get; private set; }

        public long Committed { get; private set; }

        public long Rejected { get; private set; }

        public long Lost { get; private set; }

        public long ObservedElsewhere { get; private set; }

        public long RejectedButCommitted { get; private set; }

        public long NeverSent { get; }

        private void CountCommit(long commit, bool warmUp, long start, long end)
        {
            if (commit != 0 && commit >= start && commit < end)
            {
                CommittedInWindow++;
                WarmUpCommittedInWindow += warmUp ? 1 : 0;
            }
        }

        private void Count(LoadRecord record, int sequence, TimeSeries series)
        {
            var (due, sent, commit) = (record.Schedule.TimeNs(sequence), record.SentNs(sequence), record.CommitNs(sequence));
            series.Scheduled(due);
            if (sent != 0)
            {
                series.Sent(sent);
                Lag.Record(sent - due);
            }

            if (commit != 0)
            {
                Committed++;
                ObservedElsewhere += record.IsObservedElsewhere(sequence) ? 1 : 0;
                RejectedButCommitted += record.IsRejected(sequence) ? 1 : 0;
                Latency.Record(commit - due);
                Service.Record(commit - (sent == 0 ? due : sent));
            }
            else if (record.IsRejected(sequence))
            {
                Rejected++;
                series.Rejected(sent);
            }
            else if (sent != 0)
            {
                Lost++;
            }
        }
    }
}
