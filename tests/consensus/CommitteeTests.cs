using FsCheck;
using FsCheck.Fluent;

namespace Mysticeti.Consensus.Tests;

public sealed class CommitteeTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 3, 1)]
    [InlineData(4, 3, 2)]
    [InlineData(6, 5, 2)]
    [InlineData(7, 5, 3)]
    [InlineData(10, 7, 4)]
    [InlineData(100, 67, 34)]
    public void Thresholds_follow_from_the_total_stake(int size, long quorum, long validity)
    {
        var committee = Committee.OfEqualStake(size);
        Assert.Equal((quorum, validity), (committee.Quorum, committee.Validity));
    }

    [Fact]
    public void Two_quorums_always_share_a_correct_authority() =>
        Prop.ForAll(Gen.Choose(1, int.MaxValue).ToArbitrary(), stake =>
        {
            var committee = new Committee([new Authority(stake, default)]);
            var faulty = committee.Validity - 1;
            return (2 * committee.Quorum) - stake > faulty && (3 * faulty) < stake && stake - faulty >= committee.Quorum;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_largest_stake_does_not_overflow_the_quorum()
    {
        var committee = new Committee([new Authority(long.MaxValue, default)]);
        Assert.Equal(6148914691236517205L, committee.Quorum);
        Assert.Throws<OverflowException>(() => new Committee([new(long.MaxValue, default), new(1, default)]));
    }

    [Fact]
    public void Empty_committees_and_stakes_below_one_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new Committee([]));
        Assert.Throws<ArgumentException>(() => new Committee([new(1, default), new(0, default)]));
    }

    [Fact]
    public void Leaders_rotate_with_round_and_offset()
    {
        var committee = Committee.OfEqualStake(4);
        Assert.Equal([1, 2, 3, 0, 1], Enumerable.Range(1, 5).Select(round => committee.Leader(round, 0)));
        Assert.Equal([3, 0, 1, 2], Enumerable.Range(0, 4).Select(offset => committee.Leader(7, offset)));
    }

    [Fact]
    public void Authorities_are_named_by_letters()
    {
        Assert.Equal(["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"], new[] { 0, 25, 26, 51, 52, 701, 702 }.Select(BlockRef.AuthorityName));
    }

    [Fact]
    public void References_are_ordered_by_round_author_and_digest_bytes()
    {
        var low = Digest.FromBytes([.. Enumerable.Repeat((byte)0x01, 32)]);
        var high = Digest.FromBytes([0xff, .. new byte[31]]);
        BlockRef[] sorted = [new(1, 2, high), new(2, 0, low), new(2, 0, high), new(2, 1, low), new(10, 0, low)];
        var shuffled = sorted.Reverse().ToArray();
        Array.Sort(shuffled);
        Assert.Equal(sorted, shuffled);
    }
}
