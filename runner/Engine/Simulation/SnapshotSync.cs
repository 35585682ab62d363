using Mysticeti.Consensus;
using Mysticeti.Consensus.Core;

namespace Mysticeti.Engine.Simulation;

/// <summary>A checkpoint that one validator made, and can hand to another.</summary>
/// <param name="Committed">Its transactions; those committed above the checkpoint are to be left out.</param>
internal sealed record Snapshot(CoreState State, CommittedTransactions Committed)
{
    public long Index => State.Linearizer.Index;

    /// <summary>What those who agree on it must have in common.</summary>
    public (long Index, Digest ChainDigest) Key => (Index, State.Linearizer.ChainDigest);

    /// <summary>What most of it takes on the wire.</summary>
    public int Bytes => BlockCodec.ReferenceSize * State.Linearizer.Sequenced.Length;
}

/// <summary>
/// Decides whose checkpoint to take over after an absence that was longer than peers keep blocks, as the validator does:
/// peers with the stake of at least one correct authority must offer the same one.
/// </summary>
internal sealed class SnapshotSync(Committee committee)
{
    private const long PatienceNs = 2_000_000_000;

    private readonly Dictionary<int, Snapshot[]> _offers = [];
    private long _since = long.MaxValue;
    private bool _asked;

    /// <summary>When to ask all peers anew where they stand; <see cref="long.MaxValue"/> for never.</summary>
    public long DueNs => _offers.Count == 0 ? long.MaxValue : _since + PatienceNs;

    public void Reset()
    {
        _offers.Clear();
        _asked = false;
    }

    /// <summary>Takes note of what a peer offers in place of blocks that it does not have any more.</summary>
    /// <param name="commitIndex">Newest own commit.</param>
    /// <returns>Whom to ask for which checkpoint; null while one is on its way, or where too few agree on a newer one.</returns>
    public (int Peer, Snapshot Snapshot)? Offered(int peer, Snapshot[] offers, long commitIndex, long nowNs)
    {
        if (_offers.Count == 0) _since = nowNs;
        _offers[peer] = offers;
        if (_asked) return null;
        (int Peer, Snapshot Snapshot)? best = null;
        foreach (var (source, theirs) in _offers.OrderBy(entry => entry.Key))
        {
            foreach (var offer in theirs)
            {
                var stake = _offers.Where(entry => entry.Value.Any(other => other.Key == offer.Key)).Sum(entry => committee.Stake(entry.Key));
                if (offer.Index > commitIndex && stake >= committee.Validity && !(best?.Snapshot.Index >= offer.Index)) best = (source, offer);
            }
        }

        _asked = best is not null;
        return best;
    }
}
