using Mysticeti.Consensus;
using Mysticeti.Validator.Links;

namespace Mysticeti.Validator.Node;

/// <summary>
/// Gets a checkpoint when this validator was away for longer than its peers keep blocks: waits until peers with the
/// stake of at least one correct authority offer the same one, takes it from one of them and checks it against what
/// they agreed on. One thread only.
/// </summary>
internal sealed class CheckpointSync(Committee committee, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Dictionary<int, IReadOnlyList<CheckpointOffer>> _offers = [];
    private CheckpointOffer? _wanted;
    private int _source;
    private long _askedAt;
    private byte[]? _bytes;
    private int _received;

    /// <summary>Takes note of what a peer offers in place of blocks that it does not have any more.</summary>
    public void Offered(int peer, IReadOnlyList<CheckpointOffer> offers)
    {
        if (_offers.Count == 0) _askedAt = time.GetTimestamp();
        _offers[peer] = offers;
    }

    /// <summary>Forgets everything: there is a checkpoint now, or the peers had what was needed after all.</summary>
    public void Reset()
    {
        _offers.Clear();
        (_wanted, _bytes, _received) = (null, null, 0);
    }

    /// <summary>
    /// Whether all peers must be asked anew where they stand: they make new checkpoints and drop old ones meanwhile, and
    /// offers that were made at different times need not overlap.
    /// </summary>
    public bool MustRefresh()
    {
        if (_offers.Count == 0 || time.GetElapsedTime(_askedAt) < Patience) return false;
        Reset();
        _askedAt = time.GetTimestamp();
        return true;
    }

    /// <summary>Whom to ask for which checkpoint now; null while one is on its way, or where too few agree on one that is newer.</summary>
    /// <param name="commitIndex">Newest own commit.</param>
    public (int Peer, long Index)? Next(long commitIndex)
    {
        if (_wanted is not null && time.GetElapsedTime(_askedAt) < Patience) return null;
        if (Agreed(commitIndex) is not { } agreed) return null;
        var sources = _offers.Where(entry => entry.Value.Contains(agreed)).Select(entry => entry.Key).Order().ToList();
        // Each new attempt goes to the next of those that offer it.
        _source = sources.Find(peer => peer > _source) is var next && next > _source ? next : sources[0];
        (_wanted, _askedAt, _bytes, _received) = (agreed, time.GetTimestamp(), null, 0);
        return (_source, agreed.Index);
    }

    /// <summary>Takes a part.</summary>
    /// <returns>The whole encoding once it is complete and has the hash that was agreed on.</returns>
    public byte[]? Received(int peer, CheckpointPart part)
    {
        if (_wanted is not { } wanted || peer != _source || part.Index != wanted.Index || part.Offset != _received) return null;
        _bytes ??= new byte[part.Total];
        if (_bytes.Length != part.Total) return null;
        part.Bytes.CopyTo(_bytes.AsMemory(part.Offset));
        _received += part.Bytes.Length;
        _askedAt = time.GetTimestamp();
        if (_received < _bytes.Length) return null;
        var complete = _bytes;
        (_bytes, _received) = (null, 0);
        return Digest.Of(complete) == wanted.Hash ? complete : null;
    }

    private CheckpointOffer? Agreed(long commitIndex)
    {
        CheckpointOffer? best = null;
        foreach (var offer in _offers.Values.SelectMany(offers => offers).Distinct().Where(offer => offer.Index > commitIndex))
        {
            var stake = _offers.Where(entry => entry.Value.Contains(offer)).Sum(entry => committee.Stake(entry.Key));
            if (stake >= committee.Validity && (best is null || offer.Index > best.Value.Index)) best = offer;
        }

        return best;
    }
}
