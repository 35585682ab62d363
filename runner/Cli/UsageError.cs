using System.CommandLine;
using System.CommandLine.Parsing;

namespace Mysticeti.Runner.Cli;

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
        if (token.StartsWith('-')) return $"unknown option {shown}{Suggestion(token.Split('=')[0], command.Options.Select(o => o.Name))}";
        return command.Subcommands.Count > 0
            ? $"unknown command '{shown}'{Suggestion(token, command.Subcommands.Select(c => c.Name))}"
            : $"unexpected argument '{shown}'; options are written --name value";
    }

    private static string Suggestion(string token, IEnumerable<string> names)
    {
        var (distance, name) = names.Select(n => (IsBeginning(token, n) ? 0 : Distance(token, n), n)).DefaultIfEmpty((int.MaxValue, "")).Min();
        return distance <= Math.Max(2, token.Length / 3) ? $"; did you mean {name}?" : "";
    }

    private static bool IsBeginning(string token, string name) => token.Trim('-').Length > 1 && name.StartsWith(token, StringComparison.Ordinal);

    /// <summary>Levenshtein distance: single-character insertions, deletions and replacements between two words.</summary>
    private static int Distance(string a, string b)
    {
        if (a.Length > 64 || b.Length > 64) return int.MaxValue;
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[b.Length];
    }
}
