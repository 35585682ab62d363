using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Mysticeti.Engine.Console;
using Mysticeti.Metrics;
using Mysticeti.Platform.ExperimentsApi;
using Mysticeti.Platform.Hosting;

namespace Mysticeti.Platform.Orchestrator;

/// <summary>The orchestrator's routes, in the seed's shapes.</summary>
internal sealed class OrchestratorService(ExperimentRunner runner, ExperimentStore store, ExperimentQueries queries) : IPlatformService
{
    private const int LargestSetup = 64 * 1024;

    public string Name => "orchestrator";

    public int DefaultPort => 9090;

    public void Map(IEndpointRouteBuilder routes)
    {
        var operate = new Needs(Role.Operate);
        routes.MapPost("/api/v0/experiment/test", (RequestDelegate)TestAsync);
        routes.MapPost("/api/v0/experiment/run", (RequestDelegate)RunAsync).WithMetadata(operate);
        routes.MapPost("/api/v0/experiment/cancel", (RequestDelegate)CancelAsync).WithMetadata(operate);
        routes.MapGet("/api/v0/experiment/status", (RequestDelegate)StatusAsync);
        routes.MapGet("/api/v0/experiment/logs", (RequestDelegate)LogsAsync);
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await runner.RecoverAsync(cancellationToken);
        await Task.Delay(Timeout.Infinite, cancellationToken);
    }

    public void Register(MetricRegistry metrics) =>
        metrics.Gauge("mysticeti_experiment_running", "1 while an experiment is running, else 0.", () => runner.Current is null ? 0 : 1);

    private async Task TestAsync(HttpContext context)
    {
        var (setup, _) = await ReadAsync(context);
        var (plan, errors) = await runner.PlanAsync(setup, context.RequestAborted);
        if (plan is null) throw Invalid(errors);
        await context.SendAsync(plan);
    }

    private async Task RunAsync(HttpContext context)
    {
        var (setup, hash) = await ReadAsync(context);
        var outcome = await runner.StartAsync(setup, hash, context.RequestAborted);
        if (outcome.Busy is { } busy) throw Failed(409, "Conflict", $"experiment {busy} is running");
        if (outcome.Plan is not { } plan) throw Invalid(outcome.Invalid);
        await context.SendAsync(new { result = "success", experiment_name = plan.Setup.ExperimentName, plan_hash = plan.PlanHash, seed = plan.Seed, warnings = plan.Warnings });
    }

    private async Task CancelAsync(HttpContext context)
    {
        var name = context.Query("name");
        if (!await runner.CancelAsync(name, context.RequestAborted)) throw Failed(409, "Conflict", name is null ? "no experiment is running" : $"experiment {Values.OneLine(name)} is not running");
        await context.SendAsync(new { result = "canceled" });
    }

    private async Task StatusAsync(HttpContext context)
    {
        var name = await NameAsync(context);
        var state = await queries.StateAsync(name, context.RequestAborted) ?? throw NoExperiment();
        if (context.QueryFlag("logs")) state["logs"] = await queries.LogsAsync(name, 0, 100, context.RequestAborted);
        await context.SendAsync(state);
    }

    private async Task LogsAsync(HttpContext context)
    {
        var name = await NameAsync(context);
        if (!await store.ExistsAsync(name, context.RequestAborted)) throw NoExperiment();
        var (after, limit) = (context.QueryNumber("after", 0, long.MaxValue) ?? 0, context.QueryNumber("limit", 1, 1_000) ?? 100);
        await context.SendAsync(new { name, logs = await queries.LogsAsync(name, after, limit, context.RequestAborted) });
    }

    private async Task<string> NameAsync(HttpContext context) =>
        context.Query("name") ?? await store.NewestAsync(context.RequestAborted) ?? throw NoExperiment();

    private static async Task<(JsonElement Setup, string? PlanHash)> ReadAsync(HttpContext context)
    {
        try
        {
            var body = await context.ReadObjectAsync(LargestSetup);
            if (body.EnumerateObject().Select(member => member.Name).FirstOrDefault(name => name is not ("experiment_setup" or "plan_hash")) is { } unknown)
                throw RequestException.Bad($"unknown field {Values.OneLine(unknown)}");
            return body.TryGetProperty("experiment_setup", out var setup) && setup.ValueKind == JsonValueKind.Object
                ? (setup, body.Text("plan_hash", 64))
                : throw RequestException.Bad("\"experiment_setup\" is missing, or is no object");
        }
        catch (RequestException error)
        {
            throw Failed(error.Status, error.Title, error.Message);
        }
    }

    private static RequestException NoExperiment() => new(404, "Not found", "there is no such experiment");

    private static RequestException Failed(int status, string title, string error) =>
        new(status, title, error) { More = new Dictionary<string, object> { ["errors"] = new[] { error }, ["result"] = "error" } };

    private static RequestException Invalid(IReadOnlyList<string> errors) => new(400, "Validation failed", string.Join("; ", errors))
    {
        More = new Dictionary<string, object> { ["validation_errors"] = errors, ["result"] = "validation_failed" },
    };
}
