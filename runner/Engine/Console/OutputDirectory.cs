namespace Mysticeti.Engine.Console;

/// <summary>Checks before the work that its results can be saved.</summary>
internal static class OutputDirectory
{
    /// <summary>
    /// Makes sure that files can be written below <paramref name="path"/>, by writing one in the nearest directory that exists
    /// and deleting it again. No directory is made.
    /// </summary>
    /// <exception cref="UsageException">They cannot.</exception>
    public static void Check(string path)
    {
        if (path.Length == 0) throw new UsageException("--output-dir has no value; it takes a directory, for example ./benchmarks");
        try
        {
            var existing = Path.GetFullPath(path);
            while (!Directory.Exists(existing))
            {
                if (File.Exists(existing)) throw new UsageException($"--output-dir '{path}' is not possible: '{existing}' is a file; name a directory");
                existing = Path.GetDirectoryName(existing) ?? throw new UsageException($"--output-dir '{path}' is not possible: no part of it exists");
            }

            using var probe = new FileStream(
                Path.Combine(existing, $".mysticeti-{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UsageException($"--output-dir '{Values.OneLine(path)}' cannot be written: {Values.OneLine(error.Message)}");
        }
    }
}
