using System.Collections.Immutable;
using System.Globalization;

namespace Mysticeti.Topology.Cloud;

/// <summary>Reads single settings; every error names the key, the value and what would be right.</summary>
internal sealed class SettingReader(Func<string, string?> value, IReadOnlyDictionary<string, string> environment)
{
    public static TopologyException Wrong(string key, string text, string rule) => new($"mysticeti:{key} is '{text}'; it must be {rule}");

    /// <summary>Null where it is not set, or empty.</summary>
    public string? Text(string key) => value(key)?.Trim() is { Length: > 0 } text ? text : null;

    public ImmutableArray<string> List(string key) => Text(key) is { } text ? [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)] : [];

    /// <param name="fallback">Null where the setting is required.</param>
    public T Choice<T>(string key, T? fallback, params (string Word, T Value)[] choices)
        where T : struct
    {
        var words = string.Join(", ", choices.Select(choice => choice.Word));
        if (Text(key) is not { } text) return fallback ?? throw new TopologyException($"mysticeti:{key} is missing: set it to one of {words}");
        foreach (var (word, result) in choices)
        {
            if (word == text) return result;
        }

        throw Wrong(key, text, $"one of {words}");
    }

    public int Whole(string key, int fallback, int least, int most, string what) => Text(key) is not { } text
        ? fallback
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw Wrong(key, text, $"a whole number from {least} to {most} ({what})");

    public decimal Amount(string key, decimal fallback, decimal least, decimal most) => Text(key) is not { } text
        ? fallback
        : decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw Wrong(key, text, string.Create(CultureInfo.InvariantCulture, $"a number from {least} to {most}"));

    /// <summary>A path with a leading ~ resolved.</summary>
    public string Path(string key, string fallback)
    {
        var path = Text(key) ?? fallback;
        if (!path.StartsWith("~/", StringComparison.Ordinal)) return path;
        return environment.TryGetValue("HOME", out var home) || environment.TryGetValue("USERPROFILE", out home) ? home + path[1..] : path;
    }

    public static void CheckFile(string key, string path)
    {
        if (!File.Exists(path)) throw new TopologyException($"mysticeti:{key}: there is no file '{path}': make a key with ssh-keygen -t ed25519, or name another");
    }

    /// <summary>Puts the key before what a plan finds wrong.</summary>
    public static void Check(string key, Action plan)
    {
        try
        {
            plan();
        }
        catch (TopologyException error)
        {
            throw new TopologyException($"mysticeti:{key}: {error.Message}", error);
        }
    }
}
