using System.Text;

namespace Mysticeti.Engine.Networks;

/// <summary>Reads logs that another process may be writing.</summary>
internal static class LogFile
{
    private const int MaxTailBytes = 256 * 1024;

    public static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>The last <paramref name="count"/> lines of the last 256 KiB that are not empty; none where there is no file.</summary>
    public static IReadOnlyList<string> LastLines(string path, int count)
    {
        try
        {
            using var file = Open(path);
            file.Position = Math.Max(0, file.Length - MaxTailBytes);
            using var reader = new StreamReader(file, Encoding.UTF8);
            var lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return lines.Length <= count ? lines : lines[^count..];
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <summary>Copies a log as far as it has been written.</summary>
    public static async Task CopyAsync(string path, string target, CancellationToken cancellationToken)
    {
        await using var from = Open(path);
        await using var to = File.Create(target);
        await from.CopyToAsync(to, cancellationToken);
    }
}
