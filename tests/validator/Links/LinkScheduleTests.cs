using Mysticeti.Validator.Emulation;

namespace Mysticeti.Validator.Tests.Links;

public sealed class LinkScheduleTests
{
    private static readonly LinkConditions Plain = new(TimeSpan.FromMilliseconds(40), TimeSpan.Zero, 0, 0);

    [Fact]
    public void Bytes_arrive_after_the_one_way_delay()
    {
        var schedule = new LinkSchedule(Plain, 1);
        Assert.Equal(Ms(40), schedule.Arrival(Ms(0), 100));
        Assert.Equal(Ms(47), schedule.Arrival(Ms(7), 1_000_000));
    }

    [Fact]
    public void Jitter_stays_in_its_bounds_and_nothing_overtakes()
    {
        var schedule = new LinkSchedule(Plain with { Jitter = Ms(10) }, 1);
        var apart = Enumerable.Range(0, 1_000).Select(i => schedule.Arrival(Ms(i * 100), 100) - Ms(i * 100)).ToArray();
        Assert.All(apart, delay => Assert.InRange(delay, Ms(40), Ms(50)));
        Assert.True(apart.Max() - apart.Min() > Ms(9));

        var together = Enumerable.Range(0, 1_000).Select(_ => schedule.Arrival(Ms(200_000), 100)).ToArray();
        Assert.Equal(together.Order(), together);
    }

    [Fact]
    public void A_lost_packet_costs_round_trips_and_holds_up_what_follows()
    {
        var schedule = new LinkSchedule(Plain with { Loss = 0.1 }, 1);
        var delays = Enumerable.Range(0, 10_000).Select(i => schedule.Arrival(Ms(i * 10_000), 1_000) - Ms(i * 10_000)).ToArray();
        Assert.All(delays, delay => Assert.Equal(0, (delay - Ms(40)).Ticks % Ms(80).Ticks));
        Assert.InRange(delays.Count(delay => delay > Ms(40)), 850, 1_150);

        var last = TimeSpan.Zero;
        for (var i = 0; i < 1_000; i++)
        {
            var arrival = schedule.Arrival(Ms(200_000_000 + i), 1_000);
            Assert.True(arrival >= last);
            last = arrival;
        }
    }

    [Fact]
    public void Bandwidth_spaces_what_is_sent_at_once_and_an_idle_line_saves_nothing_up()
    {
        var schedule = new LinkSchedule(Plain with { BytesPerSecond = 1_000_000 }, 1);
        Assert.Equal([Ms(50), Ms(60), Ms(70)], Enumerable.Range(0, 3).Select(_ => schedule.Arrival(Ms(0), 10_000)));
        Assert.Equal(Ms(1_050), schedule.Arrival(Ms(1_000), 10_000));
    }

    [Fact]
    public void The_same_seed_gives_the_same_arrivals()
    {
        var conditions = Plain with { Jitter = Ms(10), Loss = 0.1 };
        Assert.Equal(Run(7), Run(7));
        Assert.NotEqual(Run(7), Run(8));

        TimeSpan[] Run(int seed)
        {
            var schedule = new LinkSchedule(conditions, seed);
            return [.. Enumerable.Range(0, 100).Select(i => schedule.Arrival(Ms(i), 5_000))];
        }
    }

    private static TimeSpan Ms(double ms) => TimeSpan.FromMilliseconds(ms);
}
