using Mysticeti.Runner.Load;
using Mysticeti.Runner.Measurement;
using Mysticeti.Runner.Reports;

namespace Mysticeti.Runner.Benchmark;

/// <summary>Says once a second on a terminal, and every five seconds elsewhere, how a load goes.</summary>
internal sealed class LiveProgress(Screen screen, LoadRecord record, LoadClock clock)
{
    private readonly long _intervalNs = screen.IsTerminal ? 1_000_000_000 : 5_000_000_000;
    private long _lastNs;
    private long _committed;
    private long _latencySumNs;

    /// <summary>Shows a line when it is time.</summary>
    public void Tick()
    {
        long now = clock.NowNs;
        if (now - _lastNs < _intervalNs)
        {
            return;
        }

        (long committed, long latency) = (record.CommittedCount, record.LatencySumNs);
        long more = committed - _committed;
        Schedule schedule = record.Schedule;
        bool measuring = now >= schedule.WindowStartNs && now < schedule.WindowEndNs;
        string phase = measuring ? $"{(now - schedule.WindowStartNs) / 1_000_000_000}s of {Figures.Plain((schedule.WindowEndNs - schedule.WindowStartNs) / 1e9)}s"
            : now < schedule.WindowStartNs ? "warm-up"
            : "drain";
        string left = measuring ? $"{(schedule.WindowEndNs - now + 999_999_999) / 1_000_000_000}s" : "-";
        string rate = Figures.Plain(more * 1e9 / (now - _lastNs));
        string mean = more > 0 ? Figures.Ms((latency - _latencySumNs) / 1e6 / more) : "-";
        string inFlight = $"{Math.Max(0, record.SentCount - committed - record.RejectedCount)}";
        var table = new TextTable("Elapsed", ">Left", ">Committed tx/s", ">Mean latency", ">In flight", ">Rejected");
        table.Add(phase, left, rate, mean, inFlight, $"{record.RejectedCount}");
        screen.Progress($"  {phase}: {rate} tx/s committed, mean latency {mean}, in flight {inFlight}, rejected {record.RejectedCount}", table);
        (_lastNs, _committed, _latencySumNs) = (now, committed, latency);
    }
}
