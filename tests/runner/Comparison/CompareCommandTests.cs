using System.Text.Json;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Measurement;
using Mysticeti.Engine.Plan;
using Mysticeti.Engine.Reports;
using Mysticeti.Runner.Tests.Cli;
using Mysticeti.Runner.Tests.Measurement;

namespace Mysticeti.Runner.Tests.Comparison;

public sealed class CompareCommandTests : CommandLineFixture
{
    private static readonly BenchmarkSettings Settings = SampleReports.Settings(100) with { Repeat = 5 };

    [Fact]
    public async Task Runs_that_are_alike_show_no_regression()
    {
        Assert.Equal(ExitCodes.Done, await CompareAsync(RecordedRuns.Repeats(5, latencyMs: 10), RecordedRuns.Repeats(5, latencyMs: 10.1)));
        Assert.Contains("no significant change", Out, StringComparison.Ordinal);
        Assert.DoesNotContain("REGRESSION", Out, StringComparison.Ordinal);
        Assert.DoesNotContain("Note:", Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(12, 100, 0.05, ExitCodes.CheckFailed, "p50_ms")]
    [InlineData(10, 80, 0.05, ExitCodes.CheckFailed, "throughput")]
    [InlineData(12, 100, 0.3, ExitCodes.Done, "p50_ms")]
    [InlineData(8, 100, 0.05, ExitCodes.Done, "p50_ms")]
    public async Task A_change_for_the_worse_beyond_the_tolerance_fails(double latencyMs, double throughput, double tolerance, int exit, string figure)
    {
        Assert.Equal(exit, await CompareAsync(
            RecordedRuns.Repeats(5, latencyMs: 10), RecordedRuns.Repeats(5, latencyMs, throughput), "--tolerance", FormattableString.Invariant($"{tolerance}"), "--json"));
        var change = JsonDocument.Parse(Out).RootElement.GetProperty("changes").EnumerateArray().Single(c => c.GetProperty("figure").GetString() == figure);
        var expected = figure == "throughput" ? throughput / 100 - 1 : latencyMs / 10 - 1;
        Assert.InRange(expected, change.GetProperty("change").GetProperty("low").GetDouble() - 0.01, change.GetProperty("change").GetProperty("high").GetDouble() + 0.01);
        Assert.Equal(exit == ExitCodes.CheckFailed ? "regression" : latencyMs < 10 ? "improvement" : "insignificant", change.GetProperty("kind").GetString());
    }

    [Fact]
    public async Task One_measurement_each_gives_intervals_within_the_runs_and_says_so()
    {
        Assert.Equal(ExitCodes.CheckFailed, await CompareAsync(RecordedRuns.Repeats(1, latencyMs: 10), RecordedRuns.Repeats(1, latencyMs: 20)));
        Assert.Contains("not that from run to run", Out, StringComparison.Ordinal);
        Assert.Matches(@"100 +throughput +100\.1 +100\.1 +[-+]?0\.0% +\[-0\.[0-9]%, \+0\.[0-9]%\]  no significant change", Out);
    }

    [Fact]
    public async Task A_percentile_that_falls_among_lost_transactions_is_a_regression()
    {
        Assert.Equal(ExitCodes.CheckFailed, await CompareAsync(
            RecordedRuns.Repeats(5, 10), RecordedRuns.Repeats(5, 10).Select(r => SampleReports.Result(100, 10, 1_000, 10, lost: 50, r.Number, r.Repeat))));
        Assert.Matches(@"p99_ms +[0-9.]+ +- +- .*REGRESSION", Out);
    }

    [Theory]
    [InlineData("transaction_size is 512 in A and 1024 in B")]
    [InlineData("committee is 4 in A and 7 in B")]
    [InlineData("duration is 10 in A and 20 in B")]
    [InlineData("arrival is \"constant\" in A and \"poisson\" in B")]
    [InlineData("the loads are 100 in A and 200 in B")]
    [InlineData("the processor is one in A and other in B")]
    [InlineData("B has no valid measurement of 100 tx/s (the generator fell behind its schedule)")]
    [InlineData("B was interrupted")]
    public async Task Runs_that_differ_in_what_should_be_the_same_are_refused(string reason)
    {
        var other = Settings with
        {
            TransactionSize = reason.Contains("transaction_size", StringComparison.Ordinal) ? 1_024 : 512,
            Committee = reason.Contains("committee", StringComparison.Ordinal) ? 7 : 4,
            Duration = TimeSpan.FromSeconds(reason.Contains("duration", StringComparison.Ordinal) ? 20 : 10),
            Arrival = reason.Contains("arrival", StringComparison.Ordinal) ? Arrival.Poisson : Arrival.Constant,
            Seed = 99,
            Repeat = 2,
        };
        var a = await RecordedRuns.WriteAsync(Files.Path, Settings, RecordedRuns.Repeats(1, 10), e => e with { Cpu = "one" });
        var b = await RecordedRuns.WriteAsync(
            Files.Path, other, [SampleReports.Result(reason.Contains("loads", StringComparison.Ordinal) ? 200 : 100, 10, 1_000, 10,
                verdict: reason.Contains("valid", StringComparison.Ordinal) ? VerdictStatus.Invalid : VerdictStatus.Valid)],
            e => e with { Cpu = reason.Contains("processor", StringComparison.Ordinal) ? "other" : "one" });
        if (reason.Contains("interrupted", StringComparison.Ordinal)) await InterruptAsync(b);

        Assert.Equal(ExitCodes.Usage, await RunAsync("compare", a, b));
        Assert.Equal($"error: the runs are not comparable: {reason}", Error.TrimEnd());
    }

    [Fact]
    public async Task Different_kinds_of_network_are_set_beside_each_other()
    {
        var local = await RecordedRuns.WriteAsync(Files.Path, Settings with { NetworkType = "local" }, RecordedRuns.Repeats(2, 10));
        var remote = await RecordedRuns.WriteAsync(
            Files.Path, Settings with { NetworkType = "remote", Loads = [50] }, [SampleReports.Result(50, 120, 400, 10)], costPerHour: 0.5);
        Assert.Equal(ExitCodes.Done, await RunAsync("compare", local, remote));
        Assert.Contains("| Aspect         | local network ", Out, StringComparison.Ordinal);
        Assert.Contains("aws, 1 host ", Out, StringComparison.Ordinal);
        Assert.Contains("eu-west-1, us-east-1", Out, StringComparison.Ordinal);
        Assert.Matches(@"\| Latency p50 +\| 10\.0 ms +\| 120\.[01] ms +\|", Out);
        Assert.Matches(@"\| Throughput +\| 100\.[12] to 100\.[12] tx/s +\| 40\.0 tx/s +\|", Out);
        Assert.Contains("0.5 USD an hour", Out, StringComparison.Ordinal);
        Assert.Matches("remote +50 +40.0", Out);
    }

    [Theory]
    [InlineData("--tolerance", "2")]
    [InlineData("--tolerance", "-0.1")]
    [InlineData("--tolerance", "five")]
    public async Task An_impossible_tolerance_is_refused(string option, string value)
    {
        Assert.Equal(ExitCodes.Usage, await RunAsync("compare", "a", "b", option, value));
        Assert.Contains("a ratio from 0 to 1", Error, StringComparison.Ordinal);
    }

    private async Task<int> CompareAsync(IEnumerable<LoadResult> a, IEnumerable<LoadResult> b, params string[] more) => await RunAsync(
        ["compare", await RecordedRuns.WriteAsync(Files.Path, Settings, a), await RecordedRuns.WriteAsync(Files.Path, Settings, b), .. more]);

    private static async Task InterruptAsync(string path)
    {
        var run = await SealedRun.OpenAsync(path, default);
        await run.Directory.WriteJsonAsync(RunReports.SummaryName, run.Summary with { Interrupted = true });
        await run.Directory.SealAsync();
    }
}
