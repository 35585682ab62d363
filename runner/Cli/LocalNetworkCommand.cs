using System.CommandLine;
using Mysticeti.Runner.Benchmark;
using Mysticeti.Runner.Interactive;
using Mysticeti.Runner.Networks.Containers;

namespace Mysticeti.Runner.Cli;

/// <summary><c>mysticeti local-network</c></summary>
internal sealed class LocalNetworkCommand
{
    private readonly ComposeOptions _compose = new();
    private readonly LoadOptions _load = new();

    private readonly Option<string?> _count = TextOption.Create("--num-transactions", "N", "1000", "Transactions to send");

    private readonly Option<string?> _rate = TextOption.Create("--transaction-rate", "TX/S", "100", "Transactions a second");

    private readonly Option<string?> _startupWait = TextOption.Create(
        "--startup-wait", "SECONDS", "30", "Longest wait for the network in seconds; work begins as soon as every node is ready");

    private readonly Option<bool> _cleanup = TextOption.Flag(
        "--cleanup", "Afterwards stop and remove the containers [default: they go on running until 'mysticeti network stop']");

    private readonly Option<bool> _thorough = TextOption.Flag("--cleanup-thorough", "Afterwards remove the containers and the volumes of the compose file");

    private readonly Option<bool> _interactive = Questionnaire.CreateOption();

    public static Command Create(Shell shell)
    {
        var options = new LocalNetworkCommand();
        var command = new Command("local-network", "Brings up the containers of a compose file and sends them transactions");
        foreach (var option in (Option[])
            [options._compose.ComposePath, options._count, options._rate, .. options._load.All, options._startupWait, options._cleanup, options._thorough, options._interactive])
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
            .. NetworkQuestions.Of(_count, _load, _rate, _startupWait, _cleanup, cleaned: " containers"),
        ]);
        return await dialogue.RunAsync(arguments, shell, answered => RunAsync(answered, shell, cancellationToken), cancellationToken);
    }

    private async Task<int> RunAsync(ParseResult arguments, Shell shell, CancellationToken cancellationToken)
    {
        var count = Values.Whole(_count.Name, arguments.Text(_count), 1, 1_000_000_000);
        var rate = Values.Whole(_rate.Name, arguments.Text(_rate), 1, Values.MaxLoad, "tx/s");
        var load = new BenchmarkSettings
        {
            NetworkType = "local",
            Committee = 0,
            Loads = [rate],
            Duration = TimeSpan.FromSeconds((double)count / rate),
            WarmUp = TimeSpan.Zero,
            TransactionSize = _load.ReadSize(arguments),
            TransactionType = _load.ReadType(arguments),
            Seed = _load.ReadSeed(arguments),
            StartupWait = Values.Seconds(_startupWait.Name, arguments.Text(_startupWait), 0.1, 86_400),
            FileOutput = false,
        };
        var settings = _compose.Read(arguments, shell, _cleanup, _thorough);
        await using var network = new ComposeNetwork(settings, shell.Time);
        var code = await TransactionRun.ExecuteAsync(load, network, shell, cancellationToken);
        if (settings.Cleanup == ContainerCleanup.Nothing && !cancellationToken.IsCancellationRequested)
            await shell.Out.WriteLineAsync("the containers go on running; stop them with: mysticeti network stop --name local");
        return code;
    }
}
