using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Mysticeti.Platform.Database;
using Mysticeti.Platform.Hosting;

namespace Mysticeti.Platform.LogApi;

/// <summary>The log API: what was fetched, as plain REST.</summary>
internal sealed class LogApiService(IDatabase database) : IPlatformService
{
    private static readonly (string, string) Deployment = ("deployment", "deployment_id");
    private static readonly (string, string) Node = ("node", "node_name");
    private static readonly (string, string) Round = ("round", "round");
    private static readonly (string, string) Authority = ("authority", "authority");

    // The nodes of a deployment, as far as their traces were fetched.
    private const string Nodes = """
        (SELECT ROW_NUMBER() OVER (ORDER BY deployment_id, node_name DESC) AS node_no, deployment_id, node_name, COUNT(*) AS boots, SUM(missed) AS dropped,
            MAX(updated_at) AS updated_at FROM fetch_cursor GROUP BY deployment_id, node_name) AS node
        """;

    private static readonly (string Route, PagedTable Table)[] Tables =
    [
        ("/v1/deployments", new PagedTable("deployment", "deployment_id", [("key", "deployment_key")], [Deployment])),
        ("/v1/nodes", new PagedTable(Nodes, "node_no", [Node], [Deployment])),
        ("/v1/blocks", new PagedTable("block_trace", "block_trace_id", [Node, ("source", "source")], [Deployment, Round, Authority], UsualStatus: "committed", Blocks: true)),
        ("/v1/leaders", new PagedTable("leader_decision", "leader_decision_id", [Node], [Deployment, Round, Authority], UsualStatus: "direct-commit")),
        ("/v1/commits", new PagedTable("dag_commit", "dag_commit_id", [Node], [Deployment, Round, Authority, ("commit_index", "commit_index")])),
        ("/v1/transactions", new PagedTable("tx_sample", "tx_sample_id", [Node, ("tx", "tx_hash")], [Deployment, Round], UsualStatus: "committed")),
        ("/v1/events", new PagedTable("node_event", "node_event_id", [Node, ("kind", "kind")], [Deployment, Round])),
        ("/v1/restarts", new PagedTable("node_restarts", "id", [Node], [Deployment])),
    ];

    public string Name => "log-api";

    public int DefaultPort => 9080;

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (route, table) in Tables) routes.MapGet(route, (RequestDelegate)(context => table.AnswerAsync(context, database)));
        routes.MapGet("/v1/blocks/{**id}", (RequestDelegate)BlockAsync);
    }

    /// <summary>One block as every node saw it, of the newest deployment that has such a one. The id may have a slash, which some clients escape: that of a block whose digest is not known is its round and author.</summary>
    private async Task BlockAsync(HttpContext context)
    {
        var block = context.Route("id").Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        var places = await BlockKey.FindAsync(database, block, context.QueryNumber("deployment", 0, long.MaxValue), context.RequestAborted);
        // No deployment has the number 0.
        var place = places.OrderBy(place => place.Deployment).LastOrDefault();
        var values = new { block, place.Deployment, place.Round };
        var traces = await JsonRows.ReadAsync(
            database, $"SELECT * FROM block_trace WHERE {BlockKey.IsBlock([place])} ORDER BY trace_started_at LIMIT 1000", values, context.RequestAborted);
        if (traces.Count == 0) throw new RequestException(404, "Not found", "no node's trace has such a block");
        var checkpoints = await JsonRows.ReadAsync(
            database,
            """
            SELECT node_name, checkpoint, started_at, metadata_json FROM block_trace_checkpoint
            WHERE deployment_id = @Deployment AND round = @Round AND block_id = @block ORDER BY started_at LIMIT 10000
            """,
            values, context.RequestAborted);
        await context.SendAsync(new { block_id = block, round = place.Round, authority = traces[0]["authority"], traces, checkpoints });
    }
}
