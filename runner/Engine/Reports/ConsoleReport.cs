using Mysticeti.Engine.Measurement;
using Mysticeti.Engine.Plan;
using Spectre.Console;

namespace Mysticeti.Engine.Reports;

/// <summary>The lines that people read, the same on the console and in <c>summary.txt</c>.</summary>
public static class ConsoleReport
{
    public const string Title = "Comprehensive Benchmark Runner";
    public static readonly string TitleRule = new('=', 29);
    public static readonly string Rule = new('=', 60);

    /// <summary>One measurement.</summary>
    public static IEnumerable<string> Result(LoadReport r)
    {
        yield return $"BENCHMARK RESULT #{r.BenchmarkNumber}";
        yield return Rule;
        yield return $"Network Type: {r.NetworkType}";
        yield return $"Input Load: {r.Parameters.Load} tx/s";
        yield return $"Duration: {SettingsText.Seconds(TimeSpan.FromSeconds(r.Parameters.Duration))}";
        if (r.Interrupted)
        {
            yield return $"Interrupted: the figures are over the {Figures.Plain(r.Results.DurationSecs)}s that were measured";
        }

        yield return "";
        yield return "RESULTS:";
        foreach (var line in Figure(r, r.Results)) yield return "  " + line;

        yield return Rule;
    }

    private static IEnumerable<string> Figure(LoadReport r, ReportResults f)
    {
        // With workers, sending and committing are not timed by one clock.
        var error = f.ClockErrorMs > 0 ? $" ± {Figures.Number(f.ClockErrorMs, 3)}" : "";
        yield return f.Throughput is double throughput ? $"Throughput: {Figures.Plain(throughput)} tx/s" : "Throughput: -";
        yield return $"Average Latency: {Figures.Ms(f.AvgLatencyMs)}";
        yield return $"Latency Std Dev: {Figures.Ms(f.LatencyStdDevMs)}";
        yield return $"Successful Transactions: {f.SuccessfulTransactions}";
        yield return $"Failed Transactions: {f.FailedTransactions}";
        yield return $"Efficiency: {Figures.Percent(f.Efficiency)}";
        yield return $"Latency p50/p90/p95/p99/max: {Number(f.P50Ms)} / {Number(f.P90Ms)} / {Number(f.P95Ms)} / "
            + $"{Number(f.P99Ms)} / {Number(f.MaxMs)}{error} ms (from the scheduled time)";
        yield return $"Service Time p50/p99: {Number(f.ServiceP50Ms)} / {Number(f.ServiceP99Ms)}{error} ms (from the actual sending)";
        yield return $"Generator Lag p50/p99: {Number(f.GeneratorLagP50Ms)} / {Number(f.GeneratorLagP99Ms)}{error} ms";
        if (f.CostPerMillionUsd is double cost) yield return $"Cost: {Figures.Number(cost, 4)} USD for a million committed transactions";

        yield return $"Ledger: {f.Ledger}";
        foreach (var (reason, count) in f.RejectionReasons.OrderByDescending(p => p.Value).Take(3))
        {
            yield return $"Rejected: {count} x {reason}";
        }

        foreach (var line in r.Faults.SelectMany(fault => fault.Lines())) yield return line;

        yield return VerdictLine(r.Verdict);
        foreach (var note in r.Verdict.Notes) yield return $"Note: {note}";

        yield return SafetyLine(r.Safety);
        foreach (var outcome in r.Thresholds) yield return $"Threshold: {outcome}";

        foreach (var failure in r.NodeFailures) yield return $"Failed: {failure.Name} {failure.Reason}";
    }

    public static string VerdictLine(Verdict verdict) => $"Verdict: {verdict.Summary}";

    /// <param name="verdict">Its name.</param>
    internal static Color ColorOf(string verdict) => verdict switch
    {
        "VALID" => Color.Green,
        "INVALID" => Color.Red,
        _ => Color.Yellow,
    };

    public static string SafetyLine(SafetyReport safety)
    {
        if (!safety.Safe) return $"Safety: VIOLATED ({string.Join("; ", safety.Violations)})";

        var digests = safety.Digests;
        var compared = digests.Compared == 0
            ? "no commit index was reported by two nodes"
            : $"{digests.Last.Count(n => n.CommitIndex > 0)} nodes agree on commits {digests.LowestCompared} to {digests.HighestCompared}"
                + (digests.Application.Compared > 0 ? " and on the application's state" : "");
        return $"Safety: {compared}; duplicates {safety.Duplicates}, foreign {safety.Foreign}";
    }

    private static string Number(double? ms) => ms is double value ? Figures.Number(value, 1) : "-";
}
