using Mysticeti.Engine.Console;
using Mysticeti.Engine.Load;

namespace Mysticeti.Runner.Tests.Load;

public sealed class LoadShapeTests
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData("ramp", 0, 500, 125, 375)]
    [InlineData("ramp:0.5", 50, 750, 313, 437)]
    [InlineData("steps:2", 50, 750, 250, 500)]
    [InlineData("steps:1", 100, 1000, 500, 500)]
    [InlineData("bursts:3,5,1", 300, 1400, 700, 700)]
    public void The_window_holds_what_the_shape_promises(string text, int warmUp, int window, int firstHalf, int secondHalf)
    {
        var shape = LoadShape.Parse(text)!;
        var schedule = Schedule.Create(Arrival.Constant, 100, WarmUp, Window, 1, shape);
        Assert.Equal((warmUp, window), (schedule.WarmUpCount, schedule.Count - schedule.WarmUpCount));
        Assert.Equal(window / 10.0, schedule.MeanRate);
        var half = Enumerable.Range(schedule.WarmUpCount, window).Count(i => schedule.TimeNs(i) < 6_000_000_000);
        Assert.InRange(half, firstHalf - 1, firstHalf + 1);
        Assert.InRange(window - half, secondHalf - 1, secondHalf + 1);
        AssertAscends(schedule);
    }

    [Theory]
    [InlineData("ramp")]
    [InlineData("steps:7")]
    [InlineData("bursts:5,3,0.7")]
    public void Random_gaps_keep_the_shape_and_follow_from_the_seed(string text)
    {
        var shape = LoadShape.Parse(text)!;
        var random = Schedule.Create(Arrival.Poisson, 2_000, WarmUp, Window, 5, shape);
        var even = Schedule.Create(Arrival.Constant, 2_000, WarmUp, Window, 5, shape);
        AssertAscends(random);
        for (var second = 0; second < 10; second++)
        {
            // Five standard deviations of a Poisson count.
            var expected = Within(even, second);
            Assert.InRange(Within(random, second), expected - (5 * Math.Sqrt(expected + 1)), expected + (5 * Math.Sqrt(expected + 1)));
        }

        Assert.Equal(random.TimeNs(999), Schedule.Create(Arrival.Poisson, 2_000, WarmUp, Window, 5, shape).TimeNs(999));
        Assert.NotEqual(random.TimeNs(999), Schedule.Create(Arrival.Poisson, 2_000, WarmUp, Window, 6, shape).TimeNs(999));
    }

    [Fact]
    public void A_recording_is_replayed_to_the_nanosecond()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "time,kind\n# a comment\n100.5,a\n100.5,b\n\n101.25\n102.000000001\n99999\n");
            var shape = LoadShape.Parse($"replay:{file}")!;
            var schedule = Schedule.Create(Arrival.Constant, 10, WarmUp, Window, 1, shape);
            Assert.Equal(10, schedule.WarmUpCount);
            Assert.Equal(
                [0, 0, 750_000_000, 1_500_000_001],
                Enumerable.Range(10, schedule.Count - 10).Select(i => schedule.TimeNs(i) - schedule.WindowStartNs));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("1\n0.5\n", "line 2: the times must ascend")]
    [InlineData("1\nx\n", "line 2: x is no time")]
    [InlineData("# nothing\n", "holds no times")]
    public void A_recording_that_is_none_is_refused_with_its_line(string content, string hint)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, content);
            Assert.Contains(hint, Assert.Throws<UsageException>(() => LoadShape.Parse($"replay:{file}")).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("ramp:x")]
    [InlineData("steps")]
    [InlineData("steps:0")]
    [InlineData("steps:2.5")]
    [InlineData("bursts:3,1,1")]
    [InlineData("bursts:3,1")]
    [InlineData("constant:1")]
    [InlineData("replay:")]
    [InlineData("square")]
    [InlineData("")]
    public void Other_texts_are_no_shapes(string text) => Assert.Null(LoadShape.Parse(text));

    [Theory]
    [InlineData("512", 512, 512)]
    [InlineData("uniform:200-1000", 200, 1000)]
    [InlineData("normal:512,100", 112, 912)]
    [InlineData("normal:100,50", 32, 300)]
    public void Sizes_stay_within_their_range_and_follow_from_the_seed(string text, int smallest, int largest)
    {
        var sizes = TransactionSizes.Parse(text, 32, 1 << 20)!;
        int[] drawn = [.. Enumerable.Range(0, 5_000).Select(i => sizes.Of(7, 1, i))];
        Assert.Equal((smallest, largest), (sizes.Smallest, sizes.Largest));
        Assert.True(drawn.All(size => size >= smallest && size <= largest));
        Assert.Equal(drawn, Enumerable.Range(0, 5_000).Select(i => sizes.Of(7, 1, i)));
        if (text == "uniform:200-1000")
        {
            Assert.InRange(drawn.Average(), 583, 617);
            Assert.Contains(200, drawn);
            Assert.Contains(1000, drawn);
        }

        if (text == "normal:512,100")
        {
            Assert.InRange(drawn.Average(), 505, 519);
            Assert.InRange(Math.Sqrt(drawn.Average(d => (d - 512.0) * (d - 512.0))), 94, 106);
        }
    }

    [Theory]
    [InlineData("31")]
    [InlineData("uniform:10-100")]
    [InlineData("uniform:100-50")]
    [InlineData("normal:512")]
    [InlineData("pareto:1,2")]
    public void Other_texts_are_no_sizes(string text) => Assert.Null(TransactionSizes.Parse(text, 32, 1 << 20));

    private static int Within(Schedule schedule, int second) => Enumerable.Range(schedule.WarmUpCount, schedule.Count - schedule.WarmUpCount)
        .Count(i => (schedule.TimeNs(i) - schedule.WindowStartNs) / 1_000_000_000 == second);

    private static void AssertAscends(Schedule schedule)
    {
        for (var i = 0; i < schedule.Count; i++)
        {
            Assert.True(schedule.TimeNs(i) < schedule.WindowEndNs && (i == 0 || schedule.TimeNs(i) >= schedule.TimeNs(i - 1)));
            Assert.Equal(i < schedule.WarmUpCount, schedule.TimeNs(i) < schedule.WindowStartNs);
        }
    }
}
