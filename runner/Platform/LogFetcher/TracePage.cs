using System.Text.Json;

namespace Mysticeti.Runner.Platform.LogFetcher;

/// <summary>One answer of a validator's <c>GET /v1/trace</c>.</summary>
internal sealed class TracePage : IDisposable
{
    private const int LongestName = 200;

    private readonly JsonDocument _document;

    private TracePage(JsonDocument document)
    {
        _document = document;
        var root = document.RootElement;
        Node = Name(root, "node");
        BootId = Name(root, "boot_id");
        DeploymentKey = Name(root, "deployment_id");
        Authority = root.GetProperty("authority").GetInt32();
        OldestSeq = root.GetProperty("oldest_seq").GetInt64();
        NextSeq = root.GetProperty("next_seq").GetInt64();
        Dropped = root.GetProperty("dropped").GetInt64();
        Entries = [.. root.GetProperty("entries").EnumerateArray()];
    }

    public string Node { get; }

    public int Authority { get; }

    public string BootId { get; }

    /// <summary>The key of the launch.</summary>
    public string DeploymentKey { get; }

    /// <summary>The oldest entry that the node still has.</summary>
    public long OldestSeq { get; }

    /// <summary>What the node's next entry will get.</summary>
    public long NextSeq { get; }

    /// <summary>Entries that gave way to newer ones since the node started.</summary>
    public long Dropped { get; }

    public IReadOnlyList<JsonElement> Entries { get; }

    /// <summary>The first entry's number; null: no entries.</summary>
    public long? FirstSeq => Entries.Count == 0 ? null : Entries[0].GetProperty("seq").GetInt64();

    /// <summary>The last entry's number; null: no entries.</summary>
    public long? LastSeq => Entries.Count == 0 ? null : Entries[^1].GetProperty("seq").GetInt64();

    /// <exception cref="FormatException">It is not what a validator answers.</exception>
    public static async Task<TracePage> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        JsonDocument? document = null;
        try
        {
            document = await JsonDocument.ParseAsync(body, default, cancellationToken);
            return new TracePage(document);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            document?.Dispose();
            throw new FormatException($"not a trace: {error.Message}", error);
        }
    }

    public void Dispose() => _document.Dispose();

    private static string Name(JsonElement root, string name) => root.GetProperty(name).GetString() is { Length: > 0 and <= LongestName } text
        ? text
        : throw new FormatException($"{name} is empty or longer than {LongestName} characters");
}
