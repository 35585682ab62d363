using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using Mysticeti.Consensus;
using Mysticeti.Engine.Benchmark;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Simulation;
using Mysticeti.Topology.Regions;

namespace Mysticeti.Runner.Cli.Options;

/// <summary>The options of <c>simulate</c>, and how they become settings.</summary>
internal sealed partial class SimulateOptions
{
    private const double LongestSeconds = 100_000;

    private static readonly SimulationSettings Defaults = new();

    private readonly Option<string?> _committee = TextOption.Create("--committee", "N", null, $"Number of validators, 4 to {SimulationSettings.MostValidators} (default {Defaults.Committee}; with --seeds: 4 to 10, drawn)");
    private readonly Option<string?> _duration = TextOption.Create("--duration", "S", "60", "Measured window in virtual seconds");
    private readonly Option<string?> _warmUp = TextOption.Create("--warm-up", "S", "2", "Load before the window that is not counted, in virtual seconds");
    private readonly Option<string?> _loads = TextOption.Create("--loads", "L1,L2,..", "1000", "Offered loads in transactions a second, one simulation each");
    private readonly Option<string?> _transactionSize = TextOption.Create("--transaction-size", "BYTES", "512", "Bytes of a transaction");
    private readonly Option<string?> _arrival = TextOption.Create("--arrival", "KIND", "constant", "constant or poisson");
    private readonly Option<string?> _regions = TextOption.Create("--regions", "R1,R2,..", string.Join(',', Defaults.Regions), "Regions, assigned to the validators in turn; 'all', or 'none' for --latency-ms between any two");
    private readonly Option<string?> _latency = TextOption.Create("--latency-ms", "MS", "0.1", "One-way time between any two validators with --regions none");
    private readonly Option<string?> _jitter = TextOption.Create("--jitter-ms", "MS", "1", "Mean of the exponential jitter of each message");
    private readonly Option<string?> _loss = TextOption.Create("--loss", "P", "0", "Probability that a message is lost and sent again, 0 to 0.5");
    private readonly Option<string?> _bandwidth = TextOption.Create("--bandwidth-mbps", "MBPS", "1000", "Bandwidth between two validators in Mbit/s; 0: unlimited");
    private readonly Option<string?> _leaders = TextOption.Create("--leaders", "K", "2", "Leader slots a round");
    private readonly Option<string?> _seed = TextOption.Create("--seed", "N", "1", "Source of all randomness");
    private readonly Option<string?> _seeds = TextOption.Create("--seeds", "COUNT", null, "Simulate this many small networks with random faults up to f, from --seed on, and report the first that fails");
    private readonly Option<string?> _faults = TextOption.Create("--faults", "N", "0", "Validators that are down from the window's start, the last ones first");
    private readonly Option<string?> _crash = TextOption.Create("--crash", "N[@FROM[-TO]]", null, "Validators that crash at a second of the window and restart at another; N alone: after a third and two thirds of it");
    private readonly Option<string?> _partition = TextOption.Create("--partition", "I,J,..@FROM-TO", null, "Validators that are cut off from the rest between two seconds of the window; several separated by ';'");
    private readonly Option<string?> _slow = TextOption.Create("--slow", "I,J,..+MS@FROM-TO", null, "Validators whose links take that much longer each way between two seconds of the window; several separated by ';'");
    private readonly Option<string?> _equivocate = TextOption.Create("--equivocate", "N", "0", "Authorities that make two blocks a round and replay others' transactions");
    private readonly Option<string?> _withhold = TextOption.Create("--withhold", "N", "0", "Authorities that keep each block from half of their peers");
    private readonly Option<bool> _trace = new("--trace") { Description = "Save the newest entries of each validator's trace, as GET /v1/trace gives them" };
    private readonly Option<string?> _output = TextOption.Create("--output-dir", "DIR", "./benchmarks", "Where the run directory is made");

    public void AddTo(Command command)
    {
        foreach (var option in new Option[]
        {
            _committee, _duration, _warmUp, _loads, _transactionSize, _arrival, _regions, _latency, _jitter, _loss, _bandwidth, _leaders,
            _seed, _seeds, _faults, _crash, _partition, _slow, _equivocate, _withhold, _trace, _output,
        })
        {
            command.Add(option);
        }
    }

    public string OutputDirectory(ParseResult parsed) => parsed.Text(_output);

    /// <summary>The number of seeds of a sweep; null without <c>--seeds</c>.</summary>
    public int? SeedCount(ParseResult parsed) => parsed.GetValue(_seeds) is { } text ? Values.Whole(_seeds.Name, text, 1, 1_000_000) : null;

    /// <summary>The committee's size where it was given: in a sweep it is drawn otherwise.</summary>
    public int? Committee(ParseResult parsed) =>
        parsed.GetValue(_committee) is { } text ? Values.Whole(_committee.Name, text, 4, SimulationSettings.MostValidators) : null;

