using System.CommandLine;
using System.Net;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Console;
using Mysticeti.Topology;
using Mysticeti.Validator.Contract;
using Mysticeti.Validator.Node;
using Mysticeti.Validator.Rpc;
using Mysticeti.Validator.Storage;

namespace Mysticeti.Validator.Cli;

/// <summary>The command line of <c>mysticeti-validator</c>.</summary>
internal static class ValidatorCommand
{
    private const int Usage = 2;
    private const int Failed = 4;

    /// <summary>Builds the root command. Exit codes: 0 stopped cleanly, 2 wrong usage or files, 4 a port, the storage or the core failed.</summary>
    public static RootCommand Create() => new("A Mysticeti validator.") { CreateRun(), CreateGenesis() };

    private static Command CreateRun()
    {
        var index = new Option<int>("--authority-index") { Description = "Own index in the committee, from 0.", Required = true };
        var genesis = new Option<string>("--genesis") { Description = "The network's genesis file.", Required = true };
        var key = new Option<string>("--key") { Description = "The authority's key file.", Required = true };
        var directory = new Option<string>("--working-directory") { Description = "Directory for the block log; made if it is missing.", Required = true };
        var rpcPort = Port("--rpc-port", 26657, "TCP port for RPC.");
        var abciPort = Port("--abci-port", 26670, "TCP port kept for the application interface.");
        var peerPort = Port("--p2p-port", 26700, "TCP port for peers.");
        var bind = new Option<IPAddress>("--bind")
        {
            Description = "Local IP address to listen on.", DefaultValueFactory = _ => IPAddress.Loopback,
            CustomParser = result =>
            {
                if (IPAddress.TryParse(result.Tokens[0].Value, out var address)) return address;
                result.AddError($"--bind: '{result.Tokens[0].Value}' is not an IP address");
                return null;
            },
        };
        var parameters = new Option<string?>("--parameters") { Description = "File of local parameters (JSON); without it each has its default." };
        var fsync = new Option<bool>("--fsync") { Description = "Make own blocks survive a power failure before they are sent; slower." };
        var withParent = new Option<bool>("--exit-with-parent") { Description = "Stop when standard input ends, so that no validator outlives its starter." };

        var heartbeat = new Option<Uri?>("--heartbeat-url")
        {
            Description = "http:// or https:// URL to which a signed heartbeat is posted every 5 s; none by default.",
            CustomParser = result =>
            {
                if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var url) && url.Scheme is "http" or "https") return url;
                result.AddError($"--heartbeat-url: '{result.Tokens[0].Value}' is not an http:// or https:// URL");
                return null;
            },
        };
        var heartbeatToken = new Option<string?>("--heartbeat-token-file") { Description = "File with the bearer token that the heartbeats' receiver wants; none by default." };
        var faults = new Option<bool>("--unsafe-fault-injection") { Description = "For tests: let whoever reaches the RPC port make this validator misbehave (/v1/faults)." };

        var command = new Command("run", "Holds an authority's place in a network until it is told to stop (SIGTERM, Ctrl-C).")
        {
            index, genesis, key, directory, rpcPort, abciPort, peerPort, bind, parameters, fsync, heartbeat, heartbeatToken, withParent, faults,
        };
        command.SetAction((result, cancellationToken) => RunAsync(
            new RunOptions
            {
                AuthorityIndex = result.GetValue(index),
                GenesisPath = result.GetRequiredValue(genesis),
                KeyPath = result.GetRequiredValue(key),
                WorkingDirectory = result.GetRequiredValue(directory),
                Bind = result.GetRequiredValue(bind),
                RpcPort = result.GetValue(rpcPort),
                PeerPort = result.GetValue(peerPort),
                ParametersPath = result.GetValue(parameters),
                Fsync = result.GetValue(fsync),
                HeartbeatUrl = result.GetValue(heartbeat),
                HeartbeatTokenPath = result.GetValue(heartbeatToken),
                UnsafeFaultInjection = result.GetValue(faults),
            },
            result.GetValue(withParent), cancellationToken));
        return command;
    }

    private static Option<int> Port(string name, int fallback, string description)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => fallback };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 65535) result.AddError($"{name} must be from 1 to 65535");
        });
        return option;
    }

    private static async Task<int> RunAsync(RunOptions options, bool exitWithParent, CancellationToken cancellationToken)
    {
        // Not disposed of: the handler of a signal may still be on its way when this returns.
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        if (exitWithParent) _ = StopAtEndOfInputAsync(stop);

        using var logs = CreateLogs();
        var log = logs.CreateLogger("node");
        try
        {
            await using var node = await ValidatorNode.StartAsync(options, logs, TimeProvider.System, stop.Token);
            await node.Failed.WaitAsync(stop.Token);
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            log.LogInformation("stopped");
            return 0;
        }
        catch (Exception error) when (error is TopologyException or ParametersException)
        {
            await Console.Error.WriteLineAsync($"error: {error.Message}");
            return Usage;
        }
        catch (Exception error) when (error is StorageException or RpcStartException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"error: {error.Message}");
            return Failed;
        }
        catch (Exception error)
        {
            log.LogCritical(error, "the validator failed");
            return Failed;
        }

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }

    private static async Task StopAtEndOfInputAsync(CancellationTokenSource stop)
    {
        var buffer = new byte[64];
        await using var input = Console.OpenStandardInput();
        while (await input.ReadAsync(buffer, stop.Token) > 0)
        {
            // What the parent writes means nothing; only the end does.
        }

        await stop.CancelAsync();
    }

    private static ILoggerFactory CreateLogs() => LoggerFactory.Create(builder => builder
        .SetMinimumLevel(Level(Environment.GetEnvironmentVariable("MYSTICETI_LOG")))
        .AddFilter("Microsoft", LogLevel.Warning)
        // With a log of its own the web host would make an activity for each request. The router logs what fails.
        .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None)
        .AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        })
        .Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace));

    private static LogLevel Level(string? name) => name?.ToLowerInvariant() switch
    {
        "trace" => LogLevel.Trace,
        "debug" => LogLevel.Debug,
        "warn" or "warning" => LogLevel.Warning,
        "error" => LogLevel.Error,
        _ => LogLevel.Information,
    };

    private static Command CreateGenesis()
    {
        var output = new Option<string>("--output") { Description = "Directory for genesis.json and nodeI/key.json; made if it is missing.", Required = true };
        var committee = new Option<int?>("--committee") { Description = "Number of validators, all on one host; instead of --peers." };
        var basePort = new Option<int?>("--base-port") { Description = "With --committee: count all ports from this one; default 26657, 26670 and 26700." };
        var host = new Option<string?>("--host") { Description = "With --committee: the host, as the validators reach it; default 127.0.0.1." };
        var peers = new Option<string?>("--peers") { Description = "host:port of each validator's peer link, separated by commas; instead of --committee." };
        var name = new Option<string?>("--name") { Description = "Name of the network, and its chain id." };
        var regions = new Option<string?>("--regions") { Description = "Regions that the validators are dealt out to in turn, separated by commas; default: all in one." };
        var command = new Command("genesis", "Writes a committee's genesis and key files.") { output, committee, basePort, host, peers, name, regions };
        command.SetAction(result => WriteGenesis(() => GenesisFiles.Write(
            GenesisFiles.Specify(result.GetValue(committee), result.GetValue(basePort), result.GetValue(host), result.GetValue(peers), result.GetValue(name), result.GetValue(regions)),
            result.GetRequiredValue(output), TimeProvider.System)));
        return command;
    }

    private static int WriteGenesis(Func<LaunchPlan> write)
    {
        try
        {
            foreach (var node in write().Nodes) Console.WriteLine($"mysticeti-validator {string.Join(' ', node.Arguments)}");
            return 0;
        }
        catch (Exception error) when (error is TopologyException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"error: {error.Message}");
            return Usage;
        }
    }
}
