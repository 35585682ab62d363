using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using Mysticeti.Engine.Console;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Reports;

/// <summary>A run as its sealed directory holds it; what was read is what was sealed.</summary>
public sealed record SealedRun
{
    public required RunDirectory Directory { get; init; }

    public required Manifest Manifest { get; init; }

    public required RunSummary Summary { get; init; }

    /// <summary>In the order in which they were measured.</summary>
    public required ImmutableArray<LoadReport> Loads { get; init; }

    /// <summary>The network that was measured; null where the directory does not say (a simulation).</summary>
    public required NetworkOutputs? Network { get; init; }

    /// <summary>Files whose hashes were checked.</summary>
    public required int CheckedFiles { get; init; }

    /// <summary>
    /// Checks every file against the manifest and reads the results. Reports that can be rendered again are not checked: nothing is read from them.
    /// </summary>
    /// <exception cref="UsageException">It is no run directory, it is not sealed, or a file was changed since.</exception>
    public static async Task<SealedRun> OpenAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var directory = RunDirectory.Open(path);
            var manifest = await ReadAsync<Manifest>(directory, RunDirectory.ManifestName, cancellationToken);
            ImmutableArray<ManifestFile> raw = [.. manifest.Files.Where(file => !RunReports.IsRendered(file.Path))];
            foreach (var file in raw) await CheckAsync(directory, file, cancellationToken);

            var summary = await ReadAsync<RunSummary>(directory, RunReports.SummaryName, cancellationToken);
            var loads = ImmutableArray.CreateBuilder<LoadReport>();
            foreach (var file in summary.Results.Select(row => row.File).OfType<string>())
            {
                loads.Add(await ReadAsync<LoadReport>(directory, raw.Any(f => f.Path == file) ? file : throw Broken(path, $"{file} is not sealed"), cancellationToken));
            }

            return new SealedRun
            {
                Directory = directory,
                Manifest = manifest,
                Summary = summary,
                Loads = loads.ToImmutable(),
                Network = raw.Any(f => f.Path == RunReports.NetworkName) ? NetworkOutputs.Load(Path.Combine(directory.Path, RunReports.NetworkName)) : null,
                CheckedFiles = raw.Length,
            };
        }
        catch (Exception error) when (error is JsonException or NotSupportedException or FormatException or IOException or UnauthorizedAccessException or TopologyException)
        {
            throw Broken(path, Values.OneLine(error.Message));
        }
    }

    private static async Task CheckAsync(RunDirectory directory, ManifestFile file, CancellationToken cancellationToken)
    {
        var path = Path.GetFullPath(Path.Combine(directory.Path, file.Path));
        if (!path.StartsWith(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory.Path)) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw Broken(directory.Path, $"the manifest names {Values.OneLine(file.Path)}, which lies outside");
        }

        if (!File.Exists(path)) throw Broken(directory.Path, $"{file.Path} is missing");

        await using var stream = File.OpenRead(path);
        if (stream.Length != file.Bytes || Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken)) != file.Sha256)
        {
            throw Broken(directory.Path, $"{file.Path} was changed since the run was sealed");
        }
    }

    private static async Task<T> ReadAsync<T>(RunDirectory directory, string name, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(Path.Combine(directory.Path, name));
        return await JsonSerializer.DeserializeAsync<T>(stream, ReportJson.Options, cancellationToken) ?? throw new JsonException($"{name} is empty");
    }

    private static UsageException Broken(string path, string reason) => new($"{Values.OneLine(path)} cannot be used as a sealed run: {reason}");
}
