using System.Collections.Immutable;
using Mysticeti.Engine.Console;

namespace Mysticeti.Engine.Reports;

/// <summary>What one validator's log says of a run: how often it started, and what it complained of.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Starts">Times that it began to serve; more than one: it was started again.</param>
/// <param name="Warnings">Lines of that level.</param>
/// <param name="Errors">Lines of the levels error and critical, and ends by an error or an unhandled exception.</param>
/// <param name="FirstError">The first such line.</param>
/// <param name="Equivocations">Lines about authorities that signed two blocks in a round.</param>
public sealed record LogEvidence(string Node, int Starts, int Warnings, int Errors, string? FirstError, int Equivocations)
{
    private const string Started = " serves RPC on ", Equivocated = " equivocated ";

    /// <summary>How the last line begins of a validator that gives up.</summary>
    private const string GaveUp = "error: ";

    private static readonly ImmutableArray<string> ErrorMarks = [" fail: ", " crit: ", "Unhandled exception", "Fatal error", "Process terminated"];

    /// <summary>Searches every log of a directory, as <c>INetwork.CollectLogsAsync</c> leaves it.</summary>
    public static ImmutableArray<LogEvidence> Search(string directory) => !Directory.Exists(directory)
        ? []
        : [.. Directory.EnumerateFiles(directory, "*.log").Order(StringComparer.Ordinal).Select(file => Of(Path.GetFileNameWithoutExtension(file), File.ReadLines(file)))];

    public static LogEvidence Of(string node, IEnumerable<string> lines)
    {
        var evidence = new LogEvidence(node, 0, 0, 0, null, 0);
        foreach (var line in lines)
        {
            var isError = line.StartsWith(GaveUp, StringComparison.Ordinal) || ErrorMarks.Any(mark => line.Contains(mark, StringComparison.Ordinal));
            evidence = evidence with
            {
                Starts = evidence.Starts + (line.Contains(Started, StringComparison.Ordinal) ? 1 : 0),
                Warnings = evidence.Warnings + (line.Contains(" warn: ", StringComparison.Ordinal) ? 1 : 0),
                Errors = evidence.Errors + (isError ? 1 : 0),
                FirstError = evidence.FirstError ?? (isError ? Values.OneLine(line) : null),
                Equivocations = evidence.Equivocations + (line.Contains(Equivocated, StringComparison.Ordinal) ? 1 : 0),
            };
        }

        return evidence;
    }

    /// <summary>One line for all logs, and one for each validator that had something to say.</summary>
    public static IEnumerable<string> Lines(IReadOnlyCollection<LogEvidence> logs)
    {
        if (logs.Count == 0) yield break;
        yield return $"Logs: {logs.Count} searched, {logs.Sum(log => log.Errors)} errors, {logs.Sum(log => log.Warnings)} warnings, "
            + $"{logs.Sum(log => Math.Max(0, log.Starts - 1))} restarts, {logs.Sum(log => log.Equivocations)} equivocations noticed";
        foreach (var log in logs.Where(log => log.FirstError is not null)) yield return $"  {log.Node}: {log.Errors} errors, the first: {log.FirstError}";
    }
}
