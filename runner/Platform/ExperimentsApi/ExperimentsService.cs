using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Mysticeti.Platform.Database;
using Mysticeti.Platform.Hosting;

namespace Mysticeti.Platform.ExperimentsApi;

/// <summary>The experiments API: experiments and their rounds, deployments, restarts of nodes, and the cleaning up of old traces.</summary>
internal sealed class ExperimentsService(IDatabase database, DeploymentStore deployments, ExperimentQueries queries, TimeProvider time) : IPlatformService
{
    private const int MostRows = 1_000;

    public string Name => "experiments-api";

    public int DefaultPort => 3003;

    public void Map(IEndpointRouteBuilder routes)
    {
        var operate = new Needs(Role.Operate);
        routes.MapGet("/api/experiments", InTheSeedsWords(ListAsync));
        routes.MapGet("/api/experiment/{name}", InTheSeedsWords(OneAsync));
        routes.MapPost("/api/deployments", InTheSeedsWords(DeployAsync)).WithMetadata(operate);
        routes.MapPost("/api/node-restarts", InTheSeedsWords(RestartAsync)).WithMetadata(operate);
        routes.MapPost("/api/tracing/cleanup", InTheSeedsWords(CleanUpAsync)).WithMetadata(operate);
    }

    private async Task ListAsync(HttpContext context)
    {
        var (limit, offset) = (context.QueryNumber("limit", 1, MostRows) ?? 100, context.QueryNumber("offset", 0, int.MaxValue) ?? 0);
        var (rows, total) = await queries.RoundsAsync(context.Query("exp"), context.QueryNumber("deployment", 0, long.MaxValue), limit, offset, context.RequestAborted);
        context.Response.Headers["X-Total-Count"] = total.ToString(CultureInfo.InvariantCulture);
        await context.SendAsync(rows);
    }

    private async Task OneAsync(HttpContext context)
    {
        var state = await queries.StateAsync(context.Route("name"), context.RequestAborted);
        await context.SendAsync<object[]>(state is null ? [] : [state]);
    }

    private async Task DeployAsync(HttpContext context)
    {
        var body = await context.ReadObjectAsync();
        if (!body.TryGetProperty("data", out var data) || data.ValueKind == JsonValueKind.Null) throw Missing("data");
        if (data.ValueKind != JsonValueKind.Object) throw RequestException.Bad("\"data\" must be an object");
        var key = data.Text("deployment_key", 200);
        if (key is "") throw RequestException.Bad("\"deployment_key\" is empty; without it the newest launch is taken");
        var id = await deployments.CreateAsync(data.GetRawText(), key, context.RequestAborted)
            ?? throw new RequestException(409, "Conflict", $"deployment key {key} is bound already");
        await context.SendAsync(new { message = "Deployment created", deployment_id = id }, 201);
    }

    private async Task RestartAsync(HttpContext context)
    {
        var body = await context.ReadObjectAsync();
        var restart = new NodeRestart
        {
            NodeName = body.Text("node_name") is { Length: > 0 } name ? name : throw Missing("node_name"),
            DeploymentId = await deployments.NewestAsync(context.RequestAborted),
            Reason = body.Text("reason"),
            Code = body.Whole("code", int.MinValue, int.MaxValue),
            ObjectName = body.Text("object_name"),
            ObjectNamespace = body.Text("object_namespace"),
            ContainerName = body.Text("container_name"),
            RestartCount = body.Whole("restart_count", 0, int.MaxValue),
            Time = time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0,
        };
        await using var connection = await database.OpenAsync(context.RequestAborted);
        var id = await NodeRestarts.AddAsync(connection, null, restart, context.RequestAborted);
        await context.SendAsync(new { message = "Node restart recorded", id, time = restart.Time }, 201);
    }

    /// <summary>Unfinished traces of earlier deployments go: nothing will complete them any more.</summary>
    private async Task CleanUpAsync(HttpContext context)
    {
        var dryRun = context.QueryFlag("dry_run");
        var current = await deployments.NewestAsync(context.RequestAborted) ?? 0;
        await using var connection = await database.OpenAsync(context.RequestAborted);
        await using var transaction = await database.BeginAsync(connection, context.RequestAborted);
        var checkpoints = await RemoveAsync(
            "block_trace_checkpoint",
            """
            deployment_id < @current AND EXISTS (SELECT 1 FROM block_trace b WHERE b.deployment_id = block_trace_checkpoint.deployment_id
                AND b.round = block_trace_checkpoint.round AND b.block_id = block_trace_checkpoint.block_id AND b.node_name = block_trace_checkpoint.node_name AND b.status IN ('seen', 'accepted'))
            """);
        var blocks = await RemoveAsync("block_trace", "deployment_id < @current AND status IN ('seen', 'accepted') AND status <> 'committed'");
        var transactions = await RemoveAsync("tx_sample", "deployment_id < @current AND status <> 'committed'");
        await transaction.CommitAsync(context.RequestAborted);
        var counts = new { block_trace = blocks, block_trace_checkpoint = checkpoints, tx_sample = transactions };
        await context.SendAsync(new { message = dryRun ? "Nothing was deleted: this was a dry run" : "Historical data cleaned up", deleted = counts }, 201);

        Task<long> RemoveAsync(string table, string where) => Removed(connection, transaction, dryRun, table, where, current, context.RequestAborted);
    }

    private static async Task<long> Removed(
        DbConnection connection, DbTransaction transaction, bool dryRun, string table, string where, long current, CancellationToken cancellationToken) =>
        dryRun
            ? await connection.ExecuteScalarAsync<long>(new CommandDefinition($"SELECT COUNT(*) FROM {table} WHERE {where}", new { current }, transaction, cancellationToken: cancellationToken))
            : await connection.ExecuteAsync(new CommandDefinition($"DELETE FROM {table} WHERE {where}", new { current }, transaction, cancellationToken: cancellationToken));

    private static RequestException Missing(string name) => RequestException.Bad($"Missing \"{name}\" in request body");

    /// <summary>Errors have the seed's one member, too.</summary>
    private static RequestDelegate InTheSeedsWords(RequestDelegate answer) => async context =>
    {
        try
        {
            await answer(context);
        }
        catch (RequestException error)
        {
            throw new RequestException(error.Status, error.Title, error.Message) { More = new Dictionary<string, object> { ["error"] = error.Message } };
        }
    };
}
