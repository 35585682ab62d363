using System.CommandLine;
using System.Globalization;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Flavors;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Networks.Containers;
using Mysticeti.Engine.Networks.External;
using Mysticeti.Engine.Plan;
using Mysticeti.Engine.Reports;
using Mysticeti.Runner.Cli.Configuration;
using Mysticeti.Runner.Cli.Interactive;
using Mysticeti.Runner.Cli.Options;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Cli;

/// <summary>What the command line of <c>benchmark</c> asks for, checked as far as can be without a network.</summary>
internal sealed record BenchmarkRequest(BenchmarkSettings Settings, NetworkSource Source, bool IsDryRun)
{
    /// <summary>All of it as YAML that <c>--config</c> takes; only a dry run asks for it.</summary>
    public Lazy<string> Configuration { get; init; } = new("");
}

/// <summary>The options of <c>benchmark</c> and how they become settings.</summary>
internal sealed class BenchmarkOptions
{
    private const double LongestSeconds = 7 * 86_400;

    /// <summary>Most measurements of a load near the saturation point: the fewest of which two can outvote one.</summary>
    private const int SearchRepeats = 3;

    private readonly EmbeddedOptions _embedded = new();
    private readonly LoadOptions _load = new();
    private readonly SubmissionOptions _submission = new();
    private readonly ShapeOptions _shape = new();
    private readonly ComposeOptions _compose = new();
    private readonly FaultOptions _faults = new();
    private readonly RemoteOptions _remote = new();

    private readonly Option<string?> _networkType = TextOption.Create(
        "--network-type", "embedded|local|remote|simulated", "embedded",
        "embedded: processes that this command starts; local: containers of a compose file; remote: the hosts that MYSTICETI_NODE{n}_HOST name; simulated: virtual time");

    private readonly Option<string?> _outputs = TextOption.Create(
        "--outputs", "FILE", null, "Measure a running network: a JSON file with the outputs of its stack");

    private readonly Option<string?> _stack = TextOption.Create(
        "--stack", "NAME", null, "Measure a running network: the outputs of a Pulumi stack of the project in the working directory");

    private readonly Option<string?> _loads = TextOption.Create(
        "--loads", "L1,L2,..", null, "Offered loads in tx/s, one measurement each; overrides the two options below");

    private readonly Option<string?> _localLoads = TextOption.Create(
        "--local-loads", "L1,L2,..", "100,200,500", "Offered loads in tx/s for embedded and local networks");

    private readonly Option<string?> _remoteLoads = TextOption.Create(
        "--remote-loads", "L1,L2,..", "50,100,200", "Offered loads in tx/s for remote networks");

    private readonly Option<string?> _duration = TextOption.Create(
        "--duration", "SECONDS", "180", "Length of each measurement in seconds, decimals allowed");

    private readonly Option<string?> _warmUp = TextOption.Create(
        "--warm-up", "SECONDS", "1", "Load before each measurement that is offered but not counted, in seconds");

    private readonly Option<string?> _repeat = TextOption.Create(
        "--repeat", "N", null, "Times that each load is measured, 1 to 1000; several give confidence intervals [default: 1; with --search at most 3, near the saturation point]");

    private readonly Option<bool> _search = TextOption.Flag(
        "--search", "Find the saturation point, the highest load that is sustained, from the lowest of the loads on");

    private readonly Option<string[]> _thresholds = TextOption.Repeatable(
        "--threshold", "BOUND", "Exit with 1 where a figure of the results breaks this bound, for example 'p99_ms < 500'; can be given several times");

    private readonly Option<string?> _arrival = TextOption.Create(
        "--arrival", "constant|poisson", "constant", "How transactions follow each other: at equal gaps or at random ones with the same mean");

    private readonly Option<string?> _outputDirectory = TextOption.Create(
        "--output-dir", "DIRECTORY", "./benchmarks", "Where results are saved, each run in a directory of its own");

    private readonly Option<string?> _consoleOutput = TextOption.Create(
        "--console-output", "true|false", "true", "Whether progress and results are printed");

    private readonly Option<string?> _fileOutput = TextOption.Create("--file-output", "true|false", "true", "Whether results are saved to files");

    private readonly Option<string?> _config = TextOption.Create(
        "--config", "FILE.yaml", null, "Read options from a file, docs/configuration.md; the command line overrides it");

    private readonly Option<bool> _interactive = Questionnaire.CreateOption();

