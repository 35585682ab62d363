using Mysticeti.Engine.Measurement;

namespace Mysticeti.Runner.Tests.Measurement;

public sealed class VerdictTests
{
    [Fact]
    public void A_network_that_commits_60_percent_is_valid_and_bad() =>
        Assert.Equal(VerdictStatus.Valid, Decide(new Ledger(1000, 1000, 0, 600, 0, 400)).Status);

    [Fact]
    public void A_network_that_commits_nothing_is_valid() =>
        Assert.Equal(VerdictStatus.Valid, Decide(new Ledger(1000, 1000, 0, 0, 0, 1000)).Status);

    [Theory]
    [InlineData(1000, 999, 0, 999, 0, 0)]
    [InlineData(1000, 1000, 0, 999, 0, 0)]
    public void An_unbalanced_ledger_is_invalid(long scheduled, long sent, long unsent, long committed, long rejected, long lost)
    {
        var verdict = Decide(new Ledger(scheduled, sent, unsent, committed, rejected, lost));
        Assert.Equal(VerdictStatus.Invalid, verdict.Status);
        Assert.Contains("does not balance", Assert.Single(verdict.Reasons), StringComparison.Ordinal);
    }

    [Fact]
    public void Sending_under_99_percent_is_invalid_and_99_percent_is_not()
    {
        Assert.Equal(VerdictStatus.Valid, Decide(new Ledger(1000, 990, 10, 990, 0, 0)).Status);
        var verdict = Decide(new Ledger(1000, 989, 11, 989, 0, 0));
        Assert.Equal(VerdictStatus.Invalid, verdict.Status);
        Assert.Contains("98.9%", Assert.Single(verdict.Reasons), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(9.9, 20, VerdictStatus.Valid)]
    [InlineData(11, 20, VerdictStatus.Invalid)]
    [InlineData(11, 400, VerdictStatus.Valid)]
    [InlineData(21, 400, VerdictStatus.Invalid)]
    public void Lag_must_be_over_both_limits_to_be_invalid(double lagMs, int latencyMs, VerdictStatus expected) =>
        Assert.Equal(expected, Decide(new Ledger(1000, 1000, 0, 1000, 0, 0), lagMs, latencyMs).Status);

    [Fact]
    public void A_clock_error_above_the_figure_is_invalid() =>
        Assert.Equal(VerdictStatus.Invalid, Verdict.Decide(Evidence(new Ledger(1000, 1000, 0, 1000, 0, 0), 1, 20) with { ClockErrorMs = 21 }).Status);

    [Fact]
    public void Commits_that_nobody_could_observe_are_invalid() =>
        Assert.Equal(VerdictStatus.Invalid, Verdict.Decide(Evidence(new Ledger(1000, 1000, 0, 0, 0, 1000), 1, 20) with { CommitsObservable = false }).Status);

    [Theory]
    [InlineData(99, VerdictStatus.Inconclusive)]
    [InlineData(100, VerdictStatus.Valid)]
    public void Too_few_samples_are_inconclusive(int samples, VerdictStatus expected) =>
        Assert.Equal(expected, Decide(new Ledger(samples, samples, 0, samples, 0, 0)).Status);

    [Fact]
    public void A_saturated_processor_is_only_a_note()
    {
        var verdict = Verdict.Decide(Evidence(new Ledger(1000, 1000, 0, 1000, 0, 0), 1, 20) with { MachineCpu = 0.99 });
        Assert.Equal(VerdictStatus.Valid, verdict.Status);
        Assert.Contains("99.0% busy", Assert.Single(verdict.Notes), StringComparison.Ordinal);
    }

    private static Verdict Decide(Ledger ledger, double lagMs = 1, int latencyMs = 20) => Verdict.Decide(Evidence(ledger, lagMs, latencyMs));

    private static VerdictEvidence Evidence(Ledger ledger, double lagMs, int latencyMs)
    {
        var histogram = new Histogram();
        for (long i = 0; i < ledger.Committed; i++) histogram.Record(latencyMs * 1_000_000L);

        return new VerdictEvidence { Ledger = ledger, Latency = LatencySummary.Of(histogram, ledger.Lost + ledger.Unsent), LagP99Ms = lagMs };
    }
}
