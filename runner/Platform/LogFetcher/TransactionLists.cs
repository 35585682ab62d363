using System.Text;
using System.Text.Json;

namespace Mysticeti.Platform.LogFetcher;

/// <summary>Writes <c>block_trace.metadata_json</c> in the seed's shape: one array a transaction, its type first.</summary>
internal static class TransactionLists
{
    private const int Most = 1_000_000;

    /// <summary>The transactions of a block; those whose hashes are known come first.</summary>
    /// <param name="types">How many it has of each type.</param>
    /// <exception cref="FormatException">No block has so many.</exception>
    public static string Of(IReadOnlyList<(string Type, int Count)> types, IReadOnlyList<(string Type, string Hash)> sampled)
    {
        if (types.Sum(type => (long)type.Count) > Most) throw new FormatException($"a block has more than {Most} transactions");
        var list = new StringBuilder("{\"transactions\":[");
        var empty = list.Length;
        foreach (var (type, count) in types)
        {
            var left = count;
            foreach (var transaction in sampled)
            {
                if (transaction.Type != type) continue;
                list.Append(JsonSerializer.Serialize((string[])[type, transaction.Hash])).Append(',');
                left--;
            }

            if (left > 0) list.Insert(list.Length, $"{JsonSerializer.Serialize((string[])[type])},", left);
        }

        if (list.Length > empty) list.Length--;
        return list.Append("]}").ToString();
    }
}
