using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using Mysticeti.Consensus;
using Mysticeti.Runner.Benchmark;
using Mysticeti.Runner.Cli;
using Mysticeti.Topology.Regions;

namespace Mysticeti.Runner.Simulation;

/// <summary>The options of <c>simulate</c>, and how they become settings.</summary>
internal sealed partial class SimulateOptions
{
    private static readonly SimulationSettings _defaults = new();

    private readonly Option<int?> _committee = new("--committee") { Description = $"Number of validators, 4 to {SimulationSettings.MostValidators} (default {_defaults.Committee}; with --seeds: 4 to 10, drawn)" };
    private readonly Option<double> _duration = Number("--duration", "Measured window in virtual seconds", 60);
    private readonly Option<double> _warmUp = Number("--warm-up", "Load before the window that is not counted, in virtual seconds", 2);
    private readonly Option<string> _loads = Text("--loads", "Offered loads in transactions a second, one simulation each", "1000");
    private readonly Option<int> _transactionSize = new("--transaction-size") { Description = "Bytes of a transaction", DefaultValueFactory = _ => 512 };
    private readonly Option<string> _arrival = Text("--arrival", "constant or poisson", "constant");
    private readonly Option<string> _regions = Text("--regions", "Regions, assigned to the validators in turn; 'all', or 'none' for --latency-ms between any two", string.Join(',', _defaults.Regions));
    private readonly Option<double> _latency = Number("--latency-ms", "One-way time between any two validators with --regions none", 0.1);
    private readonly Option<double> _jitter = Number("--jitter-ms", "Mean of the exponential jitter of each message", 1);
    private readonly Option<double> _loss = Number("--loss", "Probability that a message is lost and sent again, 0 to 0.5", 0);
    private readonly Option<double> _bandwidth = Number("--bandwidth-mbps", "Bandwidth between two validators in Mbit/s; 0: unlimited", 1000);
    private readonly Option<int> _leaders = new("--leaders") { Description = "Leader slots a round", DefaultValueFactory = _ => 2 };
    private readonly Option<ulong> _seed = new("--seed") { Description = "Source of all randomness", DefaultValueFactory = _ => 1 };
    private readonly Option<int?> _seeds = new("--seeds") { Description = "Simulate this many small networks with random faults up to f, from --seed on, and report the first that fails" };
    private readonly Option<int> _faults = new("--faults") { Description = "Validators that are down from the window's start, the last ones first" };
    private readonly Option<string?> _crash = new("--crash") { Description = "N, N@FROM or N@FROM-TO: validators that crash at a second of the window and restart at another; N alone: after a third and two thirds of it" };
    private readonly Option<string[]> _partition = new("--partition") { Description = "I,J,..@FROM-TO: validators that are cut off from the rest between two seconds of the window; repeatable", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
    private readonly Option<string[]> _slow = new("--slow") { Description = "I,J,..+MS@FROM-TO: validators whose links take that much longer each way between two seconds; repeatable", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
    private readonly Option<int> _equivocate = new("--equivocate") { Description = "Authorities that make two blocks a round" };
    private readonly Option<int> _withhold = new("--withhold") { Description = "Authorities that keep each block from half of their peers" };
    private readonly Option<string> _output = Text("--output-dir", "Where the run directory is made", "./benchmarks");

    public void AddTo(Command command)
    {
        foreach (var option in new Option[]
        {
            _committee, _duration, _warmUp, _loads, _transactionSize, _arrival, _regions, _latency, _jitter, _loss, _bandwidth, _leaders,
            _seed, _seeds, _faults, _crash, _partition, _slow, _equivocate, _withhold, _output,
        }) command.Add(option);
    }

    public string OutputDirectory(ParseResult parsed) => parsed.GetValue(_output)!;

    /// <summary>The number of seeds of a sweep; null without <c>--seeds</c>.</summary>
    public int? SeedCount(ParseResult parsed)
    {
        var seeds = parsed.GetValue(_seeds);
        if (seeds is < 1) throw new UsageException($"--seeds {seeds} must be at least 1");
        return seeds;
    }

    /// <summary>The committee's size in a sweep; null to draw it.</summary>
    public int? SweepCommittee(ParseResult parsed) => parsed.GetValue(_committee);

    /// <exception cref="UsageException">An option is wrong.</exception>
    public SimulationSettings Settings(ParseResult parsed)
    {
        var committee = parsed.GetValue(_committee) ?? _defaults.Committee;
        var duration = Seconds(_duration.Name, parsed.GetValue(_duration));
        return new SimulationSettings
        {
            Committee = committee,
            Loads = [.. parsed.GetValue(_loads)!.Split(',', StringSplitOptions.TrimEntries).Select(load => Integer(_loads.Name, load))],
            Duration = duration,
            WarmUp = Seconds(_warmUp.Name, parsed.GetValue(_warmUp)),
            TransactionSize = parsed.GetValue(_transactionSize),
            Arrival = Enum.TryParse<Arrival>(parsed.GetValue(_arrival), ignoreCase: true, out var arrival) && Enum.IsDefined(arrival)
                ? arrival
                : throw new UsageException($"--arrival {parsed.GetValue(_arrival)} is not known; give constant or poisson"),
            Regions = Regions(parsed.GetValue(_regions)!),
            Latency = Seconds(_latency.Name, parsed.GetValue(_latency) / 1000),
            Jitter = Seconds(_jitter.Name, parsed.GetValue(_jitter) / 1000),
            Loss = parsed.GetValue(_loss),
            LinkBitsPerSecond = parsed.GetValue(_bandwidth) is >= 0 and <= 1e9 and var mbps
                ? (long)(mbps * 1e6)
                : throw new UsageException("--bandwidth-mbps must be from 0 to 1000000000"),
            Consensus = new ConsensusParameters { LeadersPerRound = parsed.GetValue(_leaders) },
            Seed = parsed.GetValue(_seed),
            Faults = Faults(parsed, committee, duration),
        }.Validated();
    }

    private FaultPlan Faults(ParseResult parsed, int committee, TimeSpan duration)
    {
        // Each kind takes its validators from where the one before ended, the last ones first.
        var next = committee;
        ImmutableArray<int> Take(string option, int count)
        {
            if (count < 0 || count > next) throw new UsageException($"{option} {count} is not from 0 to the {next} validators that are left");
            next -= count;
            return [.. Enumerable.Range(next, count)];
        }

        var equivocating = Take(_equivocate.Name, parsed.GetValue(_equivocate));
        var withholding = Take(_withhold.Name, parsed.GetValue(_withhold));
        var down = Take(_faults.Name, parsed.GetValue(_faults));
        var crash = parsed.GetValue(_crash) is { } text ? ParseCrash(text, duration) : default;
        return new FaultPlan
        {
            Equivocating = equivocating,
            Withholding = withholding,
            Crashes =
            [
                .. down.Select(validator => new Crash(validator, TimeSpan.Zero)),
                .. Take(_crash.Name, crash.Count).Select(validator => new Crash(validator, crash.At, crash.RecoverAt)),
            ],
            Partitions = [.. parsed.GetValue(_partition)!.Select(ParsePartition)],
            SlowLinks = [.. parsed.GetValue(_slow)!.Select(ParseSlow)],
        };
    }

    private (int Count, TimeSpan At, TimeSpan? RecoverAt) ParseCrash(string text, TimeSpan duration)
    {
        if (CrashPattern().Match(text) is not { Success: true } match) throw new UsageException($"{_crash.Name} {text} is not N, N@FROM or N@FROM-TO");
        var count = Integer(_crash.Name, match.Groups["n"].Value);
        if (!match.Groups["from"].Success) return (count, duration / 3, duration * 2 / 3);
        return (count, Seconds(_crash.Name, match.Groups["from"].Value), match.Groups["to"].Success ? Seconds(_crash.Name, match.Groups["to"].Value) : null);
    }

    private Partition ParsePartition(string text) => PartitionPattern().Match(text) is { Success: true } match
        ? new Partition(Members(_partition.Name, match), Seconds(_partition.Name, match.Groups["from"].Value), Seconds(_partition.Name, match.Groups["to"].Value))
        : throw new UsageException($"{_partition.Name} {text} is not I,J,..@FROM-TO");

    private SlowLinks ParseSlow(string text) => SlowPattern().Match(text) is { Success: true } match
        ? new SlowLinks(
            Members(_slow.Name, match), Seconds(_slow.Name, match.Groups["ms"].Value) / 1000,
            Seconds(_slow.Name, match.Groups["from"].Value), Seconds(_slow.Name, match.Groups["to"].Value))
        : throw new UsageException($"{_slow.Name} {text} is not I,J,..+MS@FROM-TO");

    private static ImmutableArray<int> Members(string option, Match match) =>
        [.. match.Groups["members"].Value.Split(',').Select(member => Integer(option, member)).Distinct()];

    private static ImmutableArray<string> Regions(string text) => text switch
    {
        "none" => [],
        "all" => LatencyMatrix.Aws.Regions,
        _ => [.. text.Split(',', StringSplitOptions.TrimEntries)],
    };

    private static int Integer(string option, string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
        ? value
        : throw new UsageException($"{option}: '{text}' is not a whole number");

    private static TimeSpan Seconds(string option, string text) => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
        ? Seconds(option, value)
        : throw new UsageException($"{option}: '{text}' is not a number of seconds");

    private static TimeSpan Seconds(string option, double value) => value is >= 0 and <= 1e6
        ? TimeSpan.FromSeconds(value)
        : throw new UsageException(FormattableString.Invariant($"{option}: {value} is out of range"));

    private static Option<double> Number(string name, string description, double value) => new(name) { Description = description, DefaultValueFactory = _ => value };

    private static Option<string> Text(string name, string description, string value) => new(name) { Description = description, DefaultValueFactory = _ => value };

    [GeneratedRegex(@"^(?<n>\d+)(@(?<from>[\d.]+)(-(?<to>[\d.]+))?)?$")]
    private static partial Regex CrashPattern();

    [GeneratedRegex(@"^(?<members>\d+(,\d+)*)@(?<from>[\d.]+)-(?<to>[\d.]+)$")]
    private static partial Regex PartitionPattern();

    [GeneratedRegex(@"^(?<members>\d+(,\d+)*)\+(?<ms>[\d.]+)@(?<from>[\d.]+)-(?<to>[\d.]+)$")]
    private static partial Regex SlowPattern();
}
