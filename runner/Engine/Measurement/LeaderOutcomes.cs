using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Mysticeti.Engine.Load;

namespace Mysticeti.Engine.Measurement;

/// <summary>What became of the leader slots that were decided in the window, by the authority that led them.</summary>
/// <param name="Node">The validator whose decisions these are: of those that answered, the one that decided most. Correct ones decide alike.</param>
/// <param name="Missing">Why there are none.</param>
public sealed record LeaderOutcomes(string? Node, ImmutableArray<LeaderOutcome> Authorities, string? Missing)
{
    public static LeaderOutcomes Without(string reason) => new(null, [], reason);
}

/// <summary>Leader slots of one authority, by how they were decided.</summary>
public sealed record LeaderOutcome(int Authority, string Name, long DirectCommit, long IndirectCommit, long DirectSkip, long IndirectSkip)
{
    [JsonIgnore]
    public long Decided => DirectCommit + IndirectCommit + DirectSkip + IndirectSkip;
}

/// <summary>Leader slots that a validator has decided since its start, as its metrics count them.</summary>
public sealed partial class LeaderCounts
{
    private readonly Dictionary<(int Authority, string Status), long> _slots = [];

    /// <summary>Reads Prometheus text; null where it has no such counters, as those of other flavors have not.</summary>
    public static LeaderCounts? Parse(string metrics)
    {
        var counts = new LeaderCounts();
        foreach (Match line in Sample().Matches(metrics))
        {
            var authority = int.Parse(line.Groups["authority"].ValueSpan, CultureInfo.InvariantCulture);
            counts._slots[(authority, line.Groups["status"].Value)] = (long)double.Parse(line.Groups["value"].ValueSpan, CultureInfo.InvariantCulture);
        }

        return counts._slots.Count == 0 ? null : counts;
    }

    /// <summary>What was decided since <paramref name="before"/>; null where the validator was started again meanwhile and counts anew.</summary>
    public ImmutableArray<LeaderOutcome>? Since(LeaderCounts before, IReadOnlyList<NodeEndpoint> nodes)
    {
        if (before._slots.Any(slot => slot.Value > _slots.GetValueOrDefault(slot.Key))) return null;

        IEnumerable<int> authorities = nodes.Select(n => n.Index).Concat(_slots.Keys.Select(k => k.Authority)).Distinct().Order();
        return
        [
            .. authorities.Select(authority => new LeaderOutcome(
                authority, nodes.FirstOrDefault(n => n.Index == authority)?.Name ?? FormattableString.Invariant($"authority {authority}"),
                Count(authority, "direct_commit"), Count(authority, "indirect_commit"), Count(authority, "direct_skip"), Count(authority, "indirect_skip"))),
        ];

        long Count(int authority, string status) => _slots.GetValueOrDefault((authority, status)) - before._slots.GetValueOrDefault((authority, status));
    }

    [GeneratedRegex("""^mysticeti_leader_slots_total\{authority="(?<authority>\d{1,6})",status="(?<status>[a-z_]+)"\} (?<value>\d+(\.\d+)?(e\+\d+)?)""", RegexOptions.Multiline)]
    private static partial Regex Sample();
}
