using FsCheck;
using FsCheck.Fluent;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Load;

namespace Mysticeti.Runner.Tests.Load;

public sealed class ScheduleTests
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(4);

    [Theory]
    [InlineData(1, 4)]
    [InlineData(3, 12)]
    [InlineData(200, 800)]
    [InlineData(4999, 19996)]
    public void A_constant_window_holds_load_times_length_at_equal_gaps(int load, int expected)
    {
        var schedule = Schedule.Create(Arrival.Constant, load, WarmUp, Window, 1);
        Assert.Equal(expected, schedule.Count - schedule.WarmUpCount);
        Assert.Equal(schedule.WindowStartNs, schedule.TimeNs(schedule.WarmUpCount));
        var gap = 1_000_000_000L / load;
        for (var i = 1; i < schedule.Count; i++) Assert.InRange(schedule.TimeNs(i) - schedule.TimeNs(i - 1), gap - 1, gap + 1);
    }

    [Theory]
    [InlineData(1000, 3)]
    [InlineData(1_000_001, 100_000)]
    [InlineData(7, 333)]
    public void A_duration_of_count_over_rate_gives_exactly_count(int count, int rate)
    {
        var schedule = Schedule.Create(Arrival.Constant, rate, TimeSpan.Zero, TimeSpan.FromSeconds((double)count / rate), 1);
        Assert.Equal(count, schedule.Count);
    }

    [Fact]
    public void Times_ascend_and_the_window_is_where_it_says() => Prop.ForAll(
        Gen.Choose(1, 3000).ToArbitrary(), Gen.Elements(Arrival.Constant, Arrival.Poisson).ToArbitrary(), (int load, Arrival arrival) =>
        {
            var schedule = Schedule.Create(arrival, load, WarmUp, Window, (ulong)load);
            long before = 0;
            for (var i = 0; i < schedule.Count; i++)
            {
                var time = schedule.TimeNs(i);
                if (time < before || time >= schedule.WindowEndNs || (i < schedule.WarmUpCount) != (time < schedule.WindowStartNs))
                {
                    return false;
                }

                before = time;
            }

            return true;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Poisson_gaps_are_exponential_with_the_right_mean_and_follow_from_the_seed()
    {
        var schedule = Schedule.Create(Arrival.Poisson, 10_000, TimeSpan.Zero, TimeSpan.FromSeconds(10), 7);
        double[] gaps = [.. Enumerable.Range(1, schedule.Count - 1).Select(i => (schedule.TimeNs(i) - schedule.TimeNs(i - 1)) / 1e9)];
        var mean = gaps.Average();
        var deviation = Math.Sqrt(gaps.Average(g => (g - mean) * (g - mean)));
        Assert.InRange(mean, 0.98e-4, 1.02e-4);
        Assert.InRange(deviation, 0.97e-4, 1.03e-4);

        var again = Schedule.Create(Arrival.Poisson, 10_000, TimeSpan.Zero, TimeSpan.FromSeconds(10), 7);
        var other = Schedule.Create(Arrival.Poisson, 10_000, TimeSpan.Zero, TimeSpan.FromSeconds(10), 8);
        Assert.Equal(schedule.TimeNs(5000), again.TimeNs(5000));
        Assert.NotEqual(schedule.TimeNs(5000), other.TimeNs(5000));
    }

    [Fact]
    public void More_than_a_measurement_holds_is_refused_in_one_line()
    {
        var error = Assert.Throws<UsageException>(() => Schedule.CheckSize(1_000_000, WarmUp, TimeSpan.FromSeconds(180)));
        Assert.Contains("lower the load or the duration", error.Message, StringComparison.Ordinal);
    }
}
