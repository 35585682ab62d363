using System.CommandLine;
using System.CommandLine.Parsing;
using Mysticeti.Engine.Console;

namespace Mysticeti.Runner.Cli.Options;

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

    /// <summary>An option with one value that can be given several times.</summary>
    public static Option<string[]> Repeatable(string name, string valueName, string description) => new(name)
    {
        Description = description,
        HelpName = valueName,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
    };

    /// <summary>The same command line with more at its end.</summary>
    public static ParseResult With(this ParseResult arguments, IEnumerable<string> more) =>
        arguments.RootCommandResult.Command.Parse([.. arguments.Tokens.Select(token => token.Value), .. more], arguments.Configuration);

    /// <summary>The same command line with another value of one option.</summary>
    public static ParseResult Replacing(this ParseResult arguments, Option option, string value)
    {
        var kept = new List<string>();
        var dropping = false;
        foreach (var token in arguments.Tokens)
        {
            dropping = token.Type == TokenType.Option ? token.Value == option.Name : dropping && token.Type == TokenType.Argument;
            if (!dropping) kept.Add(token.Value);
        }

        return arguments.RootCommandResult.Command.Parse([.. kept, $"{option.Name}={value}"], arguments.Configuration);
    }

    /// <summary>Whether the user gave the option, be it with its default value.</summary>
    public static bool IsGiven(this ParseResult arguments, Option option) => arguments.GetResult(option) is OptionResult { Implicit: false };

    /// <summary>The option's text; its default where it was not given.</summary>
    public static string Text(this ParseResult arguments, Option<string?> option) => arguments.GetValue(option) ?? "";
}
