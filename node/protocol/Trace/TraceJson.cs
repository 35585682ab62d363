using Mysticeti.Consensus;
using System.Collections.Immutable;
using System.Text.Json;
using Mysticeti.Consensus.Core;

namespace Mysticeti.Protocol.Trace;

/// <summary>Whose trace it is.</summary>
/// <param name="BootId">Another one after each start.</param>
/// <param name="DeploymentKey">Of the launch.</param>
public sealed record TraceSource(string Node, int Authority, string BootId, string DeploymentKey);

/// <summary>Writes traces as <c>docs/rpc.md</c> has them.</summary>
public static class TraceJson
{
    /// <summary>The kinds as JSON names them, in the order of <see cref="TraceKind"/>.</summary>
    public static ImmutableArray<string> KindNames { get; } = [.. Enum.GetNames<TraceKind>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];

    /// <summary>The decisions as JSON names them, in the order of <see cref="LeaderStatus"/>.</summary>
    public static ImmutableArray<string> StatusNames { get; } = [.. Enum.GetNames<LeaderStatus>().Select(JsonNamingPolicy.KebabCaseLower.ConvertName)];

    /// <summary>In the order of <see cref="TraceKind"/>.</summary>
    internal static ImmutableArray<JsonEncodedText> Kinds { get; } = Encoded(KindNames);

    /// <summary>In the order of <see cref="LeaderStatus"/>.</summary>
    internal static ImmutableArray<JsonEncodedText> Statuses { get; } = Encoded(StatusNames);

