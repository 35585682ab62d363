using Mysticeti.Protocol;
using Mysticeti.Validator.Emulation;

namespace Mysticeti.Validator.Faults;

/// <summary>What a state of faults means for the link to a peer.</summary>
internal static class FaultyLinks
{
    /// <summary>What a lost packet costs beside the round trip: the shortest retransmission time-out of Linux' TCP.</summary>
    private static readonly TimeSpan Retransmission = TimeSpan.FromMilliseconds(200);

    /// <summary>Whether nothing passes between this validator and <paramref name="peer"/>.</summary>
    public static bool Blocks(this FaultState state, int peer) => state.Pause || state.Links.Exists(link => link.Blocked && link.Names(peer));

    /// <summary>What happens to the bytes that do pass, in each direction.</summary>
    public static LinkConditions Conditions(this FaultState state, int peer)
    {
        if (state.Links.Count == 0) return LinkConditions.None;
        var (delayMs, jitterMs, loss) = (0, 0, 0.0);
        foreach (var link in state.Links.Where(link => link.Names(peer)))
            (delayMs, jitterMs, loss) = (Math.Max(delayMs, link.DelayMs), Math.Max(jitterMs, link.JitterMs), Math.Max(loss, link.Loss));
        var delay = TimeSpan.FromMilliseconds(delayMs);
        return new LinkConditions(delay, TimeSpan.FromMilliseconds(jitterMs), loss, BytesPerSecond: 0) { Repetition = (delay * 2) + Retransmission };
    }
}