    /// <exception cref="UsageException">An option is wrong.</exception>
    public SimulationSettings Settings(ParseResult parsed)
    {
        var committee = Committee(parsed) ?? Defaults.Committee;
        var duration = Values.Seconds(_duration.Name, parsed.Text(_duration), 0.1, LongestSeconds);
        return new SimulationSettings
        {
            Committee = committee,
            Loads = Values.Loads(_loads.Name, parsed.Text(_loads)),
            Duration = duration,
            WarmUp = Values.Seconds(_warmUp.Name, parsed.Text(_warmUp), 0, LongestSeconds),
            TransactionSize = Values.Whole(_transactionSize.Name, parsed.Text(_transactionSize), 1, Defaults.Consensus.MaxTransactionBytes),
            Arrival = Values.Choice(_arrival.Name, parsed.Text(_arrival), ("constant", Arrival.Constant), ("poisson", Arrival.Poisson)),
            Regions = Regions(parsed.Text(_regions)),
            Latency = TimeSpan.FromMilliseconds(Number(_latency, parsed, 10_000)),
            Jitter = TimeSpan.FromMilliseconds(Number(_jitter, parsed, 10_000)),
            Loss = Number(_loss, parsed, 0.5),
            LinkBitsPerSecond = (long)(Number(_bandwidth, parsed, 1_000_000) * 1e6),
            Consensus = new ConsensusParameters { LeadersPerRound = Values.Whole(_leaders.Name, parsed.Text(_leaders), 1, committee) },
            Seed = Values.Seed(_seed.Name, parsed.Text(_seed)),
            Faults = Faults(parsed, committee, duration),
            TraceEntries = parsed.GetValue(_trace) ? TraceFiles.EntriesOf(committee) : 0,
        }.Validated();
    }

    private FaultPlan Faults(ParseResult parsed, int committee, TimeSpan duration)
    {
        // Each kind takes its validators from where the one before ended, the last ones first.
        var next = committee;
        ImmutableArray<int> Take(Option option, int count)
        {
            if (count > next) throw new UsageException($"{option.Name} {count} is not possible; it takes a number up to the {next} validators that are left");
            next -= count;
            return [.. Enumerable.Range(next, count)];
        }

        var equivocating = Take(_equivocate, Count(_equivocate, parsed, committee));
        var withholding = Take(_withhold, Count(_withhold, parsed, committee));
        var down = Take(_faults, Count(_faults, parsed, committee));
        var crash = parsed.GetValue(_crash) is { } text ? ParseCrash(text, duration) : default;
        return new FaultPlan
        {
            Equivocating = equivocating,
            Withholding = withholding,
            Crashes =
            [
                .. down.Select(validator => new Crash(validator, TimeSpan.Zero)),
                .. Take(_crash, crash.Count).Select(validator => new Crash(validator, crash.At, crash.RecoverAt)),
            ],
            Partitions = [.. Parts(parsed.Text(_partition)).Select(ParsePartition)],
            SlowLinks = [.. Parts(parsed.Text(_slow)).Select(ParseSlow)],
        };
    }

    private (int Count, TimeSpan At, TimeSpan? RecoverAt) ParseCrash(string text, TimeSpan duration)
    {
        var match = Match(_crash, CrashPattern(), text);
        var count = Values.Whole(_crash.Name, match.Groups["n"].Value, 0, SimulationSettings.MostValidators);
        if (!match.Groups["from"].Success) return (count, duration / 3, duration * 2 / 3);
        return (count, Seconds(_crash, match, "from"), match.Groups["to"].Success ? Seconds(_crash, match, "to") : null);
    }

    private Partition ParsePartition(string text)
    {
        var match = Match(_partition, PartitionPattern(), text);
        return new Partition(Members(_partition, match), Seconds(_partition, match, "from"), Seconds(_partition, match, "to"));
    }

    private SlowLinks ParseSlow(string text)
    {
        var match = Match(_slow, SlowPattern(), text);
        return new SlowLinks(Members(_slow, match), Seconds(_slow, match, "ms") / 1000, Seconds(_slow, match, "from"), Seconds(_slow, match, "to"));
    }

    private static Match Match(Option option, Regex pattern, string text) => pattern.Match(text) is { Success: true } match
        ? match
        : throw new UsageException($"{option.Name} {Values.OneLine(text)} is not possible; it takes {option.HelpName}");

    private static string[] Parts(string text) => text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static ImmutableArray<int> Members(Option option, Match match) =>
        [.. match.Groups["members"].Value.Split(',').Select(member => Values.Whole(option.Name, member, 0, SimulationSettings.MostValidators - 1)).Distinct()];

    private static ImmutableArray<string> Regions(string text) => text switch
    {
        "none" => [],
        "all" => LatencyMatrix.Aws.Regions,
        _ => [.. text.Split(',', StringSplitOptions.TrimEntries)],
    };

    private static int Count(Option<string?> option, ParseResult parsed, int most) => Values.Whole(option.Name, parsed.Text(option), 0, most);

    private static TimeSpan Seconds(Option option, Match match, string group) => Values.Seconds(option.Name, match.Groups[group].Value, 0, LongestSeconds);

    private static double Number(Option<string?> option, ParseResult parsed, double most) =>
        double.TryParse(parsed.Text(option), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value <= most
            ? value
            : throw new UsageException(FormattableString.Invariant($"{option.Name} {Values.OneLine(parsed.Text(option))} is not possible; it takes a number from 0 to {most}"));

    [GeneratedRegex(@"^(?<n>\d+)(@(?<from>[\d.]+)(-(?<to>[\d.]+))?)?$")]
    private static partial Regex CrashPattern();

    [GeneratedRegex(@"^(?<members>\d+(,\d+)*)@(?<from>[\d.]+)-(?<to>[\d.]+)$")]
    private static partial Regex PartitionPattern();

    [GeneratedRegex(@"^(?<members>\d+(,\d+)*)\+(?<ms>[\d.]+)@(?<from>[\d.]+)-(?<to>[\d.]+)$")]
    private static partial Regex SlowPattern();
}
