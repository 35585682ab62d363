using System.CommandLine;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Networks;
using Mysticeti.Runner.Cli.Interactive;
using Mysticeti.Runner.Cli.Options;

namespace Mysticeti.Runner.Cli;

/// <summary><c>mysticeti embedded-network</c></summary>
internal sealed class EmbeddedNetworkCommand
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(250);

    private readonly EmbeddedOptions _embedded = new();
    private readonly CountOptions _count = new(byDefault: null, least: 1, "Transactions to send, then stop; without it the network runs until Ctrl-C");

    private readonly Option<string?> _name = TextOption.Create(
        "--name", "NAME", null, "Name of the network; by default embedded, or the first free of embedded-2, embedded-3, ..");

    private readonly Option<bool> _detach = TextOption.Flag("--detach", "Return when the network is ready and leave it running; 'mysticeti network stop' ends it");

    private readonly Option<bool> _interactive = Questionnaire.CreateOption();

    public static Command Create(Shell shell)
    {
        var options = new EmbeddedNetworkCommand();
        var command = new Command("embedded-network", "Runs a network of validator processes on this machine");
        foreach (var option in (Option[])[.. options._count.All, .. options._embedded.All, options._name, options._detach, options._interactive])
            command.Add(option);
        command.SetAction((arguments, cancellationToken) => options.AskAndRunAsync(arguments, shell, cancellationToken));
        return command;
    }

    private async Task<int> AskAndRunAsync(ParseResult arguments, Shell shell, CancellationToken cancellationToken)
    {
        if (!arguments.GetValue(_interactive)) return await RunAsync(arguments, shell, cancellationToken);
        var dialogue = new Questionnaire("Mysticeti Embedded Network Example", "Configure embedded network parameters",
            NetworkQuestions.Of(_count, _embedded.StartupWait, _embedded.Cleanup, cleaned: ""));
        return await dialogue.RunAsync(arguments, shell, answered => RunAsync(answered, shell, cancellationToken), cancellationToken);
    }

    private async Task<int> RunAsync(ParseResult arguments, Shell shell, CancellationToken cancellationToken)
    {
        var detached = arguments.GetValue(_detach);
        var network = _embedded.Read(arguments, shell) with
        {
            Name = arguments.IsGiven(_name) ? NetworkName.Checked(_name.Name, arguments.Text(_name)) : null,
            Detached = detached,
        };
        var load = _count.Read(arguments, "embedded", network.Committee, _embedded.StartupWait);
        var sends = _count.ReadCount(arguments) > 0;
        if (detached && sends) throw new UsageException("--detach and --num-transactions exclude each other; start the network first, then load it");

        await using var embedded = new EmbeddedNetwork(network, shell.Time);
        if (sends) return await TransactionRun.ExecuteAsync(load, embedded, shell, cancellationToken);

        await embedded.StartAsync(load.StartupWait, new LineProgress(shell.Out), cancellationToken);
        await shell.Out.WriteLineAsync(Endpoints(embedded));
        if (!detached) return await WatchAsync(embedded, shell, cancellationToken);
        await shell.Out.WriteLineAsync($"left running; stop it with: mysticeti network stop --name {embedded.Name}");
        return ExitCodes.Done;
    }

    private static string Endpoints(EmbeddedNetwork network)
    {
        var lines = network.Outputs.Nodes.Select(node => $"  {node.Name}  {node.RpcUrl.OriginalString}");
        return $"""
            network '{network.Name}' is up
            {string.Join(Environment.NewLine, lines)}
            outputs: {Path.Combine(network.Directory, "outputs.json")}
            """;
    }

    /// <summary>Reports nodes that fail until the user or another command stops the network.</summary>
    private static async Task<int> WatchAsync(EmbeddedNetwork network, Shell shell, CancellationToken cancellationToken)
    {
        await shell.Out.WriteLineAsync("running until Ctrl-C");
        var reported = new HashSet<int>();
        while (true)
        {
            await Task.Delay(WatchInterval, shell.Time, cancellationToken);
            var failures = network.Failures();
            if (network.IsStoppedFromOutside)
            {
                await shell.Out.WriteLineAsync("stopped by: mysticeti network stop");
                return ExitCodes.Done;
            }

            foreach (var failure in failures.Where(failure => reported.Add(failure.Index)))
                await shell.Error.WriteLineAsync($"{failure.Name} {failure.Reason}");
            if (failures.Count == network.Outputs.Nodes.Length) throw new NetworkException("every validator has ended");
        }
    }
}
