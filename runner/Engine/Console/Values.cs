using System.Collections.Immutable;
using System.Globalization;

namespace Mysticeti.Engine.Console;

/// <summary>
/// Readers of option values. Each gives the value or throws a <see cref="UsageException"/> that names the option, what was
/// given and what would be right.
/// </summary>
internal static class Values
{
    /// <summary>Highest load that is taken, in transactions a second.</summary>
    public const int MaxLoad = 1_000_000;

    /// <summary>Comma-separated loads in transactions a second, at least one, each from 1 to <see cref="MaxLoad"/>.</summary>
    public static ImmutableArray<int> Loads(string option, string text)
    {
        var loads = ImmutableArray.CreateBuilder<int>();
        foreach (var part in text.Split(','))
        {
            if (!int.TryParse(part.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var load) || load is < 1 or > MaxLoad)
                throw Wrong(option, part.Trim().Length == 0 ? text : part.Trim(), $"takes loads in tx/s from 1 to {MaxLoad}, separated by commas, for example 100,200,500");
            loads.Add(load);
        }

        return loads.ToImmutable();
    }

    /// <summary>A whole number from <paramref name="least"/> to <paramref name="most"/>.</summary>
    public static int Whole(string option, string text, int least, int most, string unit = "a whole number")
    {
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw Wrong(option, text, $"takes {unit} from {least} to {most}");
    }

    /// <summary>Any unsigned 64-bit number.</summary>
    public static ulong Seed(string option, string text)
    {
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Wrong(option, text, $"takes a whole number from 0 to {ulong.MaxValue}");
    }

    /// <summary>Seconds, decimals allowed, from <paramref name="least"/> to <paramref name="most"/>.</summary>
    public static TimeSpan Seconds(string option, string text, double least, double most)
    {
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        return double.TryParse(text, Style, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? TimeSpan.FromSeconds(value)
            : throw Wrong(option, text, string.Create(CultureInfo.InvariantCulture, $"takes seconds from {least} to {most}, for example 30 or 2.5"));
    }

    /// <summary>true or false.</summary>
    public static bool Boolean(string option, string text) => Choice(option, text, ("true", true), ("false", false));

    /// <summary>One of several words, in any case.</summary>
    public static T Choice<T>(string option, string text, params ReadOnlySpan<(string Word, T Value)> choices)
    {
        foreach (var (word, value) in choices)
        {
            if (word.Equals(text, StringComparison.OrdinalIgnoreCase)) return value;
        }

        var words = new List<string>();
        foreach (var (word, _) in choices) words.Add(word);
        throw Wrong(option, text, $"takes one of {string.Join(", ", words)}");
    }

    private static UsageException Wrong(string option, string text, string rule) =>
        new(text.Length == 0 ? $"{option} has no value; it {rule}" : $"{option} {OneLine(text)} is not possible; it {rule}");

    /// <summary>The text without line breaks and other control characters, and not endlessly long: fit for a message of one line.</summary>
    public static string OneLine(string text)
    {
        var line = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        return line.Length <= 300 ? line : string.Concat(line.AsSpan(0, 300), "...");
    }
}
