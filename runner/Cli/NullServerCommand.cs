using System.CommandLine;
using System.Net.Sockets;
using Mysticeti.Engine.Calibration;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Networks;
using Mysticeti.Runner.Cli.Options;

namespace Mysticeti.Runner.Cli;

/// <summary><c>mysticeti null-server</c>: the server that <c>calibrate</c> drives, for other tools to drive, too.</summary>
internal static class NullServerCommand
{
    public static Command Create(Shell shell)
    {
        var port = TextOption.Create("--port", "PORT", "0", "Port on 127.0.0.1, 0 for a free one");
        var exitWithParent = TextOption.Flag("--exit-with-parent", "End when standard input does");
        var command = new Command("null-server", "A server that accepts every transaction and does nothing, to measure load generators with") { port, exitWithParent };
        command.SetAction((arguments, cancellationToken) =>
            RunAsync(Values.Whole(port.Name, arguments.Text(port), 0, 65_535, "a port"), arguments.GetValue(exitWithParent), shell, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(int port, bool exitWithParent, Shell shell, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var server = Open(port);
        await shell.Out.WriteLineAsync($"null server at {server.Url}");
        await shell.Out.FlushAsync(cancellationToken);
        var serving = Task.Factory.StartNew(() => server.Run(stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (exitWithParent)
        {
            await Console.In.ReadToEndAsync(cancellationToken);
            await stop.CancelAsync();
        }

        await serving;
        return ExitCodes.Done;
    }

    private static NullServer Open(int port)
    {
        try
        {
            return new NullServer(port);
        }
        catch (SocketException error)
        {
            throw new NetworkException($"port {port} cannot be taken on 127.0.0.1 ({error.SocketErrorCode}); choose another one or 0", error);
        }
    }
}
