using System.CommandLine;
using Mysticeti.Runner.Benchmark;

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
        var request = await options.ReadAsync(arguments, shell, cancellationToken);
        if (request.IsDryRun)
        {
            await shell.Out.WriteLineAsync(SettingsText.Render(request.Settings).TrimEnd());
            await shell.Out.WriteLineAsync($"  Network: {request.Source.Describe()}");
            await shell.Out.WriteLineAsync("Nothing was started: this was a dry run.");
            return ExitCodes.Done;
        }

        return await request.Source.MeasureAsync(request.Settings, shell, cancellationToken);
    }
}
