using System.Globalization;
using Mysticeti.Engine.Benchmark;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Measurement;
using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Plan;

namespace Mysticeti.Runner.Cli;

/// <summary>Brings a network up, sends a number of transactions on schedule, and says what became of them in three lines.</summary>
internal static class TransactionRun
{
    /// <returns>One of <see cref="ExitCodes"/>; never that of an invalid measurement, since sending was what was asked for.</returns>
    public static async Task<int> ExecuteAsync(BenchmarkSettings settings, INetwork network, Shell shell, CancellationToken cancellationToken)
    {
        await network.StartAsync(settings.StartupWait, new LineProgress(shell.Out), cancellationToken);
        var code = await SendAsync(settings, network, shell, cancellationToken);
        await network.StopAsync(CancellationToken.None);
        return code;
    }

    /// <summary>The same on a network that is up and goes on.</summary>
    public static async Task<int> SendAsync(BenchmarkSettings settings, INetwork network, Shell shell, CancellationToken cancellationToken)
    {
        var screen = shell.Screen;
        var plan = LoadPlan.Of(settings, number: 1, settings.Loads[0], repeat: 1);
        var result = await new PlanRun(network, settings.Seed, screen, shell.Time).MeasureAsync(plan, cancellationToken);
        foreach (var line in Lines(result)) screen.Line(line);
        foreach (var failure in result.NodeFailures) screen.Problem($"{failure.Name} {failure.Reason}");
        return cancellationToken.IsCancellationRequested ? ExitCodes.Interrupted
            : !result.Safety.Safe ? ExitCodes.CheckFailed
            : !result.NodeFailures.IsEmpty ? ExitCodes.Network
            : ExitCodes.Done;
    }

    private static IEnumerable<string> Lines(LoadResult result)
    {
        yield return string.Create(CultureInfo.InvariantCulture, $"Successful transactions: {result.Ledger.Committed}");
        yield return string.Create(CultureInfo.InvariantCulture, $"Failed transactions: {result.Ledger.Rejected + result.Ledger.Lost}");
        // Of all that were committed: a few transactions may be sent before the first commit is due, and a window's throughput would be none.
        var rate = result.SecondsToLastCommit > 0 ? result.Ledger.Committed / result.SecondsToLastCommit : 0;
        yield return string.Create(CultureInfo.InvariantCulture, $"Actual rate: {rate:0.0} tx/s");
        foreach (var reason in result.Verdict.Reasons) yield return $"Note: {reason}";
        foreach (var violation in result.Safety.Violations) yield return $"Safety audit failed: {violation}";
    }
}
