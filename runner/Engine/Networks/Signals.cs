using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Mysticeti.Engine.Networks;

/// <summary>Asks processes to end, and makes them end.</summary>
internal static partial class Signals
{
    private const int SigTerm = 15;

    // Not in POSIX, which leaves the numbers open: Linux (but for MIPS and Alpha) has other ones than the BSDs and macOS.
    private static readonly int SigStop = OperatingSystem.IsLinux() ? 19 : 17;
    private static readonly int SigCont = OperatingSystem.IsLinux() ? 18 : 19;

    /// <summary>Asks the process to end in an orderly way. Windows knows no such request; there nothing happens.</summary>
    public static void Terminate(int pid)
    {
        if (!OperatingSystem.IsWindows()) _ = Kill(pid, SigTerm);
    }

    /// <summary>Ends the process now; does nothing where it has ended already.</summary>
    public static void Kill(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            process.Kill();
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It ended by itself in between.
        }
    }

    /// <summary>Stops the process until it is told to continue. Not on Windows.</summary>
    public static void Freeze(int pid) => _ = Kill(pid, SigStop);

    /// <summary>Lets a frozen process go on. Does nothing on Windows.</summary>
    public static void Continue(int pid)
    {
        if (!OperatingSystem.IsWindows()) _ = Kill(pid, SigCont);
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int pid, int signal);
}
