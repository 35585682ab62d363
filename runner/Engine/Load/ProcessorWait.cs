using System.Globalization;

namespace Mysticeti.Engine.Load;

/// <summary>How long threads were ready to run while others had the processors: what a busy machine takes from a process.</summary>
internal static class ProcessorWait
{
    /// <summary>Of all present threads of a process, since each of them began; null where the system does not tell (Linux does, in <c>schedstat</c>).</summary>
    public static TimeSpan? Of(int processId)
    {
        try
        {
            // Nanoseconds on a processor, nanoseconds ready and waiting for one, number of turns.
            var ns = Directory.EnumerateDirectories($"/proc/{processId}/task")
                .Sum(thread => long.Parse(File.ReadAllText(Path.Combine(thread, "schedstat")).Split(' ')[1], CultureInfo.InvariantCulture));
            return TimeSpan.FromTicks(ns / TimeSpan.NanosecondsPerTick);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
        {
            // Another system, or a thread that ended just now.
            return null;
        }
    }
}