    /// <summary>In the order of <see cref="BlockOrigin"/>.</summary>
    internal static ImmutableArray<JsonEncodedText> Origins { get; } = Encoded(Enum.GetNames<BlockOrigin>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName));

    /// <summary>Writes an answer of <c>GET /v1/trace</c>.</summary>
    /// <param name="entries">With their sequence numbers, ascending.</param>
    public static void WritePage(Utf8JsonWriter json, TraceSource source, TraceWindow window, IEnumerable<(long Seq, TraceEntry Entry)> entries)
    {
        json.WriteStartObject();
        json.WriteString("node"u8, source.Node);
        json.WriteNumber("authority"u8, source.Authority);
        json.WriteString("boot_id"u8, source.BootId);
        json.WriteString("deployment_id"u8, source.DeploymentKey);
        json.WriteNumber("oldest_seq"u8, window.Oldest);
        json.WriteNumber("next_seq"u8, window.Next);
        json.WriteNumber("dropped"u8, window.Dropped);
        json.WriteStartArray("entries"u8);
        foreach (var (seq, entry) in entries)
        {
            Write(json, seq, entry);
            // Hand over what is written: the writer's own memory stays small.
            if (json.BytesPending > 64 * 1024) json.Flush();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, long seq, in TraceEntry entry)
    {
        json.WriteStartObject();
        json.WriteNumber("seq"u8, seq);
        json.WriteNumber("ts_ns"u8, entry.TimestampNs);
        json.WriteString("kind"u8, Kinds[(int)entry.Kind]);
        WriteFields(json, entry);
        json.WriteEndObject();
    }

    private static void WriteFields(Utf8JsonWriter json, in TraceEntry entry)
    {
        switch (entry.Kind)
        {
            case TraceKind.TxReceived:
                WriteDigest(json, "tx"u8, entry.Digest);
                json.WriteNumber("bytes"u8, entry.Bytes);
                break;
            case TraceKind.TxIncluded:
                WriteDigest(json, "tx"u8, entry.Digest);
                json.WriteString("type"u8, entry.Text);
                WriteBlock(json, "block"u8, entry.Block);
                break;
            case TraceKind.TxCommitted:
                WriteDigest(json, "tx"u8, entry.Digest);
                json.WriteNumber("commit_index"u8, entry.Number);
                json.WriteBoolean("duplicate"u8, entry.Duplicate);
                break;
            case TraceKind.BlockProposed:
                WriteBlock(json, "block"u8, entry.Block);
                WriteContent(json, entry);
                break;
            case TraceKind.BlockReceived:
                WriteBlock(json, "block"u8, entry.Block);
                WriteContent(json, entry);
                json.WriteNumber("peer"u8, entry.Peer);
                json.WriteString("origin"u8, Origins[(int)entry.Origin]);
                break;
            case TraceKind.BlockSuspended:
                WriteBlock(json, "block"u8, entry.Block);
                break;
            case TraceKind.BlockAccepted:
                WriteBlock(json, "block"u8, entry.Block);
                WriteContent(json, entry);
                if (!entry.Types.IsDefault) WriteTypes(json, entry.Types);
                json.WriteString("origin"u8, Origins[(int)entry.Origin]);
                break;
            case TraceKind.BlockRejected:
                if (entry.Block.Author >= 0) WriteBlock(json, "block"u8, entry.Block);
                if (entry.Peer >= 0) json.WriteNumber("peer"u8, entry.Peer);
                json.WriteString("reason"u8, entry.Text);
                break;
            case TraceKind.RoundAdvanced or TraceKind.LeaderTimeout:
                json.WriteNumber("round"u8, entry.Number);
                break;
            case TraceKind.LeaderDecided:
                json.WriteNumber("round"u8, entry.Block.Round);
                json.WriteNumber("offset"u8, entry.Count);
                json.WriteNumber("authority"u8, entry.Block.Author);
                json.WriteString("status"u8, Statuses[(int)entry.Status]);
                if (entry.Block.Digest != default) WriteBlock(json, "block"u8, entry.Block);
                break;
            case TraceKind.SubdagCommitted:
                json.WriteNumber("commit_index"u8, entry.Number);
                WriteBlock(json, "anchor"u8, entry.Block);
                json.WriteStartArray("blocks"u8);
                foreach (var block in entry.Blocks) WriteBlock(json, block);
                json.WriteEndArray();
                json.WriteNumber("tx_count"u8, entry.Count);
                json.WriteNumber("bytes"u8, entry.Bytes);
                WriteDigest(json, "chain_digest"u8, entry.Digest);
                break;
            case TraceKind.SyncRequest:
                json.WriteNumber("peer"u8, entry.Peer);
                json.WriteNumber("blocks"u8, entry.Count);
                break;
            case TraceKind.PeerUp or TraceKind.PeerDown:
                json.WriteNumber("peer"u8, entry.Peer);
                break;
            case TraceKind.NodeStarted:
                json.WriteString("version"u8, entry.Text);
                break;
        }
    }

    private static void WriteContent(Utf8JsonWriter json, in TraceEntry entry)
    {
        json.WriteNumber("tx_count"u8, entry.Count);
        json.WriteNumber("bytes"u8, entry.Bytes);
    }

    private static void WriteTypes(Utf8JsonWriter json, ImmutableArray<(string Type, int Count)> types)
    {
        json.WriteStartObject("types"u8);
        foreach (var (type, count) in types) json.WriteNumber(type, count);
        json.WriteEndObject();
    }

    private static void WriteBlock(Utf8JsonWriter json, ReadOnlySpan<byte> name, BlockRef block)
    {
        json.WritePropertyName(name);
        WriteBlock(json, block);
    }

    private static void WriteBlock(Utf8JsonWriter json, BlockRef block)
    {
        json.WriteStartObject();
        json.WriteNumber("round"u8, block.Round);
        json.WriteNumber("author"u8, block.Author);
        if (block.Digest != default) WriteDigest(json, "digest"u8, block.Digest);
        json.WriteEndObject();
    }

    private static void WriteDigest(Utf8JsonWriter json, ReadOnlySpan<byte> name, Digest digest)
    {
        Span<byte> bytes = stackalloc byte[Digest.Size];
        Span<byte> hex = stackalloc byte[Digest.Size * 2];
        digest.CopyTo(bytes);
        Convert.TryToHexStringLower(bytes, hex, out _);
        json.WriteString(name, hex);
    }

    private static ImmutableArray<JsonEncodedText> Encoded(IEnumerable<string> names) => [.. names.Select(name => JsonEncodedText.Encode(name))];
}
