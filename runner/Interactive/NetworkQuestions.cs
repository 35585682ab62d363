using System.Collections.Immutable;
using System.CommandLine;
using Mysticeti.Runner.Cli;

namespace Mysticeti.Runner.Interactive;

/// <summary>The questions of every command that brings a network up and sends it a number of transactions.</summary>
internal static class NetworkQuestions
{
    /// <param name="cleaned">What is cleaned up, with a space before it: <c> containers</c>.</param>
    public static ImmutableArray<Question> Of(
        Option<string?> count, LoadOptions load, Option<string?> rate, Option<string?> startupWait, Option<bool> cleanup, string cleaned) =>
    [
        new(count, "Number of transactions to simulate", "Number of transactions", a => Values.Whole(count.Name, a.Text(count), 1, 1_000_000_000)) { Default = "1000" },
        new(load.TransactionSize, "Transaction size in bytes", "Transaction size", a => load.ReadSize(a)) { Unit = " bytes" },
        new(rate, "Transaction rate (tx/s)", "Transaction rate", a => Values.Whole(rate.Name, a.Text(rate), 1, Values.MaxLoad, "tx/s")) { Unit = " tx/s" },
        new(startupWait, "Startup wait time in seconds", "Startup wait", a => Values.Seconds(startupWait.Name, a.Text(startupWait), 0.1, 86_400)) { Unit = " seconds" },
        new(cleanup, $"Clean up{cleaned} after completion", "Cleanup", _ => { }) { Default = "true" },
    ];
}
