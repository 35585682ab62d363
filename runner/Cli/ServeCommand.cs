using System.CommandLine;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Networks.External;
using Mysticeti.Platform;
using Mysticeti.Platform.Hosting;
using Mysticeti.Runner.Cli.Options;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Cli;

/// <summary><c>mysticeti serve</c></summary>
internal static class ServeCommand
{
    private static readonly TimeSpan StartupWait = TimeSpan.FromSeconds(60);

    public static Command Create(Shell shell)
    {
        var command = new Command("serve", "Runs the experiment platform: fetches traces, answers queries, runs experiments, shows a dashboard");
        var options = new ServeOptions();
        foreach (var option in options.All) command.Add(option);
        command.SetAction((arguments, cancellationToken) => RunAsync(options, arguments, shell, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(ServeOptions options, ParseResult arguments, Shell shell, CancellationToken cancellationToken)
    {
        var settings = options.Read(arguments, out var config) with { NetworksDirectory = shell.NetworksDirectory };
        var sources = new[] { options.Embedded, options.Outputs, options.Stack }.Where(arguments.IsGiven).Select(option => option.Name).ToArray();
        if (sources.Length > 1) throw new UsageException($"{string.Join(" and ", sources)} name different networks; give one of them");
        if (!arguments.IsGiven(options.Embedded))
            return await ServeAsync(settings, await NetworkAsync(options, arguments, config, settings.HostOverrides, cancellationToken), shell, cancellationToken);

        var committee = Values.Whole(options.Embedded.Name, arguments.Text(options.Embedded), CommitteeSpecification.MinSize, CommitteeSpecification.MaxSize, "validators");
        settings = settings.WithKnownUptimePort();
        settings.Tokens?.WriteIngest(settings.IngestTokenFile);
        await using var network = new EmbeddedNetwork(settings.Embedded(committee, settings.UptimePort), shell.Time);
        await network.StartAsync(StartupWait, new LineProgress(shell.Out), cancellationToken);
        return await ServeAsync(settings, PlatformNetwork.Started(network), shell, cancellationToken);
    }

    private static async Task<PlatformNetwork> NetworkAsync(
        ServeOptions options, ParseResult arguments, ServeConfig config, HostOverrides overrides, CancellationToken cancellationToken)
    {
        if (arguments.IsGiven(options.Stack)) return PlatformNetwork.Of(overrides.Of(await PulumiStack.ReadAsync(arguments.Text(options.Stack), cancellationToken)));
        var file = arguments.IsGiven(options.Outputs) ? arguments.Text(options.Outputs) : config.Outputs;
        return file is null ? PlatformNetwork.None() : PlatformNetwork.InFile(file, overrides);
    }

    private static async Task<int> ServeAsync(PlatformSettings settings, PlatformNetwork network, Shell shell, CancellationToken cancellationToken)
    {
        await using var server = await PlatformServer.StartAsync(settings, network, shell.Time, TextWriter.Synchronized(shell.Error), cancellationToken);
        await shell.Out.WriteLineAsync("experiment platform");
        foreach (var (name, url) in server.Urls) await shell.Out.WriteLineAsync($"  {name,-16} {url.ToString().TrimEnd('/')}");
        if (settings.Tokens is not null) await shell.Out.WriteLineAsync("  every request needs a token");
        await shell.Out.WriteLineAsync("running until Ctrl-C");
        await server.RunAsync(cancellationToken);
        return ExitCodes.Done;
    }
}
