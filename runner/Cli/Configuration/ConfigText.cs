using System.CommandLine;
using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.EventEmitters;

namespace Mysticeti.Runner.Cli.Configuration;

/// <summary>Writes the options of a command, defaults filled in, as the YAML that <see cref="ConfigFile"/> reads.</summary>
internal static class ConfigText
{
    private static readonly ISerializer Serializer = new SerializerBuilder()
        .WithQuotingNecessaryStrings(quoteYaml1_1Strings: true)
        .WithEventEmitter(next => new Style(next))
        .Build();

    /// <param name="settled">Values that only became known as the options were read, such as a seed that was drawn; null: left out, it has no meaning here.</param>
    public static string Render(ParseResult arguments, IReadOnlyDictionary<Option, string?> settled)
    {
        var values = new OrderedDictionary<string, object>();
        foreach (var option in arguments.CommandResult.Command.Options)
        {
            var value = settled.TryGetValue(option, out var other) ? Typed(other) : ValueOf(option, arguments);
            if (ConfigFile.KeyOf(option) is { } key && value is not null) values.Add(key, value);
        }

        return Render(values);
    }

    /// <summary>A mapping of keys to values (text, numbers, flags) or lists of them. Text that YAML could take for something else is quoted.</summary>
    public static string Render(IDictionary<string, object> values) => Serializer.Serialize(values);

    private static object? ValueOf(Option option, ParseResult arguments) => option switch
    {
        Option<bool> flag => arguments.GetValue(flag),
        Option<string[]> list => arguments.GetValue(list) is [_, ..] values ? values : null,
        Option<string?> single => Typed(arguments.GetValue(single)),
        _ => null,
    };

    /// <summary>A number or a list of numbers where the text is nothing else, so that it stands there as one.</summary>
    private static object? Typed(string? text)
    {
        var parts = text?.Split(',', StringSplitOptions.TrimEntries);
        return parts is [_, _, ..] && parts.All(part => part.All(char.IsAsciiDigit) && Number(part) is decimal) ? parts.Select(Number).ToArray()
            : text is not null && Number(text) is decimal number ? number
            : text;
    }

    /// <summary>Null where writing the number would give another text.</summary>
    private static decimal? Number(string text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
        && number.ToString(CultureInfo.InvariantCulture) == text ? number : null;

    /// <summary>Lists on one line, as in the documentation; double quotes around text that would not survive another style, or that looks like a number.</summary>
    private sealed class Style(IEventEmitter next) : ChainedEventEmitter(next)
    {
        public override void Emit(SequenceStartEventInfo eventInfo, IEmitter emitter)
        {
            eventInfo.Style = SequenceStyle.Flow;
            base.Emit(eventInfo, emitter);
        }

        public override void Emit(ScalarEventInfo eventInfo, IEmitter emitter)
        {
            if (eventInfo.Source.Value is string text && (text.Trim() != text || text.Any(IsUnsafe) || double.TryParse(text, CultureInfo.InvariantCulture, out _)))
            {
                eventInfo.Style = ScalarStyle.DoubleQuoted;
            }

            base.Emit(eventInfo, emitter);
        }

        /// <summary>Line breaks of any kind, tabs and a byte order mark: folding and trimming change them.</summary>
        private static bool IsUnsafe(char c) => char.IsControl(c) || c is '\u2028' or '\u2029' or '\ufeff';
    }
}
