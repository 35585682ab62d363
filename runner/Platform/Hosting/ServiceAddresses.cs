using System.Text.Json;

namespace Mysticeti.Platform.Hosting;

/// <summary>The file that tells scripts where the services answer; they need not parse what is printed.</summary>
internal static class ServiceAddresses
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(20);

    /// <summary>Adds addresses to <c>services.json</c>. Processes with other services may share the directory: theirs stay.</summary>
    public static async Task WriteAsync(string directory, IReadOnlyDictionary<string, Uri> urls, TimeProvider time, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, "services.json");
        await using var turn = await LockAsync($"{path}.lock", time, cancellationToken);
        var all = await ReadAsync(path, cancellationToken);
        foreach (var (name, url) in urls) all[name] = url.ToString().TrimEnd('/');
        await File.WriteAllTextAsync($"{path}.new", JsonSerializer.Serialize(all) + "\n", cancellationToken);
        File.Move($"{path}.new", path, overwrite: true);
    }

    private static async Task<Dictionary<string, string>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, string>>(await File.ReadAllTextAsync(path, cancellationToken)) ?? [];
        }
        catch (Exception error) when (error is FileNotFoundException or JsonException)
        {
            return [];
        }
    }

    /// <summary>The process whose turn it is holds the file open; the system lets go of it when the process ends, however it does.</summary>
    private static async Task<FileStream> LockAsync(string path, TimeProvider time, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                await Task.Delay(Retry, time, cancellationToken);
            }
        }
    }
}
