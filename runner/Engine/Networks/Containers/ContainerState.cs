using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Mysticeti.Engine.Networks.Containers;

/// <summary>What the working directory remembers of a network of containers: for <c>network status|logs|stop</c> by later commands.</summary>
internal sealed record ContainerState
{
    private const string FileName = "containers.json";

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public required string Name { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Absolute path of the compose file.</summary>
    public required string ComposeFile { get; init; }

    public required ImmutableArray<ContainerNode> Nodes { get; init; }

    /// <summary>Every such network that was started in this directory and not stopped since, by name.</summary>
    public static IReadOnlyList<ContainerState> ReadAll(string networksDirectory) => Directory.Exists(networksDirectory)
        ? [.. Directory.EnumerateDirectories(networksDirectory).Order(StringComparer.Ordinal).Select(Read).OfType<ContainerState>()]
        : [];

    public void Write(string networksDirectory)
    {
        var path = System.IO.Path.Combine(Directory.CreateDirectory(System.IO.Path.Combine(networksDirectory, Name)).FullName, FileName);
        File.WriteAllText($"{path}.new", JsonSerializer.Serialize(this, Format));
        File.Move($"{path}.new", path, overwrite: true);
    }

    /// <summary>Forgets the network.</summary>
    public static void Remove(string networksDirectory, string name)
    {
        var directory = System.IO.Path.Combine(networksDirectory, name);
        if (!Directory.Exists(directory)) return;
        File.Delete(System.IO.Path.Combine(directory, FileName));
        if (!Directory.EnumerateFileSystemEntries(directory).Any()) Directory.Delete(directory);
    }

    private static ContainerState? Read(string directory)
    {
        try
        {
            return JsonSerializer.Deserialize<ContainerState>(File.ReadAllText(System.IO.Path.Combine(directory, FileName)), Format);
        }
        catch (Exception error) when (error is FileNotFoundException or JsonException)
        {
            return null;
        }
    }
}

/// <param name="RpcUrl">Where its JSON-RPC is.</param>
internal sealed record ContainerNode(int Index, string Container, Uri RpcUrl);
