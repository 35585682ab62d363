using Mysticeti.Engine.Console;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Measurement;

namespace Mysticeti.Engine.Benchmark;

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
        var now = clock.NowNs;
        if (now - _lastNs < _intervalNs) return;

        var (committed, latency) = (record.CommittedCount, record.LatencySumNs);
        var more = committed - _committed;
        var schedule = record.Schedule;
        var measuring = now >= schedule.WindowStartNs && now < schedule.WindowEndNs;
        var phase = measuring ? $"{(now - schedule.WindowStartNs) / 1_000_000_000}s of {Figures.Plain((schedule.WindowEndNs - schedule.WindowStartNs) / 1e9)}s"
            : now < schedule.WindowStartNs ? "warm-up"
            : "drain";
        var left = measuring ? $"{(schedule.WindowEndNs - now + 999_999_999) / 1_000_000_000}s" : "-";
        var rate = Figures.Plain(more * 1e9 / (now - _lastNs));
        var mean = more > 0 ? Figures.Ms((latency - _latencySumNs) / 1e6 / more) : "-";
        var inFlight = $"{Math.Max(0, record.SentCount - committed - record.RejectedCount)}";
        var table = new TextTable("Elapsed", ">Left", ">Committed tx/s", ">Mean latency", ">In flight", ">Rejected");
        table.Add(phase, left, rate, mean, inFlight, $"{record.RejectedCount}");
        screen.Progress($"  {phase}: {rate} tx/s committed, mean latency {mean}, in flight {inFlight}, rejected {record.RejectedCount}", table);
        (_lastNs, _committed, _latencySumNs) = (now, committed, latency);
    }
}
