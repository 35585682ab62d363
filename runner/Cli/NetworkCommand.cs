using System.CommandLine;
using System.Globalization;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Networks.Containers;
using Mysticeti.Runner.Cli.Options;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Cli;

/// <summary><c>mysticeti network status|logs|stop</c>: the networks that were started in the working directory, of processes or containers.</summary>
internal static class NetworkCommand
{
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(5);

    public static Command Create(Shell shell) => new("network", "Shows or stops the networks that were started in this directory")
    {
        Status(shell),
        Logs(shell),
        Stop(shell),
        Compose(shell),
    };

    private static Option<string?> Name() => TextOption.Create("--name", "NAME", null, "Name of the network; needed where there are several");

    private static Command Status(Shell shell)
    {
        var name = TextOption.Create("--name", "NAME", null, "Only this network; by default all of them");
        var json = TextOption.Flag("--json", "Machine-readable, as one JSON array");
        var command = new Command("status", "Shows every node: process, address, readiness, round, commits, peers") { name, json };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var directories = new NetworkDirectories(shell.NetworksDirectory);
            var containers = FindContainers(directories, shell, arguments, name);
            var processes = containers is not null ? [] : arguments.IsGiven(name) ? [Find(directories, shell, arguments, name)!] : directories.ReadAll();
            var inContainers = containers is not null ? [containers] : arguments.IsGiven(name) ? [] : ContainerState.ReadAll(shell.NetworksDirectory);
            await NetworkStatus.WriteAsync(processes, inContainers, arguments.GetValue(json), shell, cancellationToken);
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Logs(Shell shell)
    {
        var node = new Argument<string?>("NODE") { Description = "Index or name of a node; by default all of them", Arity = ArgumentArity.ZeroOrOne };
        var name = Name();
        var lines = TextOption.Create("--lines", "N", "20", "Lines from the end of each log, 0 to 100000");
        var follow = TextOption.Flag("--follow", "Go on with what is written from now on, until Ctrl-C");
        var command = new Command("logs", "Prints the end of the validators' logs, also after the network has stopped") { node, name, lines, follow };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var directories = new NetworkDirectories(shell.NetworksDirectory);
            var count = Values.Whole(lines.Name, arguments.Text(lines), 0, 100_000);
            if (FindContainers(directories, shell, arguments, name) is { } containers)
            {
                await ContainerLogs.WriteAsync(containers, arguments.GetValue(node), count, arguments.GetValue(follow), shell, cancellationToken);
                return ExitCodes.Done;
            }

            var logs = NetworkLogs.Find(directories, NameWithLogs(directories, arguments, name), arguments.GetValue(node));
            await NetworkLogs.WriteAsync(logs, count, arguments.GetValue(follow), shell, cancellationToken);
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Stop(Shell shell)
    {
        var name = Name();
        var command = new Command("stop", "Stops a network: asks its validators to end, and makes them after 5 seconds") { name };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var directories = new NetworkDirectories(shell.NetworksDirectory);
            if (FindContainers(directories, shell, arguments, name) is { } containers)
            {
                await (await Engine.Networks.Containers.Compose.FindAsync(containers.ComposeFile, cancellationToken)).StopAsync(cancellationToken);
                ContainerState.Remove(shell.NetworksDirectory, containers.Name);
                await shell.Out.WriteLineAsync($"network '{containers.Name}' is stopped: {containers.Nodes.Length} containers; they and their volumes are left");
                return ExitCodes.Done;
            }

            if (Find(directories, shell, arguments, name) is not { } state)
            {
                await shell.Out.WriteLineAsync("no network is running here");
                return ExitCodes.Done;
            }

            var running = await NetworkStopper.StopAsync(directories, state, StopGrace, shell.Time, cancellationToken);
            await shell.Out.WriteLineAsync(running == 0
                ? $"network '{state.Name}' was not running any more; its state is cleared"
                : $"network '{state.Name}' is stopped: {running} validators");
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Compose(Shell shell)
    {
        var name = TextOption.Create("--name", "NAME", NetworkPlace.DefaultName, "Name of the network; each other than the default has containers, volumes, addresses and ports of its own");
        var committee = TextOption.Create(
            "--committee", "N", CommitteeSpecification.MinSize.ToString(CultureInfo.InvariantCulture), $"Number of validators, {CommitteeSpecification.MinSize} to {CommitteeSpecification.MaxSize}");
        var basePort = TextOption.Create("--base-port", "PORT", null, "First port on this machine; by default RPC 26657+i, ABCI 26670+i, or what follows from --name");
        var subnet = TextOption.Create("--subnet", "CIDR", null, $"Addresses of the containers, the first validator's at .10; by default {NetworkPlace.Default.Subnet}, or what follows from --name");
        var faults = TextOption.Flag("--unsafe-fault-injection", "Let whoever reaches the validators' RPC make them misbehave, for fault plans");
        var parameters = TextOption.Create("--parameters", "FILE", null, "Local parameters of every validator (JSON), written into the file; by default each has its own");
        var regions = TextOption.Create("--regions", "R1,R2,..", null, "Emulate a wide-area network: AWS regions, assigned to the validators in turn, or 'all'");
        var command = new Command("compose", "Prints a compose file for a network of containers: mysticeti network compose > docker-compose.yml") { name, committee, basePort, subnet, parameters, regions, faults };
        command.SetAction(async (arguments, _) =>
        {
            var size = Values.Whole(committee.Name, arguments.Text(committee), CommitteeSpecification.MinSize, CommitteeSpecification.MaxSize);
            int? port = arguments.IsGiven(basePort) ? Values.Whole(basePort.Name, arguments.Text(basePort), 1, 65_535, "a port") : null;
            var (file, dealt) = EmbeddedOptions.ReadParameters(arguments, parameters, regions);
            var network = NetworkName.Checked(name.Name, arguments.Text(name));
            var wanted = new CommitteeSpecification { Name = network, Size = size, Parameters = file, UnsafeFaultInjection = arguments.GetValue(faults) }.DealtTo(dealt);
            var plan = ContainerPlan.Create(wanted, port, arguments.IsGiven(subnet) ? arguments.Text(subnet) : null, NetworkPlace.Of(network));
            await shell.Out.WriteAsync(ComposeFile.Render(plan, SourcesFromHere()));
            return ExitCodes.Done;
        });
        return command;
    }

    // As seen from the working directory, where such a file is most often put; null: this tool was installed without them.
    private static string? SourcesFromHere() => ValidatorSources.Find() is { } sources ? sources.Root == Directory.GetCurrentDirectory() ? "." : sources.Root : null;

    /// <summary>The network of containers that is named, or that is the only network here; null where another kind is meant, or none.</summary>
    private static ContainerState? FindContainers(NetworkDirectories directories, Shell shell, ParseResult arguments, Option<string?> name)
    {
        var all = ContainerState.ReadAll(shell.NetworksDirectory);
        if (arguments.IsGiven(name)) return all.FirstOrDefault(state => state.Name == arguments.Text(name));
        return all is [var only] && directories.ReadAll().Count == 0 ? only : null;
    }

    /// <summary>The network named, or the only one there is; null where there is none and none was named.</summary>
    private static NetworkState? Find(NetworkDirectories directories, Shell shell, ParseResult arguments, Option<string?> name)
    {
        if (arguments.IsGiven(name))
        {
            var wanted = NetworkName.Checked(name.Name, arguments.Text(name));
            return directories.Read(wanted) ?? throw new UsageException($"there is no network '{wanted}' in {shell.NetworksDirectory}; mysticeti network status lists them");
        }

        var all = directories.ReadAll();
        string[] names = [.. all.Select(state => state.Name), .. ContainerState.ReadAll(shell.NetworksDirectory).Select(state => state.Name)];
        return names.Length > 1
            ? throw new UsageException($"there are several networks: {string.Join(", ", names)}; say which with {name.Name}")
            : all is [var only] ? only : null;
    }

    private static string NameWithLogs(NetworkDirectories directories, ParseResult arguments, Option<string?> name)
    {
        if (arguments.IsGiven(name)) return NetworkName.Checked(name.Name, arguments.Text(name));
        var running = directories.ReadAll().Select(state => state.Name).ToArray();
        var names = running.Length > 0 ? running : directories.Names();
        return names switch
        {
            [] => throw new UsageException("no network has run here; start one with: mysticeti embedded-network"),
            [var only] => only,
            _ => throw new UsageException($"there are several networks: {string.Join(", ", names)}; say which with {name.Name}"),
        };
    }
}
