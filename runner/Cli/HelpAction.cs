using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Mysticeti.Engine.Console;

namespace Mysticeti.Runner.Cli;

/// <summary>The generated help, followed by examples of the command.</summary>
internal sealed class HelpAction(HelpOption option) : SynchronousCommandLineAction
{
    /// <summary>What the exit codes mean, in one line.</summary>
    public const string ExitCodeLine = "Exit codes: 0 done, 1 a check failed, 2 wrong usage, 3 invalid measurement, 4 the network failed, 130 interrupted";

    private readonly System.CommandLine.Help.HelpAction _generated = option.Action as System.CommandLine.Help.HelpAction ?? new();

    public override int Invoke(ParseResult parseResult)
    {
        var output = parseResult.InvocationConfiguration.Output;
        _generated.MaxWidth = 120;
        _generated.Invoke(parseResult);
        output.WriteLine("Examples:");
        foreach (var example in Examples(parseResult.CommandResult.Command)) output.WriteLine($"  {example}");
        if (parseResult.CommandResult.Command is RootCommand)
        {
            output.WriteLine();
            output.WriteLine("Every test is built and run by the launcher's own command: ./mysticeti test");
            output.WriteLine(ExitCodeLine);
        }

        return ExitCodes.Done;
    }

    /// <summary>Command lines that show the command in use.</summary>
    public static string[] Examples(Command command) => command.Name switch
    {
        "benchmark" =>
        [
            "mysticeti benchmark --duration 10 --loads 200,1000",
            "mysticeti benchmark --duration 30 --loads 500 --arrival poisson --repeat 3 --seed 7",
            "mysticeti benchmark --base-port 0 --loads 100      on free ports, beside other networks",
            "mysticeti benchmark --outputs outputs.json         a network that is running already",
            "mysticeti benchmark --search --duration 20         finds the highest load that the network sustains",
            "mysticeti benchmark --config nightly.yaml --threshold 'p99_ms < 500'",
            "mysticeti benchmark --faults 1 --duration 30       with a node down",
            "mysticeti benchmark --fault 'kill 1 at 10s for 5s' --duration 30",
            "mysticeti benchmark --dry-run                      prints what would be done, as YAML",
        ],
        "embedded-network" =>
        [
            "mysticeti embedded-network                         runs until Ctrl-C",
            "mysticeti embedded-network --num-transactions 2000 --transaction-rate 200",
            "mysticeti embedded-network --detach --base-port 0  stays up; 'mysticeti network stop' ends it",
        ],
        "remote-network" =>
        [
            "mysticeti remote-network                           hosts from MYSTICETI_NODE0_HOST, MYSTICETI_NODE1_HOST, ..",
            "mysticeti remote-network --num-transactions 0      only brings the network up",
            "mysticeti remote-network --stop --cleanup-thorough leaves the hosts as they were",
        ],
        "network" or "status" or "logs" or "stop" =>
        [
            "mysticeti network status",
            "mysticeti network status --json",
            "mysticeti network logs 2 --follow",
            "mysticeti network stop --name embedded-2",
        ],
        "report" => ["mysticeti report ./benchmarks/20260102-101500-embedded-benchmark"],
        "compare" =>
        [
            "mysticeti compare ./benchmarks/20260102-101500-embedded-benchmark ./benchmarks/20260103-101500-embedded-benchmark",
            "mysticeti compare --tolerance 0.1 --json BEFORE AFTER",
        ],
        "dag" => ["mysticeti dag scenario.dag", "mysticeti dag scenario.dag --leaders 1 --no-pipeline"],
        "simulate" =>
        [
            "mysticeti simulate --committee 50 --loads 1000,10000   two loads, one simulation each",
            "mysticeti simulate --committee 10 --crash 3@10-30      three crash at second 10 and are back at second 30",
            "mysticeti simulate --seeds 1000                        1,000 small networks with random faults up to f",
        ],
        "calibrate" or "null-server" =>
        [
            "mysticeti calibrate                                every submission mode, about half a minute",
            "mysticeti calibrate --submission single --connections 64 --wrk",
            "mysticeti null-server --port 9000                  for other load generators",
        ],
        "serve" =>
        [
            "mysticeti serve --embedded 4                       a network and every service; dashboard on port 4200",
            "mysticeti serve --outputs outputs.json             for a network that is running already",
            "mysticeti serve --service uptime-backend --genesis genesis.json",
        ],
        "doctor" => ["mysticeti doctor", "mysticeti doctor --json"],
        _ =>
        [
            "mysticeti benchmark --duration 10 --loads 200,1000",
            "mysticeti embedded-network",
            "mysticeti doctor",
        ],
    };
}
