using System.CommandLine;
using System.CommandLine.Help;
using System.Text;
using Mysticeti.Engine.Console;

namespace Mysticeti.Runner.Cli;

/// <summary>Writes <c>docs/cli.md</c> from the option objects, so that the document says what the program does.</summary>
internal static class CliDocument
{
    /// <summary>The hidden command that prints the document.</summary>
    public const string CommandName = "cli-document";

    /// <summary>A command that prints the document to standard output.</summary>
    public static Command Create(Shell shell)
    {
        var command = new Command(CommandName, "Prints docs/cli.md") { Hidden = true };
        command.SetAction(_ => shell.Out.Write(Render(CommandLine.Root(shell))));
        return command;
    }

    public static string Render(RootCommand root)
    {
        var text = new StringBuilder();
        text.Append("# Commands and options\n\n");
        text.Append($"Made by `./mysticeti {CommandName} > docs/cli.md` from the program's own options: do not edit.\n\n");
        text.Append("| command | what it does |\n|---|---|\n");
        foreach (var (path, command) in Visible(root)) text.Append($"| [`{path}`](#{Anchor(path)}) | {Cell(command.Description?.TrimEnd('.'))} |\n");
        text.Append($"\n{HelpAction.ExitCodeLine}.\n");
        foreach (var (path, command) in Visible(root)) Append(text, path, command);
        return text.ToString();
    }

    private static void Append(StringBuilder text, string path, Command command)
    {
        text.Append($"\n## {path}\n\n{command.Description?.TrimEnd('.')}.\n");
        foreach (var argument in command.Arguments) text.Append($"\n`<{argument.Name}>`: {argument.Description}\n");
        var options = command.Options.Where(option => option is { Hidden: false } and not HelpOption).ToArray();
        if (options.Length > 0) text.Append("\n| option | default | meaning |\n|---|---|---|\n");
        foreach (var option in options) text.Append($"| `{Usage(option)}` | {Default(option)} | {Cell(option.Description)} |\n");
        text.Append("\n```sh\n");
        foreach (var example in HelpAction.Examples(command)) text.Append($"{example}\n");
        text.Append("```\n");
    }

    /// <summary>Every command that the help shows, by its whole path, before its subcommands.</summary>
    private static IEnumerable<(string Path, Command Command)> Visible(Command parent, string prefix = "mysticeti") =>
        from command in parent.Subcommands
        where !command.Hidden
        from found in Visible(command, $"{prefix} {command.Name}").Prepend(($"{prefix} {command.Name}", command))
        select found;

    private static string Usage(Option option) => option.ValueType == typeof(bool) ? option.Name : $"{option.Name} {option.HelpName}".Replace("|", "\\|", StringComparison.Ordinal);

    private static string Default(Option option) => option.HasDefaultValue && option.GetDefaultValue() is string { Length: > 0 } value ? $"`{value}`" : "";

    private static string Cell(string? text) => (text ?? "").Replace("|", "\\|", StringComparison.Ordinal);

    private static string Anchor(string path) => path.Replace(' ', '-');
}
