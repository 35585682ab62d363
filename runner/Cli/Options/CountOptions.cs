using System.CommandLine;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Plan;

namespace Mysticeti.Runner.Cli.Options;

/// <summary>The options of every command that brings a network up and sends it a number of transactions.</summary>
/// <param name="byDefault">How many are sent where nothing is said; null: none.</param>
/// <param name="least">The smallest number that can be asked for.</param>
/// <param name="description">What is sent and what comes then.</param>
internal sealed class CountOptions(string? byDefault, int least, string description)
{
    public readonly Option<string?> Count = TextOption.Create("--num-transactions", "N", byDefault, description);

    public readonly Option<string?> Rate = TextOption.Create("--transaction-rate", "TX/S", "100", "Transactions a second, with --num-transactions");

    public readonly LoadOptions Load = new();

    public IEnumerable<Option> All => [Count, Rate, .. Load.All];

    /// <summary>How many transactions are to be sent, 0 for none.</summary>
    public int ReadCount(ParseResult arguments) => byDefault is null && !arguments.IsGiven(Count)
        ? 0
        : Values.Whole(Count.Name, arguments.Text(Count), least, 1_000_000_000);

    public int ReadRate(ParseResult arguments) => Values.Whole(Rate.Name, arguments.Text(Rate), 1, Values.MaxLoad, "tx/s");

    /// <summary>The benchmark that sends them: one load for as long as the number lasts, nothing saved.</summary>
    /// <exception cref="UsageException">A value is wrong.</exception>
    public BenchmarkSettings Read(ParseResult arguments, string networkType, int committee, Option<string?> startupWait)
    {
        var rate = ReadRate(arguments);
        return new BenchmarkSettings
        {
            NetworkType = networkType,
            Committee = committee,
            Loads = [rate],
            Duration = TimeSpan.FromSeconds((double)Math.Max(1, ReadCount(arguments)) / rate),
            WarmUp = TimeSpan.Zero,
            TransactionSize = Load.ReadSize(arguments),
            Sizes = Load.ReadSizes(arguments),
            TransactionType = Load.ReadType(arguments),
            Seed = Load.ReadSeed(arguments),
            StartupWait = StartupWait.Read(arguments, startupWait),
            FileOutput = false,
        };
    }
}
