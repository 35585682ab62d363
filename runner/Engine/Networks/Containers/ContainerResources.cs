using System.Net.Sockets;
using System.Text.Json;
using Mysticeti.Engine.Resources;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Networks.Containers;

/// <summary>
/// Reads what containers use from the engine itself (Engine API, <c>GET /containers/NAME/stats</c>): counters as they are in the kernel, where
/// <c>docker stats</c> has rounded ones, and no process of a client each second beside what is measured.
/// </summary>
internal sealed class ContainerResources : INodeResources, IDisposable
{
    private const string LocalSocket = "unix://";

    /// <summary>
    /// What takes longer is left out. An engine that collects once a second answers when it does that next, and a busy one some seconds late: its
    /// answer says when it was read, so that it is worth waiting for.
    /// </summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private readonly HttpClient _engine;
    private readonly IReadOnlyList<string> _containers;
    private readonly TimeProvider _time;

    /// <param name="socket">Path of the engine's socket.</param>
    /// <param name="containers">Names, by the nodes' positions.</param>
    public ContainerResources(string socket, IReadOnlyList<string> containers, TimeProvider time)
    {
        (_containers, _time) = (containers, time);
        _engine = new HttpClient(new SocketsHttpHandler { UseProxy = false, ConnectCallback = (_, cancellationToken) => ConnectAsync(socket, cancellationToken) })
        {
            BaseAddress = new Uri("http://docker/"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Null where the nodes are no containers, or where their engine has no socket on this machine: it is elsewhere, or there is none.</summary>
    public static async Task<ContainerResources?> FindAsync(IReadOnlyCollection<NodeOutput> nodes, TimeProvider time, CancellationToken cancellationToken)
    {
        var containers = nodes.Select(node => node.Container).OfType<string>().ToArray();
        return containers.Length == nodes.Count && await DockerEngine.AddressAsync(cancellationToken) is { } address && address.StartsWith(LocalSocket, StringComparison.Ordinal)
            ? new ContainerResources(address[LocalSocket.Length..], containers, time)
            : null;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ResourceCounters?>> ReadAsync(CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(Longest, _time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        var counters = await Task.WhenAll(_containers.Select(container => ReadAsync(container, end.Token)));
        cancellationToken.ThrowIfCancellationRequested();
        return counters;
    }

    public void Dispose() => _engine.Dispose();

    /// <summary>What an answer of the engine says; null where the container does not run.</summary>
    internal static ResourceCounters? Read(JsonElement stats)
    {
        var memory = stats.GetProperty("memory_stats");
        // Of a container that does not run there is an answer, too, with nothing in it.
        if (Number(stats.GetProperty("cpu_stats").GetProperty("cpu_usage"), "total_usage") is not (> 0 and var cpuNs) || Number(memory, "usage") is not { } used) return null;
        return new ResourceCounters(
            cpuNs / 1e9, used - InactiveFile(memory), Storage(stats, "read"), Storage(stats, "write"), Network(stats, "rx_bytes"), Network(stats, "tx_bytes"))
        {
            AtSeconds = (stats.GetProperty("read").GetDateTimeOffset() - DateTimeOffset.UnixEpoch).TotalSeconds,
        };
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<ResourceCounters?> ReadAsync(string container, CancellationToken cancellationToken)
    {
        try
        {
            // one-shot: without it the engine would wait a second for a reading to compare with.
            using var answer = await _engine.GetAsync($"containers/{Uri.EscapeDataString(container)}/stats?stream=false&one-shot=true", cancellationToken);
            if (!answer.IsSuccessStatusCode) return null;
            using var json = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(cancellationToken));
            return Read(json.RootElement);
        }
        catch (Exception error) when (error is HttpRequestException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException or OperationCanceledException)
        {
            // A gap; nothing that a measurement should fail for.
            return null;
        }
    }

    // Files that were read once and can be dropped at any time are not the container's need; docker stats leaves them out, too.
    private static long InactiveFile(JsonElement memory) => memory.TryGetProperty("stats", out var parts) && parts.ValueKind == JsonValueKind.Object
        ? Number(parts, "total_inactive_file") ?? Number(parts, "inactive_file") ?? 0
        : 0;

    // Empty is not zero: so it is, too, where the kernel does not account storage to containers.
    private static long? Storage(JsonElement stats, string operation) =>
        stats.TryGetProperty("blkio_stats", out var storage) && storage.TryGetProperty("io_service_bytes_recursive", out var entries) && entries.ValueKind == JsonValueKind.Array && entries.GetArrayLength() > 0
            ? entries.EnumerateArray().Where(entry => string.Equals(entry.GetProperty("op").GetString(), operation, StringComparison.OrdinalIgnoreCase)).Sum(entry => Number(entry, "value") ?? 0)
            : null;

    // A container on its host's own network has none.
    private static long? Network(JsonElement stats, string counter) => stats.TryGetProperty("networks", out var networks) && networks.ValueKind == JsonValueKind.Object
        ? networks.EnumerateObject().Sum(network => Number(network.Value, counter) ?? 0)
        : null;

    private static long? Number(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;
}
