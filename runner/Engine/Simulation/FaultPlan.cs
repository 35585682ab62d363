using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;
using Mysticeti.Engine.Faults;

namespace Mysticeti.Engine.Simulation;

/// <summary>A validator loses its memory but keeps its log; all times are from the start of the measured window.</summary>
/// <param name="RecoverAt">When it starts again from its log; null: never.</param>
public sealed record Crash(int Validator, TimeSpan At, TimeSpan? RecoverAt = null);

/// <summary>Nothing passes between the members and the rest; what is sent meanwhile waits in the connections, as with TCP.</summary>
public sealed record Partition(ImmutableArray<int> Members, TimeSpan From, TimeSpan Until);

/// <summary>Every link from or to a member takes longer.</summary>
/// <param name="Extra">Added to each message's one-way time.</param>
public sealed record SlowLinks(ImmutableArray<int> Members, TimeSpan Extra, TimeSpan From, TimeSpan Until);

/// <summary>What goes wrong in a simulation, and when.</summary>
public sealed record FaultPlan
{
    public static FaultPlan None { get; } = new();

    public ImmutableArray<Crash> Crashes { get; init; } = [];

    public ImmutableArray<Partition> Partitions { get; init; } = [];

    public ImmutableArray<SlowLinks> SlowLinks { get; init; } = [];

    /// <summary>Authorities that send one block to one half of their peers and another of the same round, with transactions of others' blocks, to the rest.</summary>
    public ImmutableArray<int> Equivocating { get; init; } = [];

    /// <summary>Authorities that keep each block from a changing half of their peers and answer no request for missing ones.</summary>
    public ImmutableArray<int> Withholding { get; init; } = [];

    /// <summary>Validators that break the rules, or are down at some time.</summary>
    [JsonIgnore]
    public int FaultyCount => Enumerable.Union(Byzantine, Crashes.Select(crash => crash.Validator)).Count();

    /// <summary>Authorities that break the rules.</summary>
    [JsonIgnore]
    public IEnumerable<int> Byzantine => Equivocating.Union(Withholding);

    /// <summary>From then on nothing changes any more: crashed validators are down for good or up again, partitions healed, links as fast as ever.</summary>
    [JsonIgnore]
    public TimeSpan End => new[] { TimeSpan.Zero }
        .Concat(Crashes.Select(crash => crash.RecoverAt ?? crash.At))
        .Concat(Partitions.Select(partition => partition.Until))
        .Concat(SlowLinks.Select(slow => slow.Until)).Max();

    /// <summary>One line a fault, for reports.</summary>
    public ImmutableArray<string> Describe() =>
    [
        .. Equivocating.Select(validator => $"validator {validator} equivocates"),
        .. Withholding.Select(validator => $"validator {validator} withholds its blocks"),
        .. Crashes.Select(crash => $"validator {crash.Validator} crashes at {Seconds(crash.At)} and "
            + (crash.RecoverAt is { } recovery ? $"restarts at {Seconds(recovery)}" : "stays down")),
        .. Partitions.Select(cut => $"validators {string.Join(",", cut.Members)} are cut off from {Seconds(cut.From)} to {Seconds(cut.Until)}"),
        .. SlowLinks.Select(slow => $"links of validators {string.Join(",", slow.Members)} take {Seconds(slow.Extra)} longer from {Seconds(slow.From)} to {Seconds(slow.Until)}"),
    ];

    /// <summary>The same in the words of real networks' faults.</summary>
    public ImmutableArray<FaultEvent> ToEvents() =>
    [
        .. Equivocating.Select(validator => Event(FaultKind.Equivocate, [validator], TimeSpan.Zero, null)),
        .. Withholding.Select(validator => Event(FaultKind.Withhold, [validator], TimeSpan.Zero, null)),
        .. Crashes.Select(crash => Event(FaultKind.Kill, [crash.Validator], crash.At, crash.RecoverAt)),
        .. Partitions.Select(cut => Event(FaultKind.Partition, cut.Members, cut.From, cut.Until)),
        .. SlowLinks.Select(slow => Event(FaultKind.Slow, slow.Members, slow.From, slow.Until) with { DelayMs = (int)slow.Extra.TotalMilliseconds }),
    ];

    private static FaultEvent Event(FaultKind kind, ImmutableArray<int> nodes, TimeSpan at, TimeSpan? until) =>
        new() { Kind = kind, Nodes = nodes, At = at, Until = until };

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + "s";
}
