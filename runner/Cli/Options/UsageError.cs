using System.CommandLine;
using System.CommandLine.Parsing;
using Mysticeti.Engine.Console;

namespace Mysticeti.Runner.Cli.Options;

/// <summary>The one line about a command line that cannot be understood.</summary>
internal static class UsageError
{
    /// <summary>What is wrong and, where something similar exists, what may have been meant; null where all is well.</summary>
    public static string? Of(ParseResult arguments)
    {
        var command = arguments.CommandResult.Command;
        if (arguments.UnmatchedTokens is [var unknown, ..]) return Unknown(command, unknown);
        if (arguments.Errors is not [var error, ..]) return null;
        if (command.Subcommands.Count > 0 && command.Action is null)
            return $"a command is needed: {string.Join(", ", command.Subcommands.Select(c => c.Name))}";
        if (error.SymbolResult is not OptionResult { Option: var option })
        {
            return command.Arguments is [{ Name: var argument }, ..] && arguments.GetResult(command.Arguments[0]) is null or { Tokens.Count: 0 }
                ? $"{command.Name} needs <{argument}>"
                : Values.OneLine(error.Message).TrimEnd('.');
        }

        return option.Arity.MaximumNumberOfValues == 0 || option.ValueType == typeof(bool)
            ? $"{option.Name} is given once and takes no value"
            : $"{option.Name} takes exactly one value, <{option.HelpName}>";
    }

    /// <summary>The command line that shows the help for the command that was meant.</summary>
    public static string HelpCommand(ParseResult arguments)
    {
        var names = new Stack<string>();
        for (SymbolResult? result = arguments.CommandResult; result is CommandResult { Command: var command }; result = result.Parent)
            names.Push(command is RootCommand ? "mysticeti" : command.Name);
        return $"{string.Join(' ', names)} --help";
    }

    private static string Unknown(Command command, string token)
    {
        var shown = Values.OneLine(token);
        if (token.StartsWith('-')) return $"unknown option {shown}{Spelling.Suggestion(token.Split('=')[0], command.Options.Select(o => o.Name))}";
        return command.Subcommands.Count > 0
            ? $"unknown command '{shown}'{Spelling.Suggestion(token, command.Subcommands.Select(c => c.Name))}"
            : $"unexpected argument '{shown}'; options are written --name value";
    }
}
