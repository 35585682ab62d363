using System.Collections.Immutable;
using System.Globalization;
using Mysticeti.Engine.Console;

namespace Mysticeti.Engine.Faults;

/// <summary>The faults of one load, as data that is decided before it begins.</summary>
public static class FaultSchedule
{
    /// <summary>The last <paramref name="faults"/> nodes are down for the whole load.</summary>
    public static ImmutableArray<FaultEvent> Crashes(int committee, int faults) =>
        [new FaultEvent { Kind = FaultKind.Kill, Nodes = [.. Enumerable.Range(committee - faults, faults)], At = TimeSpan.Zero }];

    /// <summary>
    /// Mysticeti's own schedule (crates/orchestrator, <c>CrashRecoverySchedule</c>): at each interval a third of the faulty nodes
    /// crashes, then a third, then the rest, then all of them come back, and so on; fewer than three crash together.
    /// </summary>
    public static ImmutableArray<FaultEvent> CrashRecovery(int committee, int faults, TimeSpan interval, TimeSpan duration)
    {
        var third = faults / 3;
        int[] ends = third == 0 ? [faults] : [third, 2 * third, faults];
        var cycle = (ends.Length + 1) * interval;
        var events = ImmutableArray.CreateBuilder<FaultEvent>();
        for (var begin = interval; begin < duration; begin += cycle)
        {
            var back = begin + (ends.Length * interval);
            for (var step = 0; step < ends.Length; step++)
            {
                var (first, at) = (step == 0 ? 0 : ends[step - 1], begin + (step * interval));
                if (at >= duration) continue;
                var nodes = Enumerable.Range(committee - faults + first, ends[step] - first);
                events.Add(new FaultEvent { Kind = FaultKind.Kill, Nodes = [.. nodes], At = at, Until = back < duration ? back : null });
            }
        }

        return events.ToImmutable();
    }

    /// <summary>Checks that the faults can be carried out and, unless that is what is wanted, that a quorum of correct nodes is left.</summary>
    /// <exception cref="UsageException">A node does not exist or is to go down twice, a fault comes too late, or more than f nodes are faulty at once.</exception>
    public static void Check(IReadOnlyList<FaultEvent> faults, int committee, TimeSpan duration, bool allowQuorumLoss)
    {
        foreach (var fault in faults)
        {
            if (fault.Nodes.Concat(fault.Peers).FirstOrDefault(node => node >= committee, -1) is var stranger and >= 0)
                throw new UsageException($"the fault '{fault}' names node {stranger}; the nodes are 0 to {committee - 1}");
            if (fault.At >= duration) throw new UsageException($"the fault '{fault}' comes after the end of the load, which lasts {Seconds(duration)}");
            if (fault.Kind is FaultKind.Partition && fault.Nodes.Length == committee)
                throw new UsageException($"the fault '{fault}' has all nodes on one side");
        }

        CheckNoneGoesDownTwice(faults);
        if (!allowQuorumLoss) CheckQuorum(faults, committee);
    }

    /// <summary>The nodes that are down from the beginning of the load to its end: no client would send to them.</summary>
    public static ImmutableArray<int> DownThroughout(IReadOnlyList<FaultEvent> faults) =>
        [.. faults.Where(fault => fault.Kind == FaultKind.Kill && fault.At == TimeSpan.Zero && fault.Until is null).SelectMany(fault => fault.Nodes).Distinct()];

    private static void CheckNoneGoesDownTwice(IReadOnlyList<FaultEvent> faults)
    {
        var down = faults.Where(fault => fault.NeedsControl).OrderBy(fault => fault.At).ToArray();
        for (var i = 1; i < down.Length; i++)
        {
            foreach (var earlier in down[..i])
            {
                var overlaps = earlier.Kind == FaultKind.Restart ? earlier.At == down[i].At : earlier.Until is null || earlier.Until > down[i].At;
                if (overlaps && earlier.Nodes.Intersect(down[i].Nodes).FirstOrDefault(-1) is var node and >= 0)
                    throw new UsageException($"node {node} is still down from '{earlier}' when '{down[i]}' begins");
            }
        }
    }

    private static void CheckQuorum(IReadOnlyList<FaultEvent> faults, int committee)
    {
        var tolerated = (committee - 1) / 3;
        foreach (var time in faults.Select(fault => fault.At).Distinct().Order())
        {
            var faulty = committee - LargestSide([.. faults.Where(fault => fault.IsActive(time))], committee);
            if (faulty > tolerated)
            {
                throw new UsageException(
                    $"{faulty} of {committee} nodes would be faulty or cut off at {Seconds(time)}, more than f = {tolerated}: the network would stand still; "
                    + "pass --allow-quorum-loss if that is wanted");
            }
        }
    }

    /// <summary>The most nodes that are correct, up and linked with each other.</summary>
    private static int LargestSide(IReadOnlyList<FaultEvent> active, int committee)
    {
        var faulty = active.Where(IsFaultOfNodes).SelectMany(fault => fault.Nodes).ToHashSet();
        var unseen = Enumerable.Range(0, committee).Where(node => !faulty.Contains(node)).ToHashSet();
        var largest = 0;
        while (unseen.Count > 0)
        {
            var side = new List<int> { unseen.First() };
            unseen.Remove(side[0]);
            for (var i = 0; i < side.Count; i++)
            {
                var reached = unseen.Where(node => !active.Any(fault => Cuts(fault, side[i], node))).ToArray();
                side.AddRange(reached);
                unseen.ExceptWith(reached);
            }

            largest = Math.Max(largest, side.Count);
        }

        return largest;
    }

    private static bool IsFaultOfNodes(FaultEvent fault) =>
        fault.Kind is FaultKind.Kill or FaultKind.Pause or FaultKind.Restart or FaultKind.DiskFull or FaultKind.Equivocate or FaultKind.Withhold;

    private static bool Cuts(FaultEvent fault, int a, int b) => fault.Kind switch
    {
        FaultKind.Disconnect => Ends(fault, a, b) || Ends(fault, b, a),
        FaultKind.Partition => (Ends(fault, a, b) && !fault.Nodes.Contains(b)) || (Ends(fault, b, a) && !fault.Nodes.Contains(a)),
        _ => false,
    };

    private static bool Ends(FaultEvent fault, int node, int peer) => fault.Nodes.Contains(node) && (fault.Peers.IsEmpty || fault.Peers.Contains(peer));

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + "s";
}
