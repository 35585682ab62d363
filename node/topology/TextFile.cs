namespace Mysticeti.Topology;

/// <summary>Reads the small files that describe a network.</summary>
internal static class TextFile
{
    private const long MaxBytes = 16 * 1024 * 1024;

    /// <param name="what">What the file is, for the error: "genesis file".</param>
    /// <exception cref="TopologyException">The file cannot be read, or is larger than any such file.</exception>
    public static byte[] Read(string path, string what)
    {
        try
        {
            if (Directory.Exists(path)) throw new TopologyException($"cannot read {what} '{path}': it is a directory");
            var length = new FileInfo(path).Length;
            return length <= MaxBytes ? File.ReadAllBytes(path) : throw new TopologyException($"cannot read {what} '{path}': {length} bytes are too many");
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TopologyException($"cannot read {what} '{path}': there is no such file", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new TopologyException($"cannot read {what} '{path}': {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }
}
