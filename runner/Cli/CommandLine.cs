using System.CommandLine;
using System.CommandLine.Help;
using Mysticeti.Engine.Console;
using Mysticeti.Runner.Cli.Options;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Cli;

/// <summary>The command <c>mysticeti</c>: parses, runs one command, and turns what went wrong into one line and an exit code.</summary>
internal static class CommandLine
{
    private const string Description =
        "Benchmarks Mysticeti networks: brings one up, loads it open-loop, observes every commit and reports honestly.";

    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, Shell shell, CancellationToken cancellationToken)
    {
        var arguments = Root(shell).Parse(args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        if (arguments.Action is not HelpAction && UsageError.Of(arguments) is { } error)
        {
            await shell.Error.WriteLineAsync($"error: {error} (help: {UsageError.HelpCommand(arguments)})");
            return ExitCodes.Usage;
        }

        var invocation = new InvocationConfiguration
        {
            Output = shell.Out,
            Error = shell.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        try
        {
            return await arguments.InvokeAsync(invocation, cancellationToken);
        }
        catch (Exception exception)
        {
            return await ReportAsync(exception, shell, cancellationToken);
        }
    }

    public static RootCommand Root(Shell shell)
    {
        var root = new RootCommand(Description)
        {
            BenchmarkCommand.Create(shell),
            EmbeddedNetworkCommand.Create(shell),
            LocalNetworkCommand.Create(shell),
            RemoteNetworkCommand.Create(shell),
            NetworkCommand.Create(shell),
            ReportCommand.Create(shell),
            CompareCommand.Create(shell),
            SimulateCommand.Create(),
            DagCommandLine.Create(shell),
            ServeCommand.Create(shell),
            DoctorCommand.Create(shell),
            CalibrateCommand.Create(shell),
            NullServerCommand.Create(shell),
            LoadWorkerCommand.Create(shell),
            CliDocument.Create(shell),
        };
        foreach (var option in root.Options.OfType<HelpOption>()) option.Action = new HelpAction(option);
        return root;
    }

    private static async Task<int> ReportAsync(Exception exception, Shell shell, CancellationToken cancellationToken)
    {
        var (code, message) = exception switch
        {
            CommandException known => (known.ExitCode, known.Message),
            TopologyException => (ExitCodes.Usage, exception.Message),
            OperationCanceledException when cancellationToken.IsCancellationRequested => (ExitCodes.Interrupted, null),
            _ => (ExitCodes.Network, $"unexpected: {exception.GetType().Name}: {exception.Message}"
                + (Shell.Debug ? "" : " (MYSTICETI_LOG=debug shows where)")),
        };
        if (message is not null) await shell.Error.WriteLineAsync($"error: {Values.OneLine(message)}");
        if (Shell.Debug && code == ExitCodes.Network) await shell.Error.WriteLineAsync(exception.ToString());
        return code;
    }
}
