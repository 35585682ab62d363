using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Help;
using Mysticeti.Engine.Console;
using Mysticeti.Runner.Cli.Options;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Mysticeti.Runner.Cli.Configuration;

/// <summary>One key of a configuration file; a sequence has several values.</summary>
internal sealed record ConfigEntry(string Key, ImmutableArray<string> Values, int Line);

/// <summary>
/// A YAML file with options of a command: each key is the name of an option with underscores (<c>transaction_size</c> for
/// <c>--transaction-size</c>), an option that can be repeated has the plural (and <c>--fault</c> is <c>fault_timeline</c>, beside the number of
/// <c>faults</c>). A value is read exactly as on the command line, which overrides it.
/// </summary>
internal sealed record ConfigFile(string Path, ImmutableArray<ConfigEntry> Entries)
{
    private static readonly string[] NotForFiles = ["--config", "--dry-run", "--interactive"];

    /// <exception cref="UsageException">It cannot be read, or it is not one mapping of keys to values.</exception>
    public static ConfigFile Load(string path)
    {
        try
        {
            using var reader = new StreamReader(path);
            var yaml = new YamlStream();
            yaml.Load(reader);
            return yaml.Documents switch
            {
                [] => new ConfigFile(path, []),
                [{ RootNode: YamlMappingNode root }] => new ConfigFile(path, [.. root.Children.Select(pair => Entry(path, pair.Key, pair.Value))]),
                [_, _, ..] => throw new UsageException($"{path}: holds several YAML documents; one is needed"),
                _ => throw new UsageException($"{path}: a mapping of keys to values is needed, for example 'duration: 60'"),
            };
        }
        catch (YamlException error)
        {
            throw new UsageException($"{path}, line {error.Start.Line}: {Values.OneLine(error.InnerException?.Message ?? error.Message)}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"--config {Values.OneLine(path)} cannot be read: {Values.OneLine(error.Message)}");
        }
    }

    /// <summary>The key of an option in a file; null where the option has no place in one.</summary>
    public static string? KeyOf(Option option) =>
        option is HelpOption || NotForFiles.Contains(option.Name) ? null
        : option.Name == "--fault" ? "fault_timeline"
        : option.Name.TrimStart('-').Replace('-', '_') + (IsRepeatable(option) ? "s" : "");

    /// <summary>Whether the option can be given several times.</summary>
    public static bool IsRepeatable(Option option) => option.ValueType == typeof(string[]);

    /// <summary>The command line as it were with this file's options written out, except those that it has itself or that it displaces.</summary>
    /// <param name="displaced">Options of the file that count no more, beside its own, when an option is on the command line.</param>
    /// <exception cref="UsageException">A key is unknown, or a value cannot be one of its option.</exception>
    public ParseResult Merge(ParseResult arguments, ILookup<Option, Option> displaced)
    {
        var options = Options(arguments);
        var overridden = options.Values.Where(option => arguments.IsGiven(option)).SelectMany(option => displaced[option].Append(option)).ToHashSet();
        var tokens = Entries
            .Select(entry => (Entry: entry, Option: OptionOf(entry, options)))
            .Where(pair => !overridden.Contains(pair.Option))
            .SelectMany(pair => Tokens(pair.Entry, pair.Option));
        var merged = arguments.With(tokens);
        return UsageError.Of(merged) is { } error ? throw new UsageException($"{Path}: {error}") : merged;
    }

    /// <summary>Says where in this file a wrong value is, if it is one of the file's.</summary>
    public UsageException Located(UsageException error, ParseResult arguments)
    {
        var (option, entry) = Options(arguments)
            .Where(pair => !arguments.IsGiven(pair.Value) && error.Message.StartsWith(pair.Value.Name + " ", StringComparison.Ordinal))
            .Select(pair => (pair.Value, Entries.FirstOrDefault(e => e.Key == pair.Key)))
            .FirstOrDefault();
        return entry is null ? error : new UsageException($"{Path}, line {entry.Line}: {entry.Key}{error.Message[option.Name.Length..]}");
    }

    private static Dictionary<string, Option> Options(ParseResult arguments) =>
        arguments.CommandResult.Command.Options.Where(option => KeyOf(option) is not null).ToDictionary(option => KeyOf(option)!);

    private Option OptionOf(ConfigEntry entry, Dictionary<string, Option> options) => options.TryGetValue(entry.Key, out var option)
        ? option
        : throw new UsageException($"{Path}, line {entry.Line}: unknown key {Values.OneLine(entry.Key)}{Spelling.Suggestion(entry.Key, options.Keys)}");

    private IEnumerable<string> Tokens(ConfigEntry entry, Option option)
    {
        if (option.ValueType == typeof(bool))
        {
            return entry.Values is [("true" or "false") and var flag]
                ? flag == "true" ? [option.Name] : []
                : throw new UsageException($"{Path}, line {entry.Line}: {entry.Key} takes true or false");
        }

        return IsRepeatable(option) ? entry.Values.Select(value => $"{option.Name}={value}") : [$"{option.Name}={string.Join(',', entry.Values)}"];
    }

    private static ConfigEntry Entry(string path, YamlNode keyNode, YamlNode valueNode)
    {
        var line = (int)keyNode.Start.Line;
        var key = (keyNode as YamlScalarNode)?.Value ?? throw new UsageException($"{path}, line {line}: a key must be one word");
        var values = valueNode switch
        {
            YamlScalarNode scalar => [scalar],
            YamlSequenceNode sequence when sequence.Children.All(child => child is YamlScalarNode) => sequence.Children.Cast<YamlScalarNode>().ToArray(),
            _ => throw new UsageException($"{path}, line {line}: {Values.OneLine(key)} takes a value or a list of values"),
        };
        return values.Length > 0 && values.All(value => !string.IsNullOrEmpty(value.Value) && (value.Value != "~" || value.Style != ScalarStyle.Plain))
            ? new ConfigEntry(key, [.. values.Select(value => value.Value!)], line)
            : throw new UsageException($"{path}, line {line}: {Values.OneLine(key)} has no value; give one or leave the key out");
    }
}
