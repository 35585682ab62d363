using System.Diagnostics;
using System.Globalization;

namespace Mysticeti.Engine.Networks;

/// <summary>
/// A process id with the moment at which its process started: numbers are given out again, so that a number alone may
/// name a stranger's process by now.
/// </summary>
/// <param name="Pid">Process id.</param>
/// <param name="Started">Compared as text only: on Linux the boot's id and the kernel's own start tick, elsewhere the start time in UTC.</param>
internal sealed record ProcessIdentity(int Pid, string Started)
{
    public static ProcessIdentity OfCurrent() => Of(Environment.ProcessId) ?? throw new InvalidOperationException("this process cannot be read");

    /// <summary>Null where no such process runs.</summary>
    public static ProcessIdentity? Of(int pid) => StartedAt(pid) is { } started ? new ProcessIdentity(pid, started) : null;

    /// <summary>Whether exactly this process still runs.</summary>
    public bool IsAlive() => StartedAt(Pid) == Started;

    private static string? StartedAt(int pid) => OperatingSystem.IsLinux() ? LinuxStart(pid) : PortableStart(pid);

    private static string? LinuxStart(int pid)
    {
        try
        {
            // proc(5): "pid (name) state ppid ...", the start tick in field 22. The name may hold anything, so count behind its end.
            var stat = File.ReadAllText($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var hasEnded = fields[0] is "Z" or "X";
            return hasEnded ? null : $"{File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim()}/{fields[19]}";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? PortableStart(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return process.HasExited ? null : process.StartTime.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
