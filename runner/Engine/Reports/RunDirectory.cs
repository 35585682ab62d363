using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Mysticeti.Engine.Console;

namespace Mysticeti.Engine.Reports;

/// <summary>
/// The directory of one run, <c>OUTPUT/yyyyMMdd-HHmmss-NETWORK-NAME/</c> (UTC). Each file appears whole or not at all;
/// the manifest with the hashes of all others seals it.
/// </summary>
public sealed class RunDirectory
{
    public const string ManifestName = "manifest.json";

    private RunDirectory(string path) => Path = path;

    public string Path { get; }

    /// <summary>Creates the directory with its first file; two runs never get the same one, even in the same second.</summary>
    /// <exception cref="UsageException">The output directory cannot be used.</exception>
    public static RunDirectory Create(string output, DateTimeOffset now, string network, string name, string firstFile, string content)
    {
        var title = now.UtcDateTime.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture) + $"-{Plain(network)}-{Plain(name)}";
        try
        {
            Directory.CreateDirectory(output);
            var draft = System.IO.Path.Combine(output, $".{title}-{Guid.NewGuid():N}");
            Directory.CreateDirectory(draft);
            File.WriteAllText(System.IO.Path.Combine(draft, firstFile), content);
            for (var i = 1; ; i++)
            {
                var path = System.IO.Path.Combine(output, i == 1 ? title : FormattableString.Invariant($"{title}-{i}"));
                if (TryMove(draft, path)) return new RunDirectory(path);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UsageException($"--output-dir {output} cannot be used: {error.Message}");
        }
    }

    /// <summary>Takes hold of the directory of a run that was sealed.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static RunDirectory Open(string path) =>
        !Directory.Exists(path) ? throw new UsageException($"there is no directory {Values.OneLine(path)}; name the directory of a run, for example ./benchmarks/20260102-101500-embedded-benchmark")
        : !File.Exists(System.IO.Path.Combine(path, ManifestName)) ? throw new UsageException($"{Values.OneLine(path)} has no {ManifestName}: it is not the directory of a run that ended")
        : new RunDirectory(System.IO.Path.TrimEndingDirectorySeparator(path));

    /// <summary>Checks, before anything is started, that results can be written.</summary>
    /// <exception cref="UsageException">They cannot.</exception>
    public static void Check(string output)
    {
        if (File.Exists(output)) throw new UsageException($"--output-dir {output} is a file; name a directory");

        string? probe = null;
        try
        {
            Directory.CreateDirectory(output);
            probe = System.IO.Path.Combine(output, $".probe-{Guid.NewGuid():N}");
            File.WriteAllText(probe, "");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UsageException($"--output-dir {output} cannot be used: {error.Message}");
        }
        finally
        {
            if (probe is not null) File.Delete(probe);
        }
    }

    /// <summary>Writes a file beside its place and then moves it there.</summary>
    public async Task WriteAsync(string name, string content)
    {
        var path = System.IO.Path.Combine(Path, name);
        var draft = path + ".tmp";
        await File.WriteAllTextAsync(draft, content, new UTF8Encoding(false));
        File.Move(draft, path, overwrite: true);
    }

    public Task WriteJsonAsync<T>(string name, T document) => WriteAsync(name, JsonSerializer.Serialize(document, ReportJson.Options) + "\n");

    /// <summary>Writes the manifest: path, length and SHA-256 of every other file, by path.</summary>
    public async Task SealAsync()
    {
        var files = new List<ManifestFile>();
        foreach (var file in Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var name = System.IO.Path.GetRelativePath(Path, file).Replace('\\', '/');
            if (name == ManifestName) continue;

            files.Add(await HashAsync(name));
        }

        await WriteJsonAsync(ManifestName, new Manifest(1, files));
    }

    /// <summary>Seals some files anew; what the manifest says of all others stays, and what it did not know stays out.</summary>
    public async Task SealAgainAsync(Manifest manifest, IReadOnlyCollection<string> names)
    {
        var files = manifest.Files.Where(file => !names.Contains(file.Path)).ToList();
        foreach (var name in names) files.Add(await HashAsync(name));

        await WriteJsonAsync(ManifestName, manifest with { Files = [.. files.OrderBy(file => file.Path, StringComparer.Ordinal)] });
    }

    private async Task<ManifestFile> HashAsync(string name)
    {
        await using var stream = File.OpenRead(System.IO.Path.Combine(Path, name));
        return new ManifestFile(name, stream.Length, Convert.ToHexStringLower(await SHA256.HashDataAsync(stream)));
    }

    private static bool TryMove(string draft, string path)
    {
        if (Directory.Exists(path) || File.Exists(path)) return false;

        try
        {
            // The draft is not empty, so that of two that get here at once one fails.
            Directory.Move(draft, path);
            return true;
        }
        catch (IOException) when (Directory.Exists(path))
        {
            return false;
        }
    }

    private static string Plain(string text) =>
        new([.. text.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-')]);
}

/// <summary>The seal of a run directory.</summary>
public sealed record Manifest(int SchemaVersion, IReadOnlyList<ManifestFile> Files);

public sealed record ManifestFile(string Path, long Bytes, string Sha256);
