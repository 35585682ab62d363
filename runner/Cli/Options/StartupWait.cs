using System.CommandLine;
using Mysticeti.Engine.Console;

namespace Mysticeti.Runner.Cli.Options;

/// <summary>The option that says how long a command waits for its network.</summary>
internal static class StartupWait
{
    public static Option<string?> CreateOption() => TextOption.Create(
        "--startup-wait", "SECONDS", "30", "Longest wait for the network in seconds; work begins as soon as every node is ready");

    /// <exception cref="UsageException">It is no such time.</exception>
    public static TimeSpan Read(ParseResult arguments, Option<string?> option) => Values.Seconds(option.Name, arguments.Text(option), 0.1, 86_400);
}
