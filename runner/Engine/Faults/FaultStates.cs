using System.Collections.Immutable;
using Mysticeti.Protocol;

namespace Mysticeti.Engine.Faults;

/// <summary>What the faults of a load mean for each validator: the body of <c>PUT /v1/faults</c>, which replaces what was there.</summary>
internal static class FaultStates
{
    /// <summary>What some faults together mean for one node.</summary>
    public static FaultState Of(int node, int committee, IReadOnlyList<FaultEvent> active)
    {
        var own = active.Where(fault => fault.IsOfValidator && fault.Nodes.Contains(node)).ToArray();
        var withheld = own.Where(fault => fault.Kind == FaultKind.Withhold)
            .SelectMany(fault => fault.Peers.IsEmpty ? Enumerable.Range(0, committee).Where(peer => peer != node) : fault.Peers);
        return new FaultState
        {
            Links = [.. own.Select(fault => LinkOf(fault, committee)).OfType<LinkFault>(), .. OtherSides(node, committee, active)],
            Equivocate = own.Any(fault => fault.Kind == FaultKind.Equivocate),
            WithholdFrom = [.. withheld.Distinct().Order()],
            ClockSkewMs = own.Where(fault => fault.Kind == FaultKind.ClockSkew).Sum(fault => fault.ClockSkewMs),
            DiskFull = own.Any(fault => fault.Kind == FaultKind.DiskFull),
        };
    }

    private static List<int>? PeersOf(FaultEvent fault) => fault.Peers.IsEmpty ? null : [.. fault.Peers];

    private static LinkFault? LinkOf(FaultEvent fault, int committee) => fault.Kind switch
    {
        FaultKind.Disconnect => new LinkFault { Peers = PeersOf(fault), Blocked = true },
        FaultKind.Partition => new LinkFault { Peers = [.. OtherSide(fault, committee)], Blocked = true },
        FaultKind.Slow => new LinkFault { Peers = PeersOf(fault), DelayMs = fault.DelayMs, JitterMs = fault.JitterMs },
        FaultKind.Loss => new LinkFault { Peers = PeersOf(fault), Loss = fault.Loss },
        _ => null,
    };

    // A partition is drawn from both sides, so that it holds where one of the two nodes is started anew.
    private static IEnumerable<LinkFault> OtherSides(int node, int committee, IReadOnlyList<FaultEvent> active) =>
        active.Where(fault => fault.Kind == FaultKind.Partition && OtherSide(fault, committee).Contains(node))
            .Select(fault => new LinkFault { Peers = [.. fault.Nodes], Blocked = true });

    private static ImmutableArray<int> OtherSide(FaultEvent fault, int committee) =>
        fault.Peers.IsEmpty ? [.. Enumerable.Range(0, committee).Except(fault.Nodes)] : fault.Peers;

    /// <summary>The nodes whose state a fault is part of.</summary>
    public static ImmutableArray<int> Concerned(FaultEvent fault, int committee) => !fault.IsOfValidator ? []
        : fault.Kind == FaultKind.Partition ? [.. fault.Nodes, .. OtherSide(fault, committee)]
        : fault.Nodes;
}
