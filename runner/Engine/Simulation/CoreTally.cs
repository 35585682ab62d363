using System.Collections.Immutable;
using System.Text.Json;
using Mysticeti.Consensus;
using Mysticeti.Consensus.Core;

namespace Mysticeti.Engine.Simulation;

/// <summary>What one validator's core reported over all its lives; what it only went through again while it recovered is left out.</summary>
internal sealed class CoreTally
{
    /// <summary>By <see cref="LeaderStatus"/>.</summary>
    public long[] Decided { get; } = new long[Enum.GetValues<LeaderStatus>().Length];

    /// <summary>By <see cref="CoreNotice"/>.</summary>
    public long[] Notices { get; } = new long[Enum.GetValues<CoreNotice>().Length];

    public long Proposed { get; set; }

    /// <summary>References that were asked for.</summary>
    public long Fetched { get; set; }

    /// <summary>Checkpoints of peers that it went on from.</summary>
    public long Snapshots { get; set; }

    public long CommitIndex { get; set; }

    /// <summary>Virtual time of the last commit; 0 before the first.</summary>
    public long LastCommitNs { get; set; }

    /// <summary>Decided slots by outcome, each outcome named, in the sum of several validators.</summary>
    public static ImmutableSortedDictionary<string, long> LeaderSlots(IEnumerable<CoreTally> tallies) =>
        Sum<LeaderStatus>(tallies.Select(tally => tally.Decided)).Remove(Name(LeaderStatus.Undecided));

    /// <summary>Notices by name, in the sum of several validators.</summary>
    public static ImmutableSortedDictionary<string, long> Notified(IEnumerable<CoreTally> tallies) =>
        Sum<CoreNotice>(tallies.Select(tally => tally.Notices)).Remove(Name(CoreNotice.RoundAdvanced));

    private static ImmutableSortedDictionary<string, long> Sum<T>(IEnumerable<long[]> counts)
        where T : struct, Enum
    {
        var all = counts.ToList();
        return Enum.GetValues<T>().ToImmutableSortedDictionary(Name, value => all.Sum(count => count[Convert.ToInt32(value, null)]), StringComparer.Ordinal);
    }

    private static string Name<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
