using System.CommandLine;
using System.Security.Cryptography;
using Mysticeti.Runner.Benchmark;

namespace Mysticeti.Runner.Cli;

/// <summary>The options that say what the transactions are like.</summary>
internal sealed class LoadOptions
{
    /// <summary>The smallest transactions that hold their header.</summary>
    public const int MinOpaque = 32, MinKv = 66;

    public const int MaxSize = 1024 * 1024;

    public readonly Option<string?> TransactionSize = TextOption.Create(
        "--transaction-size", "BYTES", "512", $"Size of a transaction in bytes, from {MinOpaque} (opaque) or {MinKv} (kv) to {MaxSize}");

    public readonly Option<string?> TransactionType = TextOption.Create(
        "--transaction-type", "opaque|kv", "opaque", "Incompressible bytes, or key=value text for the key-value application");

    public readonly Option<string?> Seed = TextOption.Create(
        "--seed", "N", null, "Source of all randomness of the load, a whole number; random by default, and always part of the results");

    public IEnumerable<Option> All => [TransactionSize, TransactionType, Seed];

    public TransactionType ReadType(ParseResult arguments) => Values.Choice(
        TransactionType.Name, arguments.Text(TransactionType), ("opaque", Benchmark.TransactionType.Opaque), ("kv", Benchmark.TransactionType.Kv));

    public int ReadSize(ParseResult arguments)
    {
        var kv = ReadType(arguments) == Benchmark.TransactionType.Kv;
        return Values.Whole(
            TransactionSize.Name, arguments.Text(TransactionSize), kv ? MinKv : MinOpaque, MaxSize, $"bytes ({(kv ? "kv" : "opaque")} transactions)");
    }

    public ulong ReadSeed(ParseResult arguments) => arguments.IsGiven(Seed)
        ? Values.Seed(Seed.Name, arguments.Text(Seed))
        : (ulong)RandomNumberGenerator.GetInt32(int.MaxValue);
}
