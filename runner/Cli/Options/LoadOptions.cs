using System.CommandLine;
using System.Security.Cryptography;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Load;

namespace Mysticeti.Runner.Cli.Options;

/// <summary>The options that say what the transactions are like.</summary>
internal sealed class LoadOptions
{
    /// <summary>The smallest transactions that hold their header.</summary>
    public const int MinOpaque = 32, MinKv = 66;

    public const int MaxSize = 1024 * 1024;

    public readonly Option<string?> TransactionSize = TextOption.Create(
        "--transaction-size", "BYTES", "512",
        $"Size of a transaction in bytes, from {MinOpaque} (opaque) or {MinKv} (kv) to {MaxSize}; or uniform:200-1000, or normal:512,100 (mean, deviation)");

    public readonly Option<string?> TransactionType = TextOption.Create(
        "--transaction-type", "opaque|kv", "opaque", "Incompressible bytes, or key=value text for the key-value application");

    public readonly Option<string?> Seed = TextOption.Create(
        "--seed", "N", null, "Source of all randomness of the load, a whole number; random by default, and always part of the results");

    public IEnumerable<Option> All => [TransactionSize, TransactionType, Seed];

    public TransactionType ReadType(ParseResult arguments) => Values.Choice(
        TransactionType.Name, arguments.Text(TransactionType), ("opaque", Engine.Load.TransactionType.Opaque), ("kv", Engine.Load.TransactionType.Kv));

    /// <summary>The size, or the rounded mean of the sizes.</summary>
    public int ReadSize(ParseResult arguments)
    {
        var sizes = ReadAnySizes(arguments);
        return sizes.Kind == SizeKind.Normal ? (int)sizes.Mean : (sizes.Smallest + sizes.Largest) / 2;
    }

    /// <summary>The distribution of sizes; null where all have the same.</summary>
    public TransactionSizes? ReadSizes(ParseResult arguments) => ReadAnySizes(arguments) is { Kind: not SizeKind.Fixed } sizes ? sizes : null;

    private TransactionSizes ReadAnySizes(ParseResult arguments)
    {
        var kv = ReadType(arguments) == Engine.Load.TransactionType.Kv;
        var text = arguments.Text(TransactionSize);
        var least = kv ? MinKv : MinOpaque;
        return TransactionSizes.Parse(text, least, MaxSize)
            ?? (text.Contains(':', StringComparison.Ordinal)
                ? throw new UsageException($"{TransactionSize.Name} {Values.OneLine(text)} is not possible; distributions are uniform:200-1000 and normal:512,100, within {least} to {MaxSize} bytes")
                : TransactionSizes.Fixed(Values.Whole(TransactionSize.Name, text, least, MaxSize, $"bytes ({(kv ? "kv" : "opaque")} transactions)")));
    }

    public ulong ReadSeed(ParseResult arguments) => arguments.IsGiven(Seed)
        ? Values.Seed(Seed.Name, arguments.Text(Seed))
        : (ulong)RandomNumberGenerator.GetInt32(int.MaxValue);
}
