using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Mysticeti.Platform.ExperimentsApi;
using Mysticeti.Platform.Hosting;

namespace Mysticeti.Platform.Dashboard;

/// <summary>The page, and what it shows.</summary>
internal sealed class DashboardService : IPlatformService
{
    private const string Api = "/api/dashboard";

    private readonly DashboardQueries _queries;
    private readonly DashboardSeries _series;
    private readonly ExperimentQueries _experiments;
    private readonly OrchestratorForwarder _orchestrator;
    private readonly LiveStream _live;
    private CancellationToken _stopping;

    public DashboardService(DashboardQueries queries, ExperimentQueries experiments, OrchestratorForwarder orchestrator, TimeProvider time)
    {
        (_queries, _experiments, _orchestrator) = (queries, experiments, orchestrator);
        _series = new DashboardSeries(queries);
        _live = new LiveStream(queries, _series, experiments, time);
    }

    public string Name => "dashboard";

    public int DefaultPort => 4200;

    public Task RunAsync(CancellationToken cancellationToken)
    {
        _stopping = cancellationToken;
        return Task.Delay(Timeout.Infinite, cancellationToken);
    }

    public void Map(IEndpointRouteBuilder routes)
    {
        Get("overview", async (context, _) =>
        {
            var overview = await _queries.OverviewAsync(Deployment(context), context.RequestAborted);
            overview["experiment"] = (await _experiments.NewestAsync(1, 0, context.RequestAborted)).FirstOrDefault();
            return overview;
        });
        Get("series", (context, id) => _series.SeriesAsync(id, Seconds(context, 300), context.RequestAborted));
        Get("latency", (context, id) => _series.LatencyAsync(id, Seconds(context, 300), context.RequestAborted));
        Get("leaders", (context, id) => _series.LeadersAsync(id, context.RequestAborted));
        Get("peers", (context, id) => _series.PeersAsync(id, context.RequestAborted));
        Get("dag", (context, id) => _series.DagAsync(
            id, context.QueryNumber("rounds", 1, 50) ?? 12, context.QueryNumber("before", 0, long.MaxValue), context.RequestAborted));
        Get("events", async (context, id) =>
        {
            var deployment = await _queries.DeploymentAsync(id, context.RequestAborted);
            return await _series.EventsAsync(id, deployment?["deployment_key"] as string, Seconds(context, 3_600), context.RequestAborted);
        });
        Get("experiments", async (context, _) => await _experiments.NewestAsync(
            context.QueryNumber("limit", 1, 1_000) ?? 50, context.QueryNumber("offset", 0, int.MaxValue) ?? 0, context.RequestAborted));
        routes.MapGet($"{Api}/experiments/{{name}}", (RequestDelegate)ExperimentAsync);
        foreach (var verb in (string[])["run", "cancel"])
            routes.MapPost($"{Api}/experiments/{verb}", (RequestDelegate)(context => _orchestrator.ForwardAsync(context, verb))).WithMetadata(new Needs(Role.Operate));
        routes.MapPost($"{Api}/experiments/test", (RequestDelegate)(context => _orchestrator.ForwardAsync(context, "test")));
        routes.MapGet($"{Api}/stream", (RequestDelegate)(context => _live.ServeAsync(context, Deployment(context), _stopping)));
        routes.MapGet("/{**path}", (RequestDelegate)StaticFiles.SendAsync);

        void Get(string name, Func<HttpContext, long, Task<object>> answer) => routes.MapGet($"{Api}/{name}", (RequestDelegate)(async context =>
        {
            var deployment = await _queries.DeploymentAsync(Deployment(context), context.RequestAborted);
            await context.SendAsync(await answer(context, deployment is null ? 0 : (long)deployment["deployment_id"]!));
        }));
    }

    private static long? Deployment(HttpContext context) => context.QueryNumber("deployment", 0, long.MaxValue);

    private static long Seconds(HttpContext context, long byDefault) => context.QueryNumber("seconds", 10, 86_400) ?? byDefault;

    private async Task ExperimentAsync(HttpContext context)
    {
        var name = context.Route("name");
        var state = await _experiments.StateAsync(name, context.RequestAborted) ?? throw new RequestException(404, "Not found", "there is no such experiment");
        await context.SendAsync(new
        {
            state,
            plan = await _experiments.PlanAsync(name, context.RequestAborted),
            rounds = await _experiments.DetailedRoundsAsync(name, context.RequestAborted),
            logs = await _experiments.LogsAsync(name, 0, 500, context.RequestAborted),
        });
    }
}
