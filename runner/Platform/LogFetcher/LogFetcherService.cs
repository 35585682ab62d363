using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Mysticeti.Engine.Console;
using Mysticeti.Metrics;
using Mysticeti.Platform.Database;
using Mysticeti.Platform.Hosting;

namespace Mysticeti.Platform.LogFetcher;

/// <summary>The log fetcher: nodes, freeze and unfreeze. It keeps the database within its bounds, too.</summary>
internal sealed class LogFetcherService(Fetcher fetcher, IDatabase database, Retention retention, TimeProvider time, TextWriter problems) : IPlatformService
{
    private static readonly TimeSpan RetentionInterval = TimeSpan.FromMinutes(1);

    public string Name => "log-fetcher";

    public int DefaultPort => 4000;

    public void Map(IEndpointRouteBuilder routes)
    {
        var operate = new Needs(Role.Operate);
        routes.MapGet("/nodes", (RequestDelegate)(context => context.SendAsync(new { state = State, nodes = fetcher.Nodes.Select(Shown) })));
        // The seed's curl lines are GETs.
        routes.MapMethods("/freeze", ["GET", "POST"], (RequestDelegate)FreezeAsync).WithMetadata(operate);
        routes.MapMethods("/unfreeze", ["GET", "POST"], (RequestDelegate)UnfreezeAsync).WithMetadata(operate);
    }

    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(fetcher.RunAsync(cancellationToken), RetainAsync(cancellationToken));

    public void Register(MetricRegistry metrics)
    {
        metrics.Counter("mysticeti_fetcher_entries_total", "Trace entries saved since the start.", () => fetcher.Entries);
        metrics.Gauge("mysticeti_fetcher_lag_seconds", "How far the database is behind the nodes that answer; 0 before one has answered.", () => fetcher.Lag?.TotalSeconds ?? 0);
        metrics.Gauge(
            "mysticeti_fetcher_missed_entries", "Trace entries of the known nodes that were dropped before they were fetched.", () => fetcher.Nodes.Sum(node => node.Missed));
    }

    private string State => fetcher.IsFrozen ? "frozen" : "running";

    private async Task FreezeAsync(HttpContext context)
    {
        await fetcher.FreezeAsync(context.RequestAborted);
        await AnswerAsync(context);
    }

    private async Task UnfreezeAsync(HttpContext context)
    {
        await fetcher.UnfreezeAsync(context.RequestAborted);
        await AnswerAsync(context);
    }

    private Task AnswerAsync(HttpContext context) => context.SendAsync(new
    {
        state = State,
        nodes = fetcher.Nodes.Select(node => new { node = node.Name ?? node.RpcUrl.Authority, last_seq = node.LastSeq, dropped = node.Missed, problem = node.Problem }),
    });

    private object Shown(FetchedNode node) => new
    {
        node = node.Name,
        authority = node.Authority,
        rpc_url = node.RpcUrl,
        state = node.Problem is null ? "ok" : "down",
        problem = node.Problem,
        boot_id = node.BootId,
        deployment_id = node.DeploymentId,
        deployment_key = node.DeploymentKey,
        last_seq = node.LastSeq,
        next_seq = node.NextSeq,
        dropped = node.Missed,
        lag_sec = node.CaughtUpAt is { } at ? (time.GetUtcNow() - at).TotalSeconds : (double?)null,
    };

    private async Task RetainAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(RetentionInterval, time, cancellationToken);
            try
            {
                await retention.ApplyAsync(database, time, cancellationToken);
            }
            catch (Exception error) when (error is System.Data.Common.DbException or TimeoutException)
            {
                await problems.WriteLineAsync($"log-fetcher: old rows could not be deleted ({Values.OneLine(error.Message)}); tried again in a minute");
            }
        }
    }
}
