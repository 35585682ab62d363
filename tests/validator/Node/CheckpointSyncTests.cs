using Mysticeti.Consensus;
using Mysticeti.Validator.Links;
using Mysticeti.Validator.Node;

namespace Mysticeti.Validator.Tests.Node;

public class CheckpointSyncTests
{
    private static readonly byte[] Encoded = [.. Enumerable.Range(0, 100).Select(i => (byte)i)];
    private static readonly CheckpointOffer Good = new(30, Digest.Of(Encoded));

    private readonly CheckpointSync _sync = new(Committee.OfEqualStake(4), TimeProvider.System);

    [Fact]
    public void One_peer_alone_is_not_believed_and_two_of_four_are()
    {
        _sync.Offered(1, [Good]);
        Assert.Null(_sync.Next(commitIndex: 10));
        _sync.Offered(2, [new CheckpointOffer(30, default)]);
        Assert.Null(_sync.Next(commitIndex: 10));
        _sync.Offered(3, [new CheckpointOffer(60, default), Good]);
        Assert.Equal(30, _sync.Next(commitIndex: 10)!.Value.Index);
    }

    [Fact]
    public void What_is_not_newer_than_the_own_commits_is_not_wanted()
    {
        Offer();
        Assert.Null(_sync.Next(commitIndex: 30));
    }

    [Fact]
    public void The_parts_are_put_together_in_order_and_from_the_asked_peer_only()
    {
        Offer();
        var peer = _sync.Next(commitIndex: 0)!.Value.Peer;
        Assert.Null(_sync.Received(peer, Part(40, 60)));
        Assert.Null(_sync.Received(peer, Part(0, 40)));
        Assert.Null(_sync.Received(peer == 1 ? 2 : 1, Part(40, 60)));
        Assert.Equal(Encoded, _sync.Received(peer, Part(40, 60)));
    }

    [Fact]
    public void Bytes_that_do_not_have_the_agreed_hash_are_refused()
    {
        Offer();
        var peer = _sync.Next(commitIndex: 0)!.Value.Peer;
        Assert.Null(_sync.Received(peer, new CheckpointPart(30, 100, 0, new byte[100])));
    }

    [Fact]
    public void Offers_and_parts_survive_their_frames_and_malformed_ones_are_refused()
    {
        Assert.Equal([Good], CheckpointOffer.Read(CheckpointOffer.ToFrame([Good])));
        Assert.Throws<ProtocolException>(() => CheckpointOffer.Read(new Frame(FrameKind.Gone, new byte[41])));
        Assert.Throws<ProtocolException>(() => CheckpointOffer.Read(new Frame(FrameKind.Gone, new byte[400])));
        Assert.Equal(Part(40, 60).Bytes.ToArray(), CheckpointPart.Read(Part(40, 60).ToFrame()).Bytes.ToArray());
        Assert.Throws<ProtocolException>(() => CheckpointPart.Read(new Frame(FrameKind.CheckpointPart, new byte[16])));
        Assert.Throws<ProtocolException>(() => CheckpointPart.Read(new CheckpointPart(1, 10, 5, new byte[6]).ToFrame()));
        Assert.Throws<ProtocolException>(() => CheckpointPart.Read(new CheckpointPart(1, int.MaxValue, 0, new byte[6]).ToFrame()));
    }

    private void Offer()
    {
        _sync.Offered(1, [Good]);
        _sync.Offered(2, [Good]);
    }

    private static CheckpointPart Part(int offset, int length) => new(30, 100, offset, Encoded.AsMemory(offset, length));
}
