using System.Collections.Immutable;
using System.CommandLine;
using Mysticeti.Engine.Console;
using Mysticeti.Runner.Cli.Options;

namespace Mysticeti.Runner.Cli.Interactive;

/// <summary>One question of a dialogue: it sets one option.</summary>
/// <param name="Option">The option that the answer becomes; a flag is asked for with yes or no.</param>
/// <param name="Prompt">Without default and colon: <c>Number of transactions to simulate</c>.</param>
/// <param name="Label">How the summary calls it: <c>Number of transactions</c>.</param>
/// <param name="Check">
/// Reads the option, and those asked before it, from the command line as it would be with the answer; throws a
/// <see cref="UsageException"/> where the answer is not possible.
/// </param>
internal sealed record Question(Option Option, string Prompt, string Label, Action<ParseResult> Check)
{
    /// <summary>Default where the option has none of its own, or another one than without the dialogue.</summary>
    public string? Default { get; init; }

    /// <summary>What stands behind the value in the summary, such as <c> tx/s</c>.</summary>
    public string Unit { get; init; } = "";

    /// <summary>Whether it is asked at all, as the answers before it are.</summary>
    public Func<ParseResult, bool> IsAsked { get; init; } = _ => true;
}

/// <summary>
/// Asks for the parameters of a command, shows them together and has them confirmed. The answers become options on the command line, so that a
/// command knows nothing of the dialogue but its list of questions. An empty answer takes the default, an impossible one is asked again.
/// </summary>
/// <param name="title">The first line, <c>Mysticeti Local Network Example</c>.</param>
/// <param name="heading">Above the questions, <c>Configure local network parameters</c>.</param>
internal sealed class Questionnaire(string title, string heading, ImmutableArray<Question> questions)
{
    /// <summary>The option that opens the dialogue.</summary>
    public static Option<bool> CreateOption() => TextOption.Flag("--interactive", "Ask for each parameter, show them all, and start when they are confirmed");

    /// <summary>Asks, and carries the command out when all is confirmed.</summary>
    /// <param name="run">The command itself, given the command line with the answers.</param>
    /// <returns>What the command returned; 0 where the user does not want to go on.</returns>
    /// <exception cref="UsageException">The input ended before the last answer.</exception>
    public async Task<int> RunAsync(ParseResult arguments, Shell shell, Func<ParseResult, Task<int>> run, CancellationToken cancellationToken)
    {
        if (await AskAsync(arguments, shell, cancellationToken) is not { } answered) return ExitCodes.Done;
        var code = await run(answered);
        if (code == ExitCodes.Done) await shell.Out.WriteLineAsync("=== Example completed ===");
        return code;
    }

    /// <returns>The command line with the answers; null where the user does not want to go on.</returns>
    /// <exception cref="UsageException">The input ended before the last answer.</exception>
    public async Task<ParseResult?> AskAsync(ParseResult arguments, Shell shell, CancellationToken cancellationToken)
    {
        var answered = arguments;
        var lines = new List<string>();
        await shell.Out.WriteLineAsync($"=== {title} ==={Environment.NewLine}");
        await HeadAsync(heading, shell);
        foreach (var question in questions.Where(question => question.IsAsked(answered)))
        {
            answered = await AskAsync(question, answered, shell, cancellationToken);
            lines.Add($"{question.Label}: {Value(question, answered)}{question.Unit}");
        }

        await shell.Out.WriteLineAsync();
        await HeadAsync("Configuration Summary", shell);
        foreach (var line in lines) await shell.Out.WriteLineAsync(line);
        await shell.Out.WriteLineAsync();
        if (await YesAsync("Proceed with these settings?", byDefault: true, shell, cancellationToken)) return answered;
        await shell.Out.WriteLineAsync("Cancelled; nothing was started.");
        return null;
    }

    private static async Task<ParseResult> AskAsync(Question question, ParseResult arguments, Shell shell, CancellationToken cancellationToken)
    {
        if (question.Option is Option<bool> flag)
        {
            var yes = await YesAsync(question.Prompt, arguments.IsGiven(flag) ? arguments.GetValue(flag) : question.Default == "true", shell, cancellationToken);
            return arguments.Replacing(flag, yes ? "true" : "false");
        }

        var option = (Option<string?>)question.Option;
        var byDefault = !arguments.IsGiven(option) && question.Default is { } other ? other : arguments.Text(option);
        while (true)
        {
            var answer = await ReadAsync($"{question.Prompt} [{byDefault}]: ", shell, cancellationToken);
            var with = arguments.Replacing(option, answer.Length == 0 ? byDefault : answer);
            try
            {
                question.Check(with);
                return with;
            }
            catch (UsageException error)
            {
                await shell.Out.WriteLineAsync($"Please try again: {error.Message}");
            }
        }
    }

    private static async Task<bool> YesAsync(string prompt, bool byDefault, Shell shell, CancellationToken cancellationToken)
    {
        while (true)
        {
            switch ((await ReadAsync($"{prompt} [{(byDefault ? "Y/n" : "y/N")}]: ", shell, cancellationToken)).ToLowerInvariant())
            {
                case "":
                    return byDefault;
                case "y" or "yes":
                    return true;
                case "n" or "no":
                    return false;
                default:
                    await shell.Out.WriteLineAsync("Please answer y or n.");
                    break;
            }
        }
    }

    private static async Task<string> ReadAsync(string prompt, Shell shell, CancellationToken cancellationToken)
    {
        await shell.Out.WriteAsync(prompt);
        await shell.Out.FlushAsync(cancellationToken);
        // The console reads without looking at any token; waiting aside lets Ctrl-C end the dialogue.
        var line = await Task.Run(shell.In.ReadLine, CancellationToken.None).WaitAsync(cancellationToken);
        return line?.Trim() ?? throw new UsageException("the input ended before the last answer; nothing was started");
    }

    private static string Value(Question question, ParseResult arguments) => question.Option switch
    {
        Option<bool> flag => arguments.GetValue(flag) ? "true" : "false",
        var option => arguments.Text((Option<string?>)option),
    };

    private static async Task HeadAsync(string text, Shell shell)
    {
        await shell.Out.WriteLineAsync($"{text}:");
        await shell.Out.WriteLineAsync(new string('=', text.Length));
    }
}
