using System.Diagnostics;
using System.Globalization;

namespace Mysticeti.Engine.Load;

/// <summary>Takes what the runner and its machine use between two moments.</summary>
public sealed class InstrumentMeter
{
    private readonly TimeSpan _cpu = Environment.CpuUsage.TotalTime;
    private readonly TimeSpan? _wait = ProcessorWait.Of(Environment.ProcessId);
    private readonly TimeSpan _gc = GC.GetTotalPauseDuration();
    private readonly (long Busy, long All)? _machine = ReadMachine();

    private InstrumentMeter()
    {
    }

    public static InstrumentMeter Start() => new();

    /// <summary>Collects what earlier loads left behind, so that it is not collected during the next one.</summary>
    public static void Settle() => GC.Collect();

    public InstrumentUse Stop()
    {
        using var self = Process.GetCurrentProcess();
        return new InstrumentUse(
            (Environment.CpuUsage.TotalTime - _cpu).TotalSeconds,
            (GC.GetTotalPauseDuration() - _gc).TotalMilliseconds,
            _machine is { } before && ReadMachine() is { } after && after.All > before.All
                ? (double)(after.Busy - before.Busy) / (after.All - before.All)
                : null,
            self.PeakWorkingSet64)
        {
            ProcessorWaitMs = (ProcessorWait.Of(Environment.ProcessId) - _wait)?.TotalMilliseconds,
        };
    }

    /// <summary>The first line of /proc/stat: user nice system idle iowait irq softirq steal ...</summary>
    private static (long Busy, long All)? ReadMachine()
    {
        try
        {
            if (!OperatingSystem.IsLinux()) return null;

            using var reader = new StreamReader("/proc/stat");
            long[] times = [.. (reader.ReadLine() ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8)
                .Select(t => long.Parse(t, CultureInfo.InvariantCulture))];
            return times.Length < 5 ? null : (times.Sum() - times[3] - times[4], times.Sum());
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            return null;
        }
    }
}
