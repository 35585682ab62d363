using System.Data.Common;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Mysticeti.Metrics;
using Mysticeti.Platform.Hosting;

namespace Mysticeti.Platform.Uptime;

/// <summary>The uptime backend's routes.</summary>
internal sealed class UptimeService(UptimeBackend backend, TimeProvider time) : IPlatformService
{
    /// <summary>The port unless another is asked for.</summary>
    public const int Port = 8080;

    private const int LargestHeartbeat = 4 * 1024;

    public string Name => "uptime-backend";

    public int DefaultPort => Port;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/submit", (RequestDelegate)SubmitAsync).WithMetadata(new Needs(Role.Ingest));
        routes.MapGet("/v1/online", (RequestDelegate)OnlineAsync);
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await backend.LoadAsync(cancellationToken);
        }
        catch (Exception error) when (error is DbException or TimeoutException)
        {
            // The next heartbeats tell.
        }

        await Task.Delay(Timeout.Infinite, cancellationToken);
    }

    public void Register(MetricRegistry metrics) => metrics.Gauges(
        "mysticeti_nodes", "Nodes by what their heartbeats say of them.", "state", ["online", "suspect", "offline"],
        state => backend.Nodes.Count(node => backend.StateOf(node) == state));

    private async Task SubmitAsync(HttpContext context)
    {
        if (context.Request.ContentLength is null) throw new RequestException(411, "Length required", "send Content-Length");
        var heartbeat = Heartbeat.Parse(await context.ReadObjectAsync(LargestHeartbeat));
        await backend.TakeAsync(heartbeat, context.RequestAborted);
        await context.SendAsync(new { status = "ok" });
    }

    private Task OnlineAsync(HttpContext context) => context.SendAsync(new
    {
        nodes = backend.Nodes.Select(node => new
        {
            node = node.Name,
            authority = node.Last.Authority,
            state = backend.StateOf(node),
            age_sec = (time.GetUtcNow() - node.ReceivedAt).TotalSeconds,
            last_heartbeat = node.ReceivedAt.ToUnixTimeMilliseconds() / 1000.0,
            deployment_id = node.Last.DeploymentId,
            boot_id = node.Last.BootId,
            rpc_url = node.Last.RpcUrl,
            version = node.Last.Version,
            round = node.Last.Round,
            commit_index = node.Last.CommitIndex,
        }),
    });
}
