using System.Runtime.InteropServices;

namespace Mysticeti.Engine.Load;

/// <summary>
/// Sleeps with the kernel's high-resolution timer, about 60 µs precise, where there is one: neither the milliseconds of
/// Thread.Sleep nor a spinning processor, which the nodes on this machine would miss.
/// </summary>
public static class Pacer
{
    public static void Sleep(long ns)
    {
        if (ns <= 0) return;

        if (OperatingSystem.IsWindows())
        {
            Thread.Sleep((int)Math.Max(1, ns / 1_000_000));
            return;
        }

        var duration = new TimeSpec(ns);
        // A signal ends it early; the caller looks at the clock anyway.
        _ = NanoSleep(in duration, 0);
    }

    /// <summary>
    /// Asks that the calling thread be woken on time, and before everything else that shares its processors, where the system permits
    /// that; it takes a few percent of one. Without permission nothing changes.
    /// </summary>
    /// <returns>The priority that it has now, for people.</returns>
    public static string PreferThisThread()
    {
        if (!OperatingSystem.IsLinux()) return "normal";

        // By default the kernel may let a sleep last 50 µs longer, to wake several sleepers at once.
        _ = SetProcessAttribute(TimerSlack, 1_000, 0, 0, 0);
        return SetScheduler(CallingThread, RoundRobin, LowestRealTime) == 0 ? "real-time"
            : SetPriority(PriorityOfProcess, CallingThread, Preferred) == 0 ? $"nice {Preferred}"
            : "normal";
    }

    /// <summary>The priority that <see cref="PreferThisThread"/> gives a thread of this process.</summary>
    public static string PermittedPriority()
    {
        var permitted = "";
        var probe = new Thread(() => permitted = PreferThisThread());
        probe.Start();
        probe.Join();
        return permitted;
    }

    private const int RoundRobin = 2;
    private const int LowestRealTime = 1;
    private const int PriorityOfProcess = 0;
    private const uint CallingThread = 0;
    private const int Preferred = -10;
    private const int TimerSlack = 29;

    /// <summary>Above nice values: a nice one still has to wait for its turn on a busy machine, some milliseconds at a time.</summary>
    [DllImport("libc", EntryPoint = "sched_setscheduler")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetScheduler(uint thread, int policy, in int priority);

    [DllImport("libc", EntryPoint = "setpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetPriority(int which, uint who, int priority);

    [DllImport("libc", EntryPoint = "prctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetProcessAttribute(int option, nuint value, nuint unused3, nuint unused4, nuint unused5);

    [DllImport("libc", EntryPoint = "nanosleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int NanoSleep(in TimeSpec duration, nint remaining);

    /// <summary>A duration as the C library takes it.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal readonly struct TimeSpec(long ns)
    {
        public readonly nint Seconds = (nint)(ns / 1_000_000_000);
        public readonly nint Nanoseconds = (nint)(ns % 1_000_000_000);
    }
}
