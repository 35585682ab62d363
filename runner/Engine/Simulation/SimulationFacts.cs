using System.Collections.Immutable;

namespace Mysticeti.Engine.Simulation;

/// <summary>What only a simulation can tell of a load, beside the report that it shares with benchmarks. Depends on the settings alone.</summary>
public sealed record SimulationFacts
{
    /// <summary>What stands in for signatures.</summary>
    public string Signatures { get; init; } = KeyedHash.Name;

    public required ulong Seed { get; init; }

    /// <summary>From switching the network on to the end of the drain.</summary>
    public required double VirtualSeconds { get; init; }

    /// <summary>Events that the simulation carried out.</summary>
    public required long Events { get; init; }

    public required long Messages { get; init; }

    public required long Bytes { get; init; }

    /// <summary>Blocks that all validators proposed.</summary>
    public required long Blocks { get; init; }

    /// <summary>The reference validator: the first correct one that never crashes. Rounds, commits and leader slots are as it saw them.</summary>
    public required int Reference { get; init; }

    public required long Rounds { get; init; }

    public required long Commits { get; init; }

    /// <summary>Decided leader slots by outcome.</summary>
    public required ImmutableSortedDictionary<string, long> LeaderSlots { get; init; }

    /// <summary>Unusual events in the cores of all correct validators.</summary>
    public required ImmutableSortedDictionary<string, long> Notices { get; init; }

    /// <summary>Requests for missing blocks by all correct validators, in blocks.</summary>
    public required long BlocksFetched { get; init; }

    /// <summary>Times that a correct validator had been away for longer than its peers keep blocks, and took over a checkpoint.</summary>
    public required long Snapshots { get; init; }

    /// <summary>Longest one-way time between two validators, without jitter.</summary>
    public required double LongestOneWayMs { get; init; }

    public required ImmutableArray<ValidatorFacts> Validators { get; init; }

    /// <summary>Transactions accepted by correct validators that never crash, and not committed by the end of the drain.</summary>
    public required long Unfinished { get; init; }

    /// <summary>Correct validators that are up and committed nothing after the last fault ended.</summary>
    public required ImmutableArray<int> Stuck { get; init; }

    public required ImmutableArray<string> Faults { get; init; }
}

/// <summary>How one validator ended.</summary>
/// <param name="Role">correct, equivocating, withholding or both; crashed validators are correct ones.</param>
/// <param name="State">up or down at the end.</param>
/// <param name="LastCommitSeconds">Virtual time of its last commit from the start of the window; null before the first.</param>
public sealed record ValidatorFacts(int Index, string Region, string Role, string State, long Round, long CommitIndex, double? LastCommitSeconds);
