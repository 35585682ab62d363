namespace Mysticeti.Engine.Console;

/// <summary>Guesses what a misspelt word was meant to be.</summary>
internal static class Spelling
{
    /// <summary>"; did you mean X?", or nothing where no name is similar.</summary>
    public static string Suggestion(string token, IEnumerable<string> names)
    {
        var (distance, _, name) = names.Select(n => (IsBeginning(token, n) ? 0 : Distance(token, n), n.Length, n)).DefaultIfEmpty((int.MaxValue, 0, "")).Min();
        return distance <= Math.Max(2, token.Length / 3) ? $"; did you mean {name}?" : "";
    }

    private static bool IsBeginning(string token, string name) => token.Trim('-').Length > 1 && name.StartsWith(token, StringComparison.Ordinal);

    /// <summary>Levenshtein distance: single-character insertions, deletions and replacements between two words.</summary>
    private static int Distance(string a, string b)
    {
        if (a.Length > 64 || b.Length > 64) return int.MaxValue;
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[b.Length];
    }
}
