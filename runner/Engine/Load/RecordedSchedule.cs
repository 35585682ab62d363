using System.Collections.Immutable;
using System.Globalization;
using Mysticeti.Engine.Console;

namespace Mysticeti.Engine.Load;

/// <summary>
/// Reads a recorded schedule: a line for each transaction that begins with its time in seconds, ascending; what follows a comma is
/// not read. Empty lines, lines that begin with # and one line of titles are passed over.
/// </summary>
internal static class RecordedSchedule
{
    /// <summary>Times in nanoseconds; the first is the zero.</summary>
    /// <exception cref="UsageException">The file cannot be read, or is no schedule: file, line and reason.</exception>
    public static ImmutableArray<long> Read(string path)
    {
        var times = ImmutableArray.CreateBuilder<long>();
        double first = 0;
        var number = 0;
        try
        {
            foreach (var line in File.ReadLines(path))
            {
                number++;
                var text = line.Split(',')[0].Trim();
                if (text.Length == 0 || text[0] == '#') continue;

                if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) || !double.IsFinite(seconds))
                {
                    if (times.Count == 0 && number == 1) continue;

                    throw new UsageException($"{path}, line {number}: {Values.OneLine(text)} is no time in seconds");
                }

                first = times.Count == 0 ? seconds : first;
                Add(times, (long)Math.Round((seconds - first) * 1e9), path, number);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"the recorded schedule {path} cannot be read: {error.Message}");
        }

        return times.Count > 0 ? times.ToImmutable() : throw new UsageException($"{path} holds no times; a recorded schedule has a time in seconds in each line");
    }

    private static void Add(ImmutableArray<long>.Builder times, long ns, string path, int line)
    {
        if (ns < 0 || (times.Count > 0 && ns < times[^1])) throw new UsageException($"{path}, line {line}: the times must ascend");

        if (times.Count == Schedule.MostTransactions)
        {
            throw new UsageException(FormattableString.Invariant($"{path} holds more than {Schedule.MostTransactions:N0} times, the most of one measurement"));
        }

        times.Add(ns);
    }
}
