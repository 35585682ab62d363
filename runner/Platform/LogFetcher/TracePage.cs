using System.Buffers;
using System.Net;
using System.Text.Json;
using Mysticeti.Engine.Nodes;
using Mysticeti.Protocol;
using Mysticeti.Protocol.Trace;

namespace Mysticeti.Platform.LogFetcher;

/// <summary>One answer of a validator's <c>GET /v1/trace</c>. Its entries are read where they lie.</summary>
internal sealed class TracePage : IDisposable
{
    private const int LongestName = 200;
    private const int FirstBytes = 64 * 1024;
    private const int MostBytes = 64 * 1024 * 1024;

    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(10);

    private readonly byte[] _pooled;
    private readonly int _length;
    private int _entriesAt = -1;

    private TracePage(byte[] pooled, int length)
    {
        (_pooled, _length) = (pooled, length);
        var json = new Utf8JsonReader(pooled.AsSpan(0, length));
        json.Read();
        int? authority = null;
        long? next = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.ValueSpan;
            json.Read();
            if (name.SequenceEqual("node"u8)) Node = Name(json, "node");
            else if (name.SequenceEqual("boot_id"u8)) BootId = Name(json, "boot_id");
            else if (name.SequenceEqual("deployment_id"u8)) DeploymentKey = Name(json, "deployment_id");
            else if (name.SequenceEqual("authority"u8)) authority = json.GetInt32();
            else if (name.SequenceEqual("next_seq"u8)) next = json.GetInt64();
            else if (name.SequenceEqual("entries"u8)) _entriesAt = (int)json.TokenStartIndex;
            var complete = Node.Length > 0 && BootId.Length > 0 && DeploymentKey.Length > 0 && authority is not null && next is not null && _entriesAt >= 0;
            // Validators write the entries last: they are not gone through twice.
            if (complete) break;
            json.Skip();
        }

        if (Node.Length == 0 || BootId.Length == 0 || DeploymentKey.Length == 0) throw new FormatException("node, boot_id or deployment_id is missing");
        if (_entriesAt < 0) throw new FormatException("entries is missing");
        Authority = authority ?? throw new FormatException("authority is missing");
        NextSeq = next ?? throw new FormatException("next_seq is missing");
    }

    public string Node { get; } = "";

    public int Authority { get; }

    public string BootId { get; } = "";

    /// <summary>The key of the launch.</summary>
    public string DeploymentKey { get; } = "";

    /// <summary>What the node's next entry will get.</summary>
    public long NextSeq { get; }

    /// <summary>Begins at the first entry.</summary>
    public TraceReader ReadEntries() => new(_pooled.AsSpan(_entriesAt, _length - _entriesAt));

    /// <summary>Asks a node for what lies behind a sequence number.</summary>
    /// <exception cref="NodeException">There is no answer.</exception>
    /// <exception cref="IOException">The answer broke off.</exception>
    /// <exception cref="OperationCanceledException">The answer took too long.</exception>
    /// <exception cref="FormatException">It is not what a validator answers.</exception>
    public static async Task<TracePage> AskAsync(NodeClient client, Uri rpcUrl, long after, int limit, CancellationToken cancellationToken)
    {
        using var inTime = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        inTime.CancelAfter(LongestAnswer);
        using var response = await client.OpenAsync(rpcUrl, NodePaths.TraceAfter(after, limit), inTime.Token);
        if (response.StatusCode != HttpStatusCode.OK) throw new FormatException($"answers {(int)response.StatusCode}");
        await using var body = await response.Content.ReadAsStreamAsync(inTime.Token);
        return await ReadAsync(body, inTime.Token);
    }

    private static async Task<TracePage> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        var pooled = ArrayPool<byte>.Shared.Rent(FirstBytes);
        try
        {
            var length = 0;
            while (await body.ReadAsync(pooled.AsMemory(length), cancellationToken) is > 0 and var read)
            {
                length += read;
                if (length > MostBytes) throw new FormatException($"it is longer than {MostBytes >> 20} MiB");
                if (length < pooled.Length) continue;
                var larger = ArrayPool<byte>.Shared.Rent(2 * length);
                pooled.CopyTo(larger, 0);
                ArrayPool<byte>.Shared.Return(pooled);
                pooled = larger;
            }

            return new TracePage(pooled, length);
        }
        catch (Exception error)
        {
            ArrayPool<byte>.Shared.Return(pooled);
            if (error is JsonException or InvalidOperationException or FormatException) throw new FormatException($"not a trace: {error.Message}", error);
            throw;
        }
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_pooled);

    private static string Name(in Utf8JsonReader json, string name) => json.GetString() is { Length: > 0 and <= LongestName } text
        ? text
        : throw new FormatException($"{name} is empty or longer than {LongestName} characters");
}
