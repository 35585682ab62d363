using System.CommandLine;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Load.Workers;

namespace Mysticeti.Runner.Cli;

/// <summary><c>mysticeti load-worker</c>: what <c>--workers</c> starts; it speaks the protocol of workers on its standard input and output.</summary>
internal static class LoadWorkerCommand
{
    public static Command Create(Shell shell)
    {
        var command = new Command(WorkerProcess.Command, "Sends a share of a load; started by --workers") { Hidden = true };
        // Ctrl-C reaches every process of a terminal; what then becomes of the load is the runner's decision, and its end is the worker's.
        command.SetAction(async (_, _) =>
        {
            await using var input = Console.OpenStandardInput();
            await using var output = Console.OpenStandardOutput();
            using var link = new WorkerLink(input, output);
            using var worker = new LoadWorker(link, shell.Time);
            await worker.RunAsync(CancellationToken.None);
            return ExitCodes.Done;
        });
        return command;
    }
}
