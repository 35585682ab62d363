using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;
using Mysticeti.Engine.Console;

namespace Mysticeti.Engine.Load;

/// <summary>How the offered load changes within the measured window.</summary>
public enum ShapeKind
{
    /// <summary>It does not.</summary>
    Constant,

    /// <summary>It rises in a straight line to the load.</summary>
    Ramp,

    /// <summary>It rises to the load in equal steps of equal length.</summary>
    Steps,

    /// <summary>Beside the load, a multiple of it for a while, again and again.</summary>
    Bursts,

    /// <summary>Transactions are due when a recorded schedule says so.</summary>
    Replay,
}

/// <summary>
/// A shape as data: stretches of the window over which the load goes in a straight line from one multiple of its nominal value to
/// another, or a recorded schedule.
/// </summary>
public sealed record LoadShape
{
    private const int MostSteps = 100;

    /// <summary>The nominal load all the time.</summary>
    public static LoadShape Constant { get; } = new() { Text = "constant" };

    /// <summary>As it is written on the command line.</summary>
    public required string Text { get; init; }

    public ShapeKind Kind { get; init; }

    /// <summary>Share of the load that a ramp begins with, 0 or more.</summary>
    public double From { get; init; }

    public int Steps { get; init; } = 1;

    /// <summary>What a burst multiplies the load by.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>Seconds from the start of a burst to that of the next.</summary>
    public double EverySeconds { get; init; }

    /// <summary>Length of a burst in seconds.</summary>
    public double BurstSeconds { get; init; }

    /// <summary>Recorded times in nanoseconds since the window's start, ascending.</summary>
    [JsonIgnore]
    public ImmutableArray<long> Recorded { get; init; } = [];

    /// <summary>Reads <c>constant</c>, <c>ramp[:FROM]</c>, <c>steps:N</c>, <c>bursts:FACTOR,EVERY,LENGTH</c> or <c>replay:FILE</c>.</summary>
    /// <returns>Null where the text is none of them.</returns>
    /// <exception cref="UsageException">The recorded schedule cannot be read.</exception>
    public static LoadShape? Parse(string text)
    {
        var parts = text.Split(':', 2);
        var value = parts.Length > 1 ? parts[1] : "";
        var figures = Numbers(value);
        return (parts[0], figures) switch
        {
            ("constant", []) => Constant,
            ("ramp", []) => new LoadShape { Text = text, Kind = ShapeKind.Ramp },
            ("ramp", [var from]) when from <= 100 => new LoadShape { Text = text, Kind = ShapeKind.Ramp, From = from },
            ("steps", [var steps]) when steps is >= 1 and <= MostSteps && steps == Math.Floor(steps)
                => new LoadShape { Text = text, Kind = ShapeKind.Steps, Steps = (int)steps },
            ("bursts", [var factor, var every, var length]) when factor is > 0 and <= 1000 && every >= 0.1 && length > 0 && length < every
                => new LoadShape { Text = text, Kind = ShapeKind.Bursts, Factor = factor, EverySeconds = every, BurstSeconds = length },
            ("replay", _) when value.Length > 0 => new LoadShape { Text = text, Kind = ShapeKind.Replay, Recorded = RecordedSchedule.Read(value) },
            _ => null,
        };
    }

    /// <summary>The stretches of a window of some length; a replay has none.</summary>
    internal IEnumerable<Stretch> Over(double seconds)
    {
        switch (Kind)
        {
            case ShapeKind.Ramp:
                yield return new Stretch(seconds, From, 1);
                break;
            case ShapeKind.Steps:
                for (var step = 1; step <= Steps; step++)
                {
                    yield return new Stretch(seconds / Steps, (double)step / Steps, (double)step / Steps);
                }

                break;
            case ShapeKind.Bursts:
                for (double at = 0; at < seconds; at += EverySeconds)
                {
                    yield return new Stretch(Math.Min(BurstSeconds, seconds - at), Factor, Factor);
                    if (at + BurstSeconds < seconds) yield return new Stretch(Math.Min(EverySeconds, seconds - at) - BurstSeconds, 1, 1);
                }

                break;
            case ShapeKind.Constant:
                yield return new Stretch(seconds, 1, 1);
                break;
        }
    }

    /// <summary>Transactions of the window over those that the nominal load would have.</summary>
    internal double MeanFactor(double seconds, int load) => Kind == ShapeKind.Replay
        ? Recorded.Length / (load * seconds)
        : Over(seconds).Sum(s => s.Seconds * (s.From + s.To) / 2) / seconds;

    private static double[]? Numbers(string text)
    {
        if (text.Length == 0) return [];

        var words = text.Split(',');
        var numbers = new double[words.Length];
        for (var i = 0; i < words.Length; i++)
        {
            if (!double.TryParse(words[i], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out numbers[i])) return null;
        }

        return numbers;
    }

    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <param name="Seconds">Length.</param>
/// <param name="From">Multiple of the nominal load at its start.</param>
/// <param name="To">The same at its end.</param>
internal readonly record struct Stretch(double Seconds, double From, double To)
{
    /// <summary>
    /// When the expected number of arrivals since the stretch began reaches <paramref name="arrivals"/>: the inverse of
    /// <c>load · (From·t + (To - From)·t² / (2·Seconds))</c>.
    /// </summary>
    public double TimeOf(double arrivals, int load)
    {
        var rate = load * From;
        var slope = load * (To - From) / Seconds;
        // The form that loses no digits, whichever of the two terms is the small one.
        return arrivals <= 0 ? 0 : 2 * arrivals / (rate + Math.Sqrt(Math.Max(0, (rate * rate) + (2 * slope * arrivals))));
    }

    /// <summary>Expected arrivals of the whole stretch.</summary>
    public double Arrivals(int load) => load * Seconds * (From + To) / 2;
}
