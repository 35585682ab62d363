using System.CommandLine;
using System.CommandLine.Parsing;

namespace Mysticeti.Runner.Cli;

/// <summary>Options are read as text and interpreted by <see cref="Values"/>, so that every wrong value gets a message of our own.</summary>
internal static class TextOption
{
    /// <summary>An option with exactly one value and, unless null, a default that the help shows.</summary>
    public static Option<string?> Create(string name, string valueName, string? byDefault, string description)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = valueName, Arity = ArgumentArity.ExactlyOne };
        if (byDefault is not null) option.DefaultValueFactory = _ => byDefault;
        return option;
    }

    /// <summary>An option without a value: given or not.</summary>
    public static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    /// <summary>Whether the user gave the option, be it with its default value.</summary>
    public static bool IsGiven(this ParseResult arguments, Option option) => arguments.GetResult(option) is OptionResult { Implicit: false };

    /// <summary>The option's text; its default where it was not given.</summary>
    public static string Text(this ParseResult arguments, Option<string?> option) => arguments.GetValue(option) ?? "";
}
