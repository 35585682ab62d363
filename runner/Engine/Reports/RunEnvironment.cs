using System.Reflection;
using System.Runtime.InteropServices;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Plan;

namespace Mysticeti.Engine.Reports;

/// <summary>Where and with what a run was measured: what a reader needs to judge it or do it again.</summary>
public sealed record RunEnvironment
{
    public required string Machine { get; init; }

    public required int Cores { get; init; }

    public required string? Cpu { get; init; }

    public required long MemoryBytes { get; init; }

    /// <summary>Of the thread that sends, as far as the system permits: <c>real-time</c>, <c>nice -10</c> or <c>normal</c>; null where nothing is sent.</summary>
    public string? GeneratorPriority { get; init; }

    public required string Os { get; init; }

    public required string Kernel { get; init; }

    public required string Architecture { get; init; }

    public required string Dotnet { get; init; }

    public required string RunnerVersion { get; init; }

    /// <summary>Of the source that the runner was built from; null when the build did not know.</summary>
    public required string? GitCommit { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>Hex, as in the header of each transaction (little-endian there).</summary>
    public required string RunId { get; init; }

    public required string CommandLine { get; init; }

    public required BenchmarkSettings Settings { get; init; }

    public static RunEnvironment Capture(BenchmarkSettings settings, ulong runId)
    {
        var version = typeof(RunEnvironment).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
        var parts = version.Split('+', 2);
        return new RunEnvironment
        {
            Machine = Environment.MachineName,
            Cores = Environment.ProcessorCount,
            Cpu = CpuModel(),
            MemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            GeneratorPriority = Pacer.PermittedPriority(),
            Os = RuntimeInformation.OSDescription,
            Kernel = Environment.OSVersion.VersionString,
            Architecture = RuntimeInformation.ProcessArchitecture.ToString(),
            Dotnet = RuntimeInformation.FrameworkDescription,
            RunnerVersion = parts[0],
            GitCommit = parts.Length > 1 ? parts[1] : null,
            Seed = settings.Seed,
            RunId = runId.ToString("x16", System.Globalization.CultureInfo.InvariantCulture),
            CommandLine = Environment.CommandLine,
            Settings = settings,
        };
    }

    private static string? CpuModel()
    {
        try
        {
            return OperatingSystem.IsLinux()
                ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
                : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
