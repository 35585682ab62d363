namespace Mysticeti.Consensus.Tests;

public sealed class ThresholdClockTests
{
    private readonly ThresholdClock _clock = new(Committee.OfEqualStake(4));

    [Fact]
    public void It_starts_at_round_one() => Assert.Equal(1, _clock.Round);

    [Fact]
    public void It_advances_on_a_quorum_of_its_round()
    {
        Assert.False(_clock.Add(Reference(1, 0)));
        Assert.False(_clock.Add(Reference(1, 1)));
        Assert.True(_clock.Add(Reference(1, 3)));
        Assert.Equal(2, _clock.Round);
    }

    [Fact]
    public void An_author_counts_once()
    {
        for (var copy = 0; copy < 5; copy++) Assert.False(_clock.Add(new BlockRef(1, 2, Digest.Of([(byte)copy]))));
        Assert.Equal(1, _clock.Round);
    }

    [Fact]
    public void A_block_of_a_higher_round_proves_a_quorum_below_it()
    {
        _clock.Add(Reference(1, 0));
        Assert.True(_clock.Add(Reference(7, 1)));
        Assert.Equal(7, _clock.Round);
        Assert.False(_clock.Add(Reference(7, 2)));
        Assert.True(_clock.Add(Reference(7, 0)));
        Assert.Equal(8, _clock.Round);
    }

    [Fact]
    public void Blocks_of_passed_rounds_change_nothing()
    {
        _clock.Add(Reference(5, 0));
        for (var author = 0; author < 4; author++) Assert.False(_clock.Add(Reference(4, author)));
        Assert.Equal(5, _clock.Round);
    }

    [Fact]
    public void Stake_makes_the_quorum()
    {
        var clock = new ThresholdClock(new Committee([new(7, default), new(1, default), new(1, default), new(1, default)]));
        for (var author = 1; author < 4; author++) Assert.False(clock.Add(Reference(1, author)));
        Assert.True(clock.Add(Reference(1, 0)));
    }

    private static BlockRef Reference(long round, int author) => new(round, author, default);
}
