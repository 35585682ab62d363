namespace Mysticeti.Topology;

/// <summary>Text for a POSIX shell.</summary>
public static class ShellText
{
    /// <summary>One word that the shell takes as it stands, whatever is in it.</summary>
    public static string Quote(string word) => word.Length > 0 && word.All(IsPlain) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>A command line of such words.</summary>
    public static string Join(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-' or '_' or ':' or ',' or '=' or '+' or '@' or '%';
}
