using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Mysticeti.Runner.Cli;

namespace Mysticeti.Runner.Configuration;

/// <summary>Writes the options of a command, defaults filled in, as the YAML that <see cref="ConfigFile"/> reads.</summary>
internal static partial class ConfigText
{
    private static readonly JsonSerializerOptions _quoted = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="settled">Values that only became known as the options were read, such as a seed that was drawn; null: left out, it has no meaning here.</param>
    public static string Render(ParseResult arguments, IReadOnlyDictionary<Option, string?> settled)
    {
        var yaml = new StringBuilder();
        foreach (var option in arguments.CommandResult.Command.Options)
        {
            var text = settled.TryGetValue(option, out var other) ? other : ValueOf(option, arguments);
            if (ConfigFile.KeyOf(option) is { } key && text is not null) yaml.Append(key).Append(": ").AppendLine(text);
        }

        return yaml.ToString();
    }

    /// <summary>A string as YAML: as it is where that is unmistakable, else in double quotes, as in JSON.</summary>
    public static string Scalar(string text) => Plain().IsMatch(text) ? text : JsonSerializer.Serialize(text, _quoted);

    private static string? ValueOf(Option option, ParseResult arguments) => option switch
    {
        Option<bool> flag => arguments.GetValue(flag) ? "true" : "false",
        Option<string[]> list => arguments.GetValue(list) is [_, ..] values ? List(values) : null,
        Option<string?> single => arguments.GetValue(single) is not { } value ? null : Numbers().IsMatch(value) ? List(value.Split(',', StringSplitOptions.TrimEntries)) : Scalar(value),
        _ => null,
    };

    private static string List(IEnumerable<string> values) => $"[{string.Join(", ", values.Select(Scalar))}]";

    [GeneratedRegex("^[0-9]+( *, *[0-9]+)+$")]
    private static partial Regex Numbers();

    [GeneratedRegex(@"^[A-Za-z0-9_./][A-Za-z0-9_./+-]*\z")]
    private static partial Regex Plain();
}
