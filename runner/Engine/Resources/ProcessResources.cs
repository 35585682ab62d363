using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Mysticeti.Engine.Resources;

/// <summary>
/// Reads what processes of this machine use: processor time and memory everywhere, storage where there is a Linux /proc. What a process
/// sends and receives is not known of a process alone.
/// </summary>
/// <param name="pids">The process of each node at this moment, by position; null where it is down.</param>
public sealed class ProcessResources(Func<IReadOnlyList<int?>> pids) : INodeResources
{
    /// <inheritdoc/>
    public string Note => "what a process receives and sends is not known: the operating system counts that for the machine as a whole";

    /// <inheritdoc/>
    public Task<IReadOnlyList<ResourceCounters?>> ReadAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<ResourceCounters?>>([.. pids().Select(Read)]);

    private static ResourceCounters? Read(int? pid)
    {
        if (pid is not int id) return null;

        try
        {
            using var process = Process.GetProcessById(id);
            var (read, written) = ReadStorage(id);
            return new ResourceCounters(process.TotalProcessorTime.TotalSeconds, process.WorkingSet64, read, written, null, null);
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // It has ended.
            return null;
        }
    }

    /// <summary>proc(5), /proc/PID/io: read_bytes and write_bytes are those that reached the storage layer.</summary>
    private static (long? Read, long? Written) ReadStorage(int pid)
    {
        try
        {
            if (!OperatingSystem.IsLinux()) return (null, null);

            var lines = File.ReadAllLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/io"));
            return (Value(lines, "read_bytes: "), Value(lines, "write_bytes: "));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return (null, null);
        }
    }

    private static long? Value(string[] lines, string name) =>
        Array.Find(lines, l => l.StartsWith(name, StringComparison.Ordinal)) is { } line && long.TryParse(line.AsSpan(name.Length), CultureInfo.InvariantCulture, out var value)
            ? value
            : null;
}
