using System.Runtime.InteropServices;

namespace Mysticeti.Runner.Load;

/// <summary>
/// Sleeps with the kernel's high-resolution timer, about 60 µs precise, where there is one: neither the milliseconds of
/// Thread.Sleep nor a spinning processor, which the nodes on this machine would miss.
/// </summary>
public static class Pacer
{
    public static void Sleep(long ns)
    {
        if (ns <= 0)
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            Thread.Sleep((int)Math.Max(1, ns / 1_000_000));
            return;
        }

        var duration = new TimeSpec { Seconds = (nint)(ns / 1_000_000_000), Nanoseconds = (nint)(ns % 1_000_000_000) };
        // A signal ends it early; the caller looks at the clock anyway.
        _ = NanoSleep(in duration, 0);
    }

    [DllImport("libc", EntryPoint = "nanosleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int NanoSleep(in TimeSpec duration, nint remaining);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
