using Mysticeti.Consensus;
using Mysticeti.Protocol.Trace;

namespace Mysticeti.Protocol.Tests.Trace;

public sealed class TransactionSamplerTests
{
    private static readonly Digest[] Hashes = [.. Enumerable.Range(0, 20_000).Select(i => Digest.Of(BitConverter.GetBytes(i)))];

    [Fact]
    public void Sampling_depends_on_the_hash_alone_and_lower_rates_choose_a_part()
    {
        var tenth = Hashes.Where(new TransactionSampler(0.1).Includes).ToArray();
        var hundredth = Hashes.Where(new TransactionSampler(0.01).Includes).ToArray();
        Assert.Equal(tenth, Hashes.Where(new TransactionSampler(0.1).Includes));
        Assert.InRange(tenth.Length, 1_800, 2_200);
        Assert.InRange(hundredth.Length, 140, 260);
        Assert.Empty(hundredth.Except(tenth));
        Assert.DoesNotContain(Hashes, new TransactionSampler(0).Includes);
        Assert.All(Hashes, hash => Assert.True(new TransactionSampler(1).Includes(hash)));
        Assert.True(new TransactionSampler(1).Includes(Digest.Parse(new string('f', 64))));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10_000)]
    [InlineData(10_001)]
    [InlineData(65_000)]
    [InlineData(10_000_000)]
    public void A_sampler_without_a_rate_chooses_one_in_a_hundred_and_at_most_a_hundred_a_second(int perSecond)
    {
        var time = new SetTime();
        var sampler = TransactionSampler.Default(time);
        var before = Hashes.Where(sampler.Includes).ToArray();
        Assert.Equal(Hashes.Where(new TransactionSampler(0.01).Includes), before);
        Pass(10, perSecond);
        var share = Share();
        Assert.True(share * perSecond <= 100);
        Assert.True(share == 0.01 || share * perSecond > 50);
        Pass(10, 100);
        Assert.Equal(0.01, Share());

        void Pass(int seconds, int committed)
        {
            for (var i = 0; i < seconds; i++)
            {
                time.Seconds++;
                sampler.Committed(committed);
            }
        }

        // The one of 0.01 and its halves that chooses the same.
        double Share() => Enumerable.Range(0, 20).Select(halvings => Math.ScaleB(0.01, -halvings))
            .First(rate => Probes(rate).All(hash => sampler.Includes(hash) == new TransactionSampler(rate).Includes(hash)));
    }

    [Fact]
    public void What_was_chosen_before_the_share_was_lowered_is_told_to_its_end()
    {
        var time = new SetTime();
        var sampler = TransactionSampler.Default(time);
        var chosen = Hashes.Where(sampler.Includes).ToArray();
        time.Seconds = 5;
        sampler.Committed(400_000);
        Assert.True(Hashes.Count(sampler.Includes) < chosen.Length / 4);
        Assert.Equal(chosen, Hashes.Where(sampler.Included));
        time.Seconds = 10;
        sampler.Committed(400_000);
        Assert.Equal(Hashes.Where(sampler.Includes), Hashes.Where(sampler.Included));
    }

    [Fact]
    public void A_rate_that_was_asked_for_holds_under_any_load()
    {
        var sampler = new TransactionSampler(1);
        sampler.Committed(int.MaxValue);
        Assert.All(Hashes, hash => Assert.True(sampler.Includes(hash) && sampler.Included(hash)));
    }

    /// <summary>Hashes on both sides of the bound of a rate and of its halves.</summary>
    private static IEnumerable<Digest> Probes(double rate) =>
        from halvings in Enumerable.Range(-20, 40)
        let bound = Math.ScaleB(rate, 63 - halvings)
        where bound < Math.ScaleB(1, 63)
        from prefix in new[] { ((ulong)bound - 1) << 1, (ulong)bound << 1 }
        select Digest.Parse(prefix.ToString("x16", null) + new string('0', 48));

    private sealed class SetTime : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}
