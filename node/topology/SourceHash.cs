using System.Security.Cryptography;
using System.Text;

namespace Mysticeti.Topology;

/// <summary>Tells whether sources have changed since something was made from them.</summary>
public static class SourceHash
{
    private static readonly string[] Generated = ["bin", "obj", "node_modules", "dist"];

    /// <summary>SHA-256, in hexadecimal, of the names and contents of files and of all files under directories, what builds leave there excepted.</summary>
    /// <param name="root">What <paramref name="paths"/> and the names are relative to.</param>
    public static string Of(string root, params string[] paths)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in paths.Select(path => Path.Combine(root, path)).SelectMany(Files))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetRelativePath(root, file).Replace('\\', '/')));
            hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static IEnumerable<string> Files(string path)
    {
        if (!Directory.Exists(path)) return [path];
        var below = Directory.GetDirectories(path).Where(directory => !Generated.Contains(Path.GetFileName(directory))).SelectMany(Files);
        return Directory.GetFiles(path).Concat(below).Order(StringComparer.Ordinal);
    }
}