    private readonly Option<bool> _dryRun = TextOption.Flag("--dry-run", "Check everything, print what would be done as YAML for --config, and start nothing");

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])
            [
                _config, _networkType, _compose.ComposePath, _outputs, _stack, _loads, _localLoads, _remoteLoads, _duration, _warmUp, _repeat, _search, _thresholds, _arrival,
                .. _shape.All, .. _load.All, .. _submission.All, .. _faults.All, .. _embedded.All, .. _remote.All, _outputDirectory, _consoleOutput, _fileOutput, _interactive, _dryRun,
            ])
        {
            command.Add(option);
        }
    }

    /// <summary>Asks for the usual parameters where <c>--interactive</c> is given.</summary>
    /// <returns>The command line with the answers; null where the user does not want to go on.</returns>
    public async Task<ParseResult?> AskAsync(ParseResult arguments, Shell shell, CancellationToken cancellationToken)
    {
        if (!arguments.GetValue(_interactive)) return arguments;
        var configured = arguments.IsGiven(_config) ? ConfigFile.Load(arguments.Text(_config)).Merge(arguments, Displaced) : arguments;
        var dialogue = new Questionnaire("Mysticeti Benchmark", "Configure benchmark parameters",
        [
            new(_networkType, "Type of network (embedded, local, remote, simulated)", "Network type", a => ReadNetworkType(a)),
            new(_embedded.Committee, "Number of validators", "Committee size", a => _embedded.ReadCommittee(a)),
            new(_localLoads, "Loads in tx/s, separated by commas", "Loads", a => Loads(a, _localLoads))
                { Unit = " tx/s", IsAsked = a => !a.IsGiven(_loads) && ReadNetworkType(a) != "remote" },
            new(_remoteLoads, "Loads in tx/s, separated by commas", "Loads", a => Loads(a, _remoteLoads))
                { Unit = " tx/s", IsAsked = a => !a.IsGiven(_loads) && ReadNetworkType(a) == "remote" },
            new(_duration, "Duration of each measurement in seconds", "Duration", a => ReadDuration(a)) { Unit = " seconds" },
            new(_load.TransactionSize, "Transaction size in bytes", "Transaction size", a => _load.ReadSize(a)) { Unit = " bytes" },
            new(_embedded.StartupWait, "Startup wait time in seconds", "Startup wait", a => StartupWait.Read(a, _embedded.StartupWait)) { Unit = " seconds" },
            new(_outputDirectory, "Directory for the results", "Output directory", a => OutputDirectory.Check(a.Text(_outputDirectory))),
            new(_embedded.Cleanup, "Clean up after completion", "Cleanup", _ => { })
                { Default = "true", IsAsked = a => ReadNetworkType(a) == "embedded" },
        ]);
        return await dialogue.AskAsync(configured, shell, cancellationToken);
    }

    /// <exception cref="UsageException">A value is wrong, or two contradict each other.</exception>
    /// <exception cref="TopologyException">The outputs of a running network are wrong.</exception>
    public async Task<BenchmarkRequest> ReadAsync(ParseResult arguments, Shell shell, CancellationToken cancellationToken)
    {
        if (!arguments.IsGiven(_config)) return await ReadMergedAsync(arguments, shell, cancellationToken);
        var file = ConfigFile.Load(arguments.Text(_config));
        try
        {
            return await ReadMergedAsync(file.Merge(arguments, Displaced), shell, cancellationToken);
        }
        catch (UsageException error)
        {
            throw file.Located(error, arguments);
        }
    }

    /// <summary>What a file says of the right one does not count where the command line has the left one.</summary>
    private ILookup<Option, Option> Displaced => new (Option Given, Option Displaced)[]
    {
        (_outputs, _stack), (_stack, _outputs), (_localLoads, _loads), (_remoteLoads, _loads),
    }.ToLookup(pair => pair.Given, pair => pair.Displaced);

    private async Task<BenchmarkRequest> ReadMergedAsync(ParseResult arguments, Shell shell, CancellationToken cancellationToken)
    {
        // What costs nothing is checked first, whichever network it is for.
        var embedded = _embedded.Read(arguments, shell);
        var (local, remote) = (Loads(arguments, _localLoads), Loads(arguments, _remoteLoads));
        var overriding = arguments.IsGiven(_loads) ? Loads(arguments, _loads) : default;
        var settings = new BenchmarkSettings
        {
            NetworkType = "embedded",
            Committee = embedded.Committee,
            Loads = overriding.IsDefault ? local : overriding,
            Duration = ReadDuration(arguments),
            WarmUp = Values.Seconds(_warmUp.Name, arguments.Text(_warmUp), 0, 3_600),
            TransactionSize = _load.ReadSize(arguments),
            Sizes = _load.ReadSizes(arguments),
            TransactionType = _load.ReadType(arguments),
            Submission = _submission.Read(arguments),
            Arrival = Values.Choice(_arrival.Name, arguments.Text(_arrival), ("constant", Arrival.Constant), ("poisson", Arrival.Poisson)),
            Repeat = arguments.IsGiven(_repeat) ? Values.Whole(_repeat.Name, arguments.Text(_repeat), 1, 1_000) : arguments.GetValue(_search) ? SearchRepeats : 1,
            Search = arguments.GetValue(_search),
            Thresholds = arguments.GetValue(_thresholds) is [_, ..] bounds ? [.. bounds.Select(Thresholds.Parse)] : [],
            Seed = _load.ReadSeed(arguments),
            StartupWait = Options.StartupWait.Read(arguments, _embedded.StartupWait),
            OutputDirectory = arguments.Text(_outputDirectory),
            ConsoleOutput = Values.Boolean(_consoleOutput.Name, arguments.Text(_consoleOutput)),
            Regions = embedded.Regions,
            Parameters = embedded.Parameters?.ToString(),
            FileOutput = Values.Boolean(_fileOutput.Name, arguments.Text(_fileOutput)),
        };
        var source = await SourceAsync(arguments, embedded, shell, cancellationToken);
        if (source is ExternalSource { Outputs: var outputs })
        {
            var flavor = Flavor.Of(outputs.Flavor);
            if (!_submission.IsGiven(arguments)) settings = settings with { Submission = settings.Submission with { Mode = flavor.Modes[0] } };
            flavor.Check(settings.Submission.Mode);
            TransactionFactory.CheckSize(flavor.Encode(settings.TransactionType), settings.Sizes?.Smallest ?? settings.TransactionSize);
            settings = settings with
            {
                NetworkType = outputs.Type,
                Committee = outputs.CommitteeSize,
                Loads = !overriding.IsDefault ? overriding : outputs.Type == "remote" ? remote : local,
            };
        }

        if (source is RemoteSource { Settings: var hosts })
        {
            settings = settings with { NetworkType = "remote", Committee = hosts.Hosts.Length, Loads = overriding.IsDefault ? remote : overriding };
        }

        if (source is ComposeSource compose) settings = settings with { NetworkType = "local", Committee = compose.Committee };
        var fixedLoads = arguments.IsGiven(_loads) || arguments.IsGiven(_localLoads) || arguments.IsGiven(_remoteLoads);
        settings = _shape.Read(arguments, settings, arguments.IsGiven(_duration), fixedLoads);
        if (source is SimulatedSource)
        {
            if (settings.Search) throw new UsageException("--search does not simulate; leave it out, or measure an embedded network");
            if (settings.Submission.Workers > 1) throw new UsageException($"{_submission.Workers.Name} has no place in a simulation; leave it out, or measure an embedded network");
            settings = settings with { NetworkType = "simulated" };
        }

        settings = _faults.Apply(arguments, settings);
        source = source.For(settings.AllFaults);
        if (settings.FileOutput) OutputDirectory.Check(settings.OutputDirectory);
        return new BenchmarkRequest(settings, source, arguments.GetValue(_dryRun)) { Configuration = new(() => Configuration(arguments, settings, source)) };
    }

    private string Configuration(ParseResult arguments, BenchmarkSettings settings, NetworkSource source)
    {
        var settled = new Dictionary<Option, string?>
        {
            [_networkType] = settings.NetworkType,
            [_embedded.Committee] = source is ComposeSource ? null : settings.Committee.ToString(CultureInfo.InvariantCulture),
            [_repeat] = settings.Repeat.ToString(CultureInfo.InvariantCulture),
            [_load.Seed] = settings.Seed.ToString(CultureInfo.InvariantCulture),
        };
        settled[_submission.Submission] = settings.Submission.Mode.ToString().ToLowerInvariant();
        if (settings.Shape.Kind == ShapeKind.Replay) settled[_loads] = settled[_localLoads] = settled[_remoteLoads] = null;
        if (settings.Shape.Kind == ShapeKind.Replay && !arguments.IsGiven(_duration)) settled[_duration] = null;
        if (source is not ComposeSource) settled[_compose.ComposePath] = null;
        if (!settings.CrashRecovery) settled[_faults.CrashInterval] = null;
        return ConfigText.Render(arguments, settled);
    }

    private async Task<NetworkSource> SourceAsync(ParseResult arguments, EmbeddedNetworkSettings embedded, Shell shell, CancellationToken cancellationToken)
    {
        var type = ReadNetworkType(arguments);
        if (arguments.IsGiven(_outputs) && arguments.IsGiven(_stack))
            throw new UsageException("--outputs and --stack both name a network; give one of them");
        if (!arguments.IsGiven(_outputs) && !arguments.IsGiven(_stack))
        {
            if (arguments.IsGiven(_compose.ComposePath) && !arguments.IsGiven(_networkType)) type = "local";
            if (arguments.IsGiven(_compose.ComposePath) && type != "local")
                throw new UsageException($"{_compose.ComposePath.Name} is for local networks, and --network-type is {type}; leave one of them out");
            return type switch
            {
                "embedded" => new EmbeddedSource(embedded),
                "simulated" => Simulated(arguments),
                "local" => await ComposeAsync(arguments, shell, cancellationToken),
                "remote" => new RemoteSource(_remote.Read(arguments, embedded, shell, arguments.IsGiven(_embedded.Committee)), _remote.ReadTransport(arguments)),
                _ => throw new UsageException($"--network-type {type} needs a running network: name it with --outputs FILE or --stack NAME"),
            };
        }

        foreach (var option in (Option[])[_compose.ComposePath, .. _embedded.StartingOnly])
        {
            if (arguments.IsGiven(option))
                throw new UsageException($"{option.Name} is for a network that this command starts, not for one that runs already; leave it out");
        }

        var source = arguments.IsGiven(_outputs)
            ? new ExternalSource(NetworkOutputs.Load(arguments.Text(_outputs)), $"outputs file '{arguments.Text(_outputs)}'")
            : new ExternalSource(await PulumiStack.ReadAsync(arguments.Text(_stack), cancellationToken), $"stack '{arguments.Text(_stack)}'");
        if (arguments.IsGiven(_networkType) && type != source.Outputs.Type)
            throw new UsageException($"--network-type {type} contradicts {source.Origin}, whose network is of type {source.Outputs.Type}; leave it out");
        if (arguments.IsGiven(_embedded.Committee) && embedded.Committee != source.Outputs.CommitteeSize)
            throw new UsageException($"--committee {embedded.Committee} contradicts {source.Origin}, which has {source.Outputs.CommitteeSize} nodes; leave it out");
        return source;
    }

    private SimulatedSource Simulated(ParseResult arguments)
    {
        RefuseWideArea(arguments, "'mysticeti simulate' has options of its own");
        return new SimulatedSource();
    }

    private void RefuseWideArea(ParseResult arguments, string why)
    {
        foreach (var option in (Option[])[_embedded.Parameters, _embedded.Regions])
        {
            if (arguments.IsGiven(option)) throw new UsageException($"{option.Name} is for an embedded or remote network; {why}");
        }
    }

    private string ReadNetworkType(ParseResult arguments) => Values.Choice(
        _networkType.Name, arguments.Text(_networkType), ("embedded", "embedded"), ("local", "local"), ("remote", "remote"), ("simulated", "simulated"));

    private TimeSpan ReadDuration(ParseResult arguments) => Values.Seconds(_duration.Name, arguments.Text(_duration), 0.1, LongestSeconds);

    private async Task<ComposeSource> ComposeAsync(ParseResult arguments, Shell shell, CancellationToken cancellationToken)
    {
        if (arguments.IsGiven(_embedded.BasePort)) throw new UsageException("--base-port is for embedded networks; the compose file says which ports a local one has");
        if (arguments.IsGiven(_embedded.Committee))
            throw new UsageException("--committee is for embedded networks; a local one is as large as its compose file: mysticeti network compose --committee N > docker-compose.yml");
        RefuseWideArea(arguments, "the compose file says how its validators are started");
        var settings = _compose.Read(arguments, shell, _embedded.Cleanup, _embedded.CleanupThorough);
        return new ComposeSource(settings, await ComposeNetwork.CountAsync(settings.ComposePath, cancellationToken));
    }

    private static System.Collections.Immutable.ImmutableArray<int> Loads(ParseResult arguments, Option<string?> option) =>
        Values.Loads(option.Name, arguments.Text(option));
}
