using Mysticeti.Engine.Console;
using Mysticeti.Engine.Reports;
using Mysticeti.Runner.Tests.Measurement;

namespace Mysticeti.Runner.Tests.Reports;

public sealed class ThresholdTests
{
    [Theory]
    [InlineData("p99_ms < 500", "p99_ms < 500")]
    [InlineData(" efficiency>=0.99 ", "efficiency >= 0.99")]
    [InlineData("lost == 0", "lost == 0")]
    public void A_threshold_is_a_key_an_operator_and_a_number(string text, string expected) => Assert.Equal(expected, Thresholds.Parse(text).ToString());

    [Theory]
    [InlineData("p99_ms", "KEY OPERATOR NUMBER")]
    [InlineData("p99_ms < fast", "KEY OPERATOR NUMBER")]
    [InlineData("p99_ms < NaN", "KEY OPERATOR NUMBER")]
    [InlineData("p99_ms =< 5", "KEY OPERATOR NUMBER")]
    [InlineData("", "KEY OPERATOR NUMBER")]
    [InlineData("p99 < 5", "the results have no figure p99; did you mean p99_ms?")]
    [InlineData("balanced == 1", "the results have no figure balanced")]
    public void Anything_else_is_refused(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<UsageException>(() => Thresholds.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("throughput < 100", false)]
    [InlineData("throughput <= 100", true)]
    [InlineData("throughput > 100", false)]
    [InlineData("throughput >= 100", true)]
    [InlineData("throughput == 100", true)]
    [InlineData("committed >= 1000", true)]
    [InlineData("throughput > 101", false)]
    public void Bounds_hold_as_they_say(string text, bool holds) =>
        Assert.Equal(holds, Thresholds.Parse(text).Judge(SampleReports.Run(latencyMs: 10, committed: 1000, seconds: 10).Results).Passed);

    [Theory]
    [InlineData("p99_ms < 1000000")]
    [InlineData("p99_ms > 0")]
    public void A_figure_that_does_not_exist_holds_no_bound_and_says_why(string text)
    {
        var outcome = Thresholds.Parse(text).Judge(SampleReports.Run(latencyMs: 10, committed: 1000, seconds: 10, lost: 500).Results);
        Assert.False(outcome.Passed);
        Assert.Contains("never committed", outcome.ToString(), StringComparison.Ordinal);
    }
}
