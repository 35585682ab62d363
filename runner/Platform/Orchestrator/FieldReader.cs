using System.Globalization;
using System.Text.Json;
using Mysticeti.Engine.Console;

namespace Mysticeti.Platform.Orchestrator;

/// <summary>Reads the fields of an object. It goes on after an error with a value that does, so that all errors can be told at once.</summary>
/// <param name="prefix">What errors put before a field's name.</param>
/// <param name="errors">Where errors go.</param>
internal sealed class FieldReader(JsonElement json, string prefix, List<string> errors)
{
    private const int MostUnknown = 20;

    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public double Number(string name, double byDefault, double least, double most)
    {
        if (Value(name) is not { } value) return byDefault;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= least && number <= most
            ? number
            : Wrong(name, string.Create(CultureInfo.InvariantCulture, $"must be a number from {least} to {most}"), byDefault);
    }

    public int Whole(string name, int byDefault, int least, int most) => (int)(WholeLong(name, least, most) ?? byDefault);

    public long? WholeLong(string name, long least, long most)
    {
        if (Value(name) is not { } value) return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= least && number <= most
            ? number
            : Wrong<long?>(name, $"must be a whole number from {least} to {most}", null);
    }

    public string? Text(string name, int longest)
    {
        if (Value(name) is not { } value) return null;
        return value.ValueKind == JsonValueKind.String && value.GetString() is { } text && text.EnumerateRunes().Count() <= longest
            ? text
            : Wrong<string?>(name, $"must be a string of at most {longest} characters", null);
    }

    public bool Flag(string name) => Value(name) is { } value
        && (value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : Wrong(name, "must be true or false", false));

    /// <summary>A field's value; null: it is not there, or null.</summary>
    public JsonElement? Value(string name)
    {
        _known.Add(name);
        return json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    /// <summary>Notes an error, and goes on with another value.</summary>
    public T Wrong<T>(string name, string error, T instead)
    {
        errors.Add($"{prefix}{name} {error}");
        return instead;
    }

    /// <summary>Notes fields that nobody has asked for.</summary>
    public void RefuseOthers(IReadOnlyCollection<string> taken) =>
        errors.AddRange(json.EnumerateObject().Where(field => !_known.Contains(field.Name) && !taken.Contains(field.Name)).Take(MostUnknown)
            .Select(field => $"unknown field {prefix}{Values.OneLine(field.Name)}"));
}
