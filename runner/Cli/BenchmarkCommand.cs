using System.CommandLine;
using Mysticeti.Engine.Console;

namespace Mysticeti.Runner.Cli;

/// <summary><c>mysticeti benchmark</c></summary>
internal static class BenchmarkCommand
{
    public static Command Create(Shell shell)
    {
        var command = new Command("benchmark", "Brings a network up, measures it under each load, reports, and stops it");
        var options = new BenchmarkOptions();
        options.AddTo(command);
        command.SetAction((arguments, cancellationToken) => RunAsync(options, arguments, shell, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(BenchmarkOptions options, ParseResult arguments, Shell shell, CancellationToken cancellationToken)
    {
        if (await options.AskAsync(arguments, shell, cancellationToken) is not { } answered) return ExitCodes.Done;
        var request = await options.ReadAsync(answered, shell, cancellationToken);
        if (request.IsDryRun)
        {
            await shell.Out.WriteLineAsync("# The whole configuration; --config takes it.");
            await shell.Out.WriteAsync(request.Configuration.Value);
            await shell.Out.WriteLineAsync($"# Network: {request.Source.Describe()}");
            await shell.Out.WriteLineAsync("# Nothing was started: this was a dry run.");
            return ExitCodes.Done;
        }

        return await request.Source.MeasureAsync(request.Settings, shell, cancellationToken);
    }
}
