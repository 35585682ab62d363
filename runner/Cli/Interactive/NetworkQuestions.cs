using System.Collections.Immutable;
using System.CommandLine;
using Mysticeti.Runner.Cli.Options;

namespace Mysticeti.Runner.Cli.Interactive;

/// <summary>The questions of every command that brings a network up and sends it a number of transactions.</summary>
internal static class NetworkQuestions
{
    /// <param name="cleaned">What is cleaned up, with a space before it: <c> containers</c>.</param>
    public static ImmutableArray<Question> Of(CountOptions count, Option<string?> startupWait, Option<bool> cleanup, string cleaned) =>
    [
        new(count.Count, "Number of transactions to simulate", "Number of transactions", a => count.ReadCount(a)) { Default = "1000" },
        new(count.Load.TransactionSize, "Transaction size in bytes", "Transaction size", a => count.Load.ReadSize(a)) { Unit = " bytes" },
        new(count.Rate, "Transaction rate (tx/s)", "Transaction rate", a => count.ReadRate(a)) { Unit = " tx/s" },
        new(startupWait, "Startup wait time in seconds", "Startup wait", a => StartupWait.Read(a, startupWait)) { Unit = " seconds" },
        new(cleanup, $"Clean up{cleaned} after completion", "Cleanup", _ => { }) { Default = "true" },
    ];
}
