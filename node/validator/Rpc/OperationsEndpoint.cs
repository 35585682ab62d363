using System.Text.Json;
using Mysticeti.Metrics;
using Mysticeti.Validator.Contract;

namespace Mysticeti.Validator.Rpc;

/// <summary><c>GET /ready</c> and <c>GET /metrics</c>: what operators and the runner ask for.</summary>
internal sealed class OperationsEndpoint(IValidatorNode node, MetricRegistry metrics)
{
    /// <summary>200 once the validator is connected to a quorum, 503 before.</summary>
    public async Task ReadyAsync(HttpContext context)
    {
        var status = node.Status;
        using var output = new PooledBuffer();
        await using var json = new Utf8JsonWriter(output, JsonRpcWriter.WriterOptions);
        json.WriteStartObject();
        json.WriteBoolean("ready"u8, status.Ready);
        json.WriteNumber("authority_index"u8, node.AuthorityIndex);
        json.WriteNumber("connected_peers"u8, node.Peers.Count(peer => peer.Connected));
        json.WriteNumber("committee_size"u8, node.Genesis.Authorities.Length);
        json.WriteNumber("round"u8, status.Round);
        json.WriteNumber("commit_index"u8, node.CommitLog.LastIndex);
        json.WriteString("boot_id"u8, status.BootId);
        json.WriteEndObject();
        json.Flush();
        await context.Response.SendAsync(status.Ready ? 200 : 503, HttpAnswers.Json, output.WrittenMemory, context.RequestAborted);
    }

    public async Task MetricsAsync(HttpContext context)
    {
        using var output = new PooledBuffer();
        metrics.WriteTo(output);
        await context.Response.SendAsync(200, MetricRegistry.ContentType, output.WrittenMemory, context.RequestAborted);
    }
}
