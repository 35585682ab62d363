using System.CommandLine;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Networks.Containers;
using Mysticeti.Runner.Cli.Interactive;
using Mysticeti.Runner.Cli.Options;

namespace Mysticeti.Runner.Cli;

/// <summary><c>mysticeti local-network</c></summary>
internal sealed class LocalNetworkCommand
{
    private readonly ComposeOptions _compose = new();
    private readonly CountOptions _count = new(byDefault: "1000", least: 1, "Transactions to send");

    private readonly Option<string?> _startupWait = StartupWait.CreateOption();

    private readonly Option<bool> _cleanup = TextOption.Flag(
        "--cleanup", "Afterwards stop and remove the containers [default: they go on running until 'mysticeti network stop']");

    private readonly Option<bool> _thorough = TextOption.Flag("--cleanup-thorough", "Afterwards remove the containers and the volumes of the compose file");

    private readonly Option<bool> _interactive = Questionnaire.CreateOption();

    public static Command Create(Shell shell)
    {
        var options = new LocalNetworkCommand();
        var command = new Command("local-network", "Brings up the containers of a compose file and sends them transactions");
        foreach (var option in (Option[])
            [options._compose.ComposePath, .. options._count.All, options._startupWait, options._cleanup, options._thorough, options._interactive])
        {
            command.Add(option);
        }

        command.SetAction((arguments, cancellationToken) => options.AskAndRunAsync(arguments, shell, cancellationToken));
        return command;
    }

    private async Task<int> AskAndRunAsync(ParseResult arguments, Shell shell, CancellationToken cancellationToken)
    {
        if (!arguments.GetValue(_interactive)) return await RunAsync(arguments, shell, cancellationToken);
        var dialogue = new Questionnaire("Mysticeti Local Network Example", "Configure local network parameters",
        [
            new(_compose.ComposePath, "Path to docker-compose.yml file", "Docker-compose path", a => _compose.Read(a, shell, _cleanup, _thorough)),
            .. NetworkQuestions.Of(_count, _startupWait, _cleanup, cleaned: " containers"),
        ]);
        return await dialogue.RunAsync(arguments, shell, answered => RunAsync(answered, shell, cancellationToken), cancellationToken);
    }

    private async Task<int> RunAsync(ParseResult arguments, Shell shell, CancellationToken cancellationToken)
    {
        var load = _count.Read(arguments, "local", committee: 0, _startupWait);
        var settings = _compose.Read(arguments, shell, _cleanup, _thorough);
        await using var network = new ComposeNetwork(settings, shell.Time);
        var code = await TransactionRun.ExecuteAsync(load, network, shell, cancellationToken);
        if (settings.Cleanup == ContainerCleanup.Nothing && !cancellationToken.IsCancellationRequested)
            await shell.Out.WriteLineAsync($"the containers go on running; stop them with: mysticeti network stop --name {network.Outputs.Name}");
        return code;
    }
}
