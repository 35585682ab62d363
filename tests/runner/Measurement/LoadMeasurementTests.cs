using Mysticeti.Engine.Load;
using Mysticeti.Engine.Measurement;
using Mysticeti.Engine.Observation;

namespace Mysticeti.Runner.Tests.Measurement;

/// <summary>Figures from a record that is written by hand: 100 tx/s, 1 s of warm-up (sequences 0 to 99), a window of 2 s (100 to 299).</summary>
public sealed class LoadMeasurementTests
{
    private const long Ms = 1_000_000;

    private readonly Schedule _schedule = Schedule.Create(Arrival.Constant, 100, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), 1);
    private readonly LoadRecord _record;

    public LoadMeasurementTests() => _record = new LoadRecord(_schedule, 4);

    [Fact]
    public void Latency_runs_from_the_schedule_service_from_the_sending_and_lag_between()
    {
        SendAll(lagMs: 3);
        CommitAll(latencyMs: 50);
        var result = Compute();
        Assert.Equal(200, result.Ledger.Committed);
        Assert.Equal(50, result.Latency.MeanMs!.Value, 1e-9);
        Assert.Equal(0, result.Latency.StandardDeviationMs!.Value, 1e-6);
        Assert.Equal(50, result.Latency.P99.Ms!.Value, 0.06);
        Assert.Equal(47, result.Service.P50.Ms!.Value, 0.06);
        Assert.Equal(3, result.Lag.P99.Ms!.Value, 0.06);
        Assert.Equal(VerdictStatus.Valid, result.Verdict.Status);
    }

    /// <summary>
    /// The frozen server: nothing is committed from second 10 to 12 of 20 at 1,000 tx/s. Of 20,000 transactions the 200 slowest are those
    /// due in the first 0.2 s of the stall, so the p99 is 1.8 s. A tool that waits for answers would have seen a few slow ones of 18,000.
    /// </summary>
    [Fact]
    public void A_server_that_stalls_for_2_s_of_20_shows_a_p99_of_1800_ms()
    {
        var schedule = Schedule.Create(Arrival.Constant, 1_000, TimeSpan.Zero, TimeSpan.FromSeconds(20), 1);
        var record = new LoadRecord(schedule, 4);
        for (var i = 0; i < schedule.Count; i++)
        {
            var due = schedule.TimeNs(i);
            record.Sent(i, due);
            record.Committed(i, record.Targets.NodeOf(i), due >= 10_000 * Ms && due < 12_000 * Ms ? 12_000 * Ms : due + (2 * Ms));
        }

        var result = LoadMeasurement.Compute(EvidenceOf(record, 0, schedule.Count, schedule.WindowEndNs), 1, 1_000, 1);
        Assert.Equal(1_800, result.Latency.P99.Ms!.Value, 3.0);
        Assert.Equal(2, result.Latency.P50.Ms!.Value, 0.01);
        Assert.Equal(2_000, result.Latency.MaxMs!.Value, 0.01);
        Assert.Equal(1_000, result.Throughput!.Value, 0.5);
        Assert.Equal(VerdictStatus.Valid, result.Verdict.Status);
    }

    [Fact]
    public void In_a_steady_state_throughput_is_the_load()
    {
        SendAll();
        CommitAll(latencyMs: 500);
        var result = Compute();
        Assert.Equal((200, 50), (result.CommittedInWindow, result.WarmUpCommittedInWindow));
        Assert.Equal((100, 1), (result.Throughput, result.Efficiency));
        Assert.Equal([100, 100, 50], result.TimeSeries.Select(r => r.Committed));
        Assert.Equal([100, 100, 0], result.TimeSeries.Select(r => r.Scheduled));
        Assert.Equal(500, result.TimeSeries[2].P50Ms);
    }

    [Fact]
    public void A_backlog_of_the_warm_up_does_not_count_above_what_was_offered()
    {
        SendAll();
        for (var i = 0; i < _schedule.Count; i++) _record.Committed(i, i % 4, Math.Max(_schedule.TimeNs(i), 1200 * Ms) + Ms);

        var result = Compute();
        Assert.Equal((300, 100), (result.CommittedInWindow, result.WarmUpCommittedInWindow));
        Assert.Equal(100, result.Throughput);
    }

    [Fact]
    public void A_growing_backlog_of_the_window_lowers_throughput()
    {
        SendAll();
        for (var i = 0; i < _schedule.Count; i++) _record.Committed(i, i % 4, 2 * _schedule.TimeNs(i) + 1);

        var result = Compute();
        Assert.Equal(200, result.Ledger.Committed);
        Assert.Equal(50, result.Throughput!.Value, 0.51);
    }

    [Fact]
    public void Unsent_ones_are_counted_by_the_generator_and_lie_in_the_tail()
    {
        for (var i = 0; i < 290; i++) _record.Sent(i, _schedule.TimeNs(i) + 1);

        CommitAll(latencyMs: 10, end: 290);
        var result = Compute(unsent: 10);
        Assert.True(result.Ledger.Balanced);
        Assert.Equal((190, 10), (result.Ledger.Sent, result.Ledger.Unsent));
        Assert.Equal(VerdictStatus.Invalid, result.Verdict.Status);
        Assert.Null(result.Latency.P99.Ms);
        Assert.False(Compute(unsent: 9).Ledger.Balanced);
    }

    [Fact]
    public void A_commit_of_what_was_never_sent_is_foreign_and_unbalances_the_ledger()
    {
        SendAll(end: 299);
        CommitAll(latencyMs: 10);
        var result = Compute(unsent: 1);
        Assert.Equal(1, result.Safety.Foreign);
        Assert.False(result.Ledger.Balanced);
    }

    [Fact]
    public void A_run_that_was_cut_off_counts_what_was_due_until_then()
    {
        SendAll(end: 250);
        CommitAll(latencyMs: 10, end: 250);
        var result = Compute(due: 250, stoppedNs: 2500 * Ms);
        Assert.Equal((150, 150), (result.Ledger.Scheduled, result.Ledger.Committed));
        Assert.Equal(1.5, result.WindowSeconds);
        Assert.Equal(100, result.Throughput!.Value, 1);

        var early = Compute(due: 40, stoppedNs: 400 * Ms);
        Assert.Equal((0, 0), (early.Ledger.Scheduled, early.WindowSeconds));
        Assert.Null(early.Throughput);
    }

    [Fact]
    public void The_own_node_counts_before_an_earlier_report_of_another()
    {
        SendAll();
        CommitAll(latencyMs: 50);
        _record.Committed(200, 1, _schedule.TimeNs(200) + 5 * Ms);
        Assert.Equal(_schedule.TimeNs(200) + 50 * Ms, _record.CommitNs(200));
        Assert.Equal(0, Compute().Ledger.ObservedElsewhere);
    }

    private void SendAll(int lagMs = 0, int end = 300)
    {
        for (var i = 0; i < end; i++) _record.Sent(i, _schedule.TimeNs(i) + lagMs * Ms + 1);
    }

    private void CommitAll(int latencyMs, int end = 300)
    {
        for (var i = 0; i < end; i++) _record.Committed(i, i % 4, _schedule.TimeNs(i) + latencyMs * Ms);
    }

    private LoadResult Compute(long unsent = 0, int due = 300, long stoppedNs = 3000 * Ms) => LoadMeasurement.Compute(EvidenceOf(_record, unsent, due, stoppedNs), 1, 100, 1);

    private static LoadEvidence EvidenceOf(LoadRecord record, long unsent, int due, long stoppedNs)
    {
        var clock = new LoadClock(TimeProvider.System);
        var factory = new TransactionFactory(TransactionType.Opaque, 32, 1, 1, 1, record.Schedule, clock);
        return new LoadEvidence
        {
            Record = record,
            Clock = clock,
            DueCount = due,
            WindowUnsent = unsent,
            StoppedNs = stoppedNs,
            Digests = new SafetyAudit(["node0"]).Conclude(),
            Tallies = [new CommitLedger(0, "node0", factory, record, new SafetyAudit(["node0"])).Tally(true, 0, null)],
            Instrument = new InstrumentUse(0, 0, null, 0),
        };
    }
}
