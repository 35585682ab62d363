using System.Text.Json;

namespace Mysticeti.Runner.Platform.LogFetcher;

/// <summary>
/// Writes <c>block_trace.metadata_json</c> in the seed's shape: one array a transaction, its type first. Most blocks of a batch have one of a few texts, which
/// are written once.
/// </summary>
internal sealed class TransactionLists
{
    private const int Most = 1_000_000;

    private readonly Dictionary<string, string> _unsampled = new(StringComparer.Ordinal);

    /// <summary>The transactions of a block; those whose hashes are known come first.</summary>
    /// <param name="types">JSON: how many it has of each type.</param>
    /// <exception cref="FormatException">It is something else, or no block has so many.</exception>
    public string Of(string types, IReadOnlyList<(string Type, string Hash)> sampled)
    {
        if (sampled.Count > 0) return Write(types, sampled);
        if (!_unsampled.TryGetValue(types, out var text)) _unsampled[types] = text = Write(types, sampled);
        return text;
    }

    private static string Write(string types, IReadOnlyList<(string Type, string Hash)> sampled)
    {
        var counts = Counts(types);
        var hashes = sampled.ToLookup(transaction => transaction.Type, transaction => transaction.Hash);
        var transactions = counts.SelectMany(type => hashes[type.Key].Select(hash => (string[])[type.Key, hash])
            .Concat(Enumerable.Repeat((string[])[type.Key], Math.Max(0, type.Value - hashes[type.Key].Count()))));
        return JsonSerializer.Serialize(new { transactions });
    }

    private static Dictionary<string, int> Counts(string types)
    {
        try
        {
            var counts = JsonSerializer.Deserialize<Dictionary<string, int>>(types) ?? [];
            return counts.Values.Sum(count => (long)count) <= Most ? counts : throw new FormatException($"a block has more than {Most} transactions");
        }
        catch (JsonException error)
        {
            throw new FormatException("types is no object of counts", error);
        }
    }
}
