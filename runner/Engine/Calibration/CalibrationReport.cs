using System.Collections.Immutable;
using System.Text.Json;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Measurement;

namespace Mysticeti.Engine.Calibration;

/// <summary>What <c>calibrate</c> found; the last one of a working directory is kept there, so that verdicts can cite it.</summary>
public sealed record CalibrationReport
{
    public required DateTimeOffset At { get; init; }

    public required int Cores { get; init; }

    /// <summary>Of the threads that send and answer.</summary>
    public string? Priority { get; init; }

    public ImmutableArray<Calibration> Modes { get; init; } = [];

    /// <summary>wrk at single mode's connections; null when it was not asked for.</summary>
    public WrkResult? Wrk { get; init; }

    private const string FileName = "calibration.json";

    internal void Save(Shell shell)
    {
        try
        {
            var path = PathOf(shell.NetworksDirectory);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, JsonSerializer.Serialize(this, ReportJson.Options));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A directory that cannot be written to is no reason to fail: the figures were printed.
        }
    }

    /// <summary>One line about a mode in this working directory's calibration; null where there is none.</summary>
    public static string? Cite(SubmissionMode mode)
    {
        try
        {
            var path = PathOf(Shell.DefaultNetworksDirectory);
            var report = File.Exists(path) ? JsonSerializer.Deserialize<CalibrationReport>(File.ReadAllText(path), ReportJson.Options) : null;
            return report?.Modes.FirstOrDefault(m => m.Mode == mode) is { } found
                ? FormattableString.Invariant($"calibrated {report.At.UtcDateTime:yyyy-MM-dd HH:mm} UTC, {mode.ToString().ToLowerInvariant()} mode, {found.TransactionSize} bytes: ")
                    + FormattableString.Invariant($"at most {found.Capacity:0} tx/s, p99 lag {Figures.Ms(found.LagP99Ms)} at {found.PacedLoad} tx/s")
                : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private static string PathOf(string networksDirectory) => Path.Combine(Path.GetDirectoryName(networksDirectory) ?? ".", FileName);
}
