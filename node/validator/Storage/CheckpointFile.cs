using Mysticeti.Consensus;

namespace Mysticeti.Validator.Storage;

/// <summary>The newest checkpoint on disk: <c>checkpoint</c> in the working directory, replaced as a whole.</summary>
internal static class CheckpointFile
{
    private const string Name = "checkpoint";

    // Not all at once: some kernels let nobody else go on before a write has ended.
    private const int PieceBytes = 64 * 1024;

    /// <returns>The initial checkpoint where there is no file.</returns>
    /// <exception cref="StorageException">The file is damaged, or of another network or version.</exception>
    public static Checkpoint Load(string directory, Digest genesisHash)
    {
        var path = Path.Combine(directory, Name);
        if (!File.Exists(path)) return Checkpoint.Initial(genesisHash);
        return Checkpoint.TryDecode(File.ReadAllBytes(path), genesisHash)
            ?? throw new StorageException($"'{path}' is damaged, or of another network or version: give this validator its own --working-directory, or restore the file from a copy");
    }

    /// <summary>Writes beside the old file and renames, so that there is a whole one at every instant.</summary>
    public static void Save(string directory, byte[] encoded, bool fsync)
    {
        var path = Path.Combine(directory, Name);
        using (var file = new FileStream($"{path}.new", FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0))
        {
            for (var offset = 0; offset < encoded.Length; offset += PieceBytes) file.Write(encoded.AsSpan(offset, Math.Min(PieceBytes, encoded.Length - offset)));
            file.Flush(flushToDisk: fsync);
        }

        File.Move($"{path}.new", path, overwrite: true);
    }
}
