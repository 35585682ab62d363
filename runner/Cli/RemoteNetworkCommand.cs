using System.CommandLine;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Remote;
using Mysticeti.Runner.Cli.Interactive;
using Mysticeti.Runner.Cli.Options;

namespace Mysticeti.Runner.Cli;

/// <summary><c>mysticeti remote-network</c></summary>
internal sealed class RemoteNetworkCommand
{
    private readonly EmbeddedOptions _common = new();
    private readonly RemoteOptions _remote = new();
    private readonly CountOptions _count = new(byDefault: "1000", least: 0, "Transactions to send; 0: only bring the network up");

    private readonly Option<string?> _name = TextOption.Create("--name", "NAME", "remote", "Name of the network; networks of other names are left alone");

    private readonly Option<string?> _logs = TextOption.Create("--collect-logs", "DIRECTORY", null, "Afterwards copy the validators' logs there");

    private readonly Option<bool> _stop = TextOption.Flag("--stop", "Bring nothing up and send nothing: stop the network that runs, and clean up as asked");

    private readonly Option<bool> _interactive = Questionnaire.CreateOption();

    public static Command Create(Shell shell)
    {
        var options = new RemoteNetworkCommand();
        var command = new Command(
            "remote-network", "Brings a network up on hosts of yours (MYSTICETI_NODE{n}_HOST, _SSH_PORT, _SSH_USER, _SSH_KEY), sends transactions, and leaves it running");
        foreach (var option in (Option[])
            [.. options._count.All, .. options._common.All, options._name, options._logs, options._stop, .. options._remote.All, options._interactive])
        {
            command.Add(option);
        }

        command.SetAction((arguments, cancellationToken) => options.AskAndRunAsync(arguments, shell, cancellationToken));
        return command;
    }

    private async Task<int> AskAndRunAsync(ParseResult arguments, Shell shell, CancellationToken cancellationToken)
    {
        if (!arguments.GetValue(_interactive)) return await RunAsync(arguments, shell, cancellationToken);
        var dialogue = new Questionnaire(
            "Mysticeti Remote Network Example", "Configure remote network parameters", NetworkQuestions.Of(_count, _common.StartupWait, _common.Cleanup, cleaned: ""));
        return await dialogue.RunAsync(arguments, shell, answered => RunAsync(answered, shell, cancellationToken), cancellationToken);
    }

    private async Task<int> RunAsync(ParseResult arguments, Shell shell, CancellationToken cancellationToken)
    {
        var common = _common.Read(arguments, shell) with { Name = NetworkName.Checked(_name.Name, arguments.Text(_name)) };
        var settings = _remote.Read(arguments, common, shell, arguments.IsGiven(_common.Committee));
        var load = _count.Read(arguments, "remote", settings.Hosts.Length, _common.StartupWait);
        var lines = new LineProgress(shell.Out);
        await using var network = new RemoteNetwork(settings, _remote.ReadTransport(arguments)(), shell.Time);
        if (arguments.GetValue(_stop))
        {
            await network.StopRunningAsync(lines, cancellationToken);
            await shell.Out.WriteLineAsync($"network '{settings.Name}' is stopped on {settings.Hosts.Length} hosts");
            return ExitCodes.Done;
        }

        await network.StartAsync(load.StartupWait, lines, cancellationToken);
        var code = _count.ReadCount(arguments) > 0 ? await TransactionRun.SendAsync(load, network, shell, cancellationToken) : ExitCodes.Done;
        if (arguments.IsGiven(_logs)) await network.CollectLogsAsync(arguments.Text(_logs), CancellationToken.None);
        await network.StopAsync(CancellationToken.None);
        if (settings.Cleanup == Cleanup.Nothing) await shell.Out.WriteLineAsync("left running; stop it with: mysticeti remote-network --stop");
        return code;
    }
}
