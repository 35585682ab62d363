using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Mysticeti.Engine.Faults;

/// <summary>The faults of links of one validator: a part of <see cref="FaultState"/>.</summary>
/// <param name="Peers">The other ends; null: all peers.</param>
internal sealed record LinkState(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ImmutableArray<int>? Peers, bool Blocked, int DelayMs, int JitterMs, double Loss);

/// <summary>Everything that one validator is asked to do wrong: the body of <c>PUT /v1/faults</c>, which replaces what was there.</summary>
internal sealed record FaultState
{
    /// <summary>When the validator forgets it all by itself, in milliseconds.</summary>
    public int ExpiresAfterMs { get; init; }

    public required ImmutableArray<LinkState> Links { get; init; }

    public required bool Equivocate { get; init; }

    public required ImmutableArray<int> WithholdFrom { get; init; }

    public required int ClockSkewMs { get; init; }

    public required bool DiskFull { get; init; }

    /// <summary>Whether nothing is asked for.</summary>
    [JsonIgnore]
    public bool IsEmpty => Links.IsEmpty && WithholdFrom.IsEmpty && !Equivocate && !DiskFull && ClockSkewMs == 0;

    /// <summary>What some faults together mean for one node.</summary>
    public static FaultState Of(int node, int committee, IReadOnlyList<FaultEvent> active)
    {
        var own = active.Where(fault => fault.IsOfValidator && fault.Nodes.Contains(node)).ToArray();
        var withheld = own.Where(fault => fault.Kind == FaultKind.Withhold)
            .SelectMany(fault => fault.Peers.IsEmpty ? Enumerable.Range(0, committee).Where(peer => peer != node) : fault.Peers);
        return new FaultState
        {
            Links = [.. own.Select(fault => LinkOf(fault, committee)).OfType<LinkState>(), .. OtherSides(node, committee, active)],
            Equivocate = own.Any(fault => fault.Kind == FaultKind.Equivocate),
            WithholdFrom = [.. withheld.Distinct().Order()],
            ClockSkewMs = own.Where(fault => fault.Kind == FaultKind.ClockSkew).Sum(fault => fault.ClockSkewMs),
            DiskFull = own.Any(fault => fault.Kind == FaultKind.DiskFull),
        };
    }

    private static LinkState? LinkOf(FaultEvent fault, int committee) => fault.Kind switch
    {
        FaultKind.Disconnect => new LinkState(fault.Peers.IsEmpty ? null : fault.Peers, true, 0, 0, 0),
        FaultKind.Partition => new LinkState(OtherSide(fault, committee), true, 0, 0, 0),
        FaultKind.Slow => new LinkState(fault.Peers.IsEmpty ? null : fault.Peers, false, fault.DelayMs, fault.JitterMs, 0),
        FaultKind.Loss => new LinkState(fault.Peers.IsEmpty ? null : fault.Peers, false, 0, 0, fault.Loss),
        _ => null,
    };

    // A partition is drawn from both sides, so that it holds where one of the two nodes is started anew.
    private static IEnumerable<LinkState> OtherSides(int node, int committee, IReadOnlyList<FaultEvent> active) =>
        active.Where(fault => fault.Kind == FaultKind.Partition && OtherSide(fault, committee).Contains(node))
            .Select(fault => new LinkState(fault.Nodes, true, 0, 0, 0));

    private static ImmutableArray<int> OtherSide(FaultEvent fault, int committee) =>
        fault.Peers.IsEmpty ? [.. Enumerable.Range(0, committee).Except(fault.Nodes)] : fault.Peers;

    /// <summary>The nodes whose state a fault is part of.</summary>
    public static ImmutableArray<int> Concerned(FaultEvent fault, int committee) => !fault.IsOfValidator ? []
        : fault.Kind == FaultKind.Partition ? [.. fault.Nodes, .. OtherSide(fault, committee)]
        : fault.Nodes;
}
