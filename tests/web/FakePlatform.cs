using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Mysticeti.Platform.Dashboard;

namespace Mysticeti.Web.Tests;

/// <summary>Answers as the platform does, from numbers that are made up, and serves the dashboard that the runner holds, under the platform's content policy.</summary>
internal sealed class FakePlatform : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Snake = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private readonly WebApplication _application;
    private int _streams;
    private int _overviews;

    private FakePlatform(WebApplication application) => _application = application;

    public Uri Address => new(_application.Urls.Single());

    /// <summary>Requests that change something: path and body.</summary>
    public ConcurrentQueue<(string Path, string Body)> Posts { get; } = [];

    /// <summary>No validator has reported yet.</summary>
    public bool Empty { get; init; }

    public bool Agreement { get; init; } = true;

    /// <summary>Pages that are kept up to date at the moment.</summary>
    public int Streams => _streams;

    /// <summary>How often pages were told the state of the network.</summary>
    public int Overviews => _overviews;

    /// <summary>No page is kept up to date.</summary>
    public bool RefusesStreams { get; set; }

    /// <summary>The database does not answer.</summary>
    public bool IsDatabaseAway { get; set; }

    /// <summary>Of the experiment "second".</summary>
    public string Status { get; set; } = "running";

    private static double Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;

    public static async Task<FakePlatform> StartAsync(bool empty = false, bool agreement = true)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var platform = new FakePlatform(builder.Build()) { Empty = empty, Agreement = agreement };
        platform.Map(platform._application);
        await platform._application.StartAsync();
        return platform;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private void Map(WebApplication app)
    {
        app.Use((context, next) =>
        {
            context.Response.Headers.ContentSecurityPolicy = StaticFiles.Policy;
            return IsDatabaseAway && context.Request.Path.Value!.StartsWith("/api", StringComparison.Ordinal) && !context.Request.Path.Value.EndsWith("/stream", StringComparison.Ordinal)
                ? Results.Problem(statusCode: 503, detail: "the database does not answer; try again shortly").ExecuteAsync(context)
                : next(context);
        });
        app.MapGet("/", () => File("index.html"));
        app.MapGet("/{name}", (string name) => File(name));
        app.MapGet("/api/dashboard/overview", () => Json(Overview()));
        app.MapGet("/api/dashboard/series", () => Json(Series()));
        app.MapGet("/api/dashboard/latency", () => Json(new
        {
            samples = Empty ? 0 : 420,
            stages = new[] { Stage("inclusion", 1.5), Stage("propagation", 3.2), Stage("commit", 8.25), Stage("total", 9.75) },
        }));
        app.MapGet("/api/dashboard/leaders", () => Json(new
        {
            observer = "mysticeti-node0", since = Now - 300, slots = 4_000,
            authorities = Nodes().Select(i => new
            {
                authority = i, node_name = $"mysticeti-node{i}", direct_commit = 1200 - (i * 100), indirect_commit = 3, direct_skip = i * 90, indirect_skip = 0, timeouts = i,
            }),
        }));
        app.MapGet("/api/dashboard/peers", () => Json(new
        {
            nodes = Nodes().Select(i => new { authority = i, node_name = $"mysticeti-node{i}" }),
            links = Nodes().SelectMany(i => Nodes().Where(j => j != i).Select(j => new { node_name = $"mysticeti-node{i}", peer = j, up = (i, j) != (1, 2), since = Now - 60, changes = 1 })),
        }));
        app.MapGet("/api/dashboard/dag", (int rounds, int? before) => Json(Dag(rounds, before)));
        app.MapGet("/api/dashboard/events", () => Json(Events()));
        app.MapGet("/api/dashboard/experiments", () => Json(Empty ? [] : new[] { Experiment("second", Status, Now - 90), Experiment("first", "succeeded", Now - 900) }));
        app.MapGet("/api/dashboard/experiments/{name}", (string name) => name is "first" or "second" or "third"
            ? Json(new { state = Experiment(name, name == "first" ? "succeeded" : Status, Now - 900), plan = Plan(), rounds = Rounds(name), logs = new[] { Log(name, 1, "round 1 begins"), Log(name, 2, Hostile) } })
            : Results.Problem(statusCode: 404, detail: $"there is no experiment {name}"));
        app.MapGet("/api/dashboard/stream", StreamAsync);
        app.MapPost("/api/dashboard/experiments/{action}", PostAsync);
    }

    private static IResult File(string name) => typeof(StaticFiles).Assembly.GetManifestResourceStream($"dashboard/{name}") is Stream content
        ? Results.Stream(content, Path.GetExtension(name) switch { ".html" => "text/html; charset=utf-8", ".css" => "text/css", _ => "text/javascript" })
        : Results.NotFound();

    private static IResult Json(object value) => Results.Json(value, Snake);

    private IEnumerable<int> Nodes() => Enumerable.Range(0, Empty ? 0 : 4);

    private static object Stage(string stage, double mean) => new { stage, mean_ms = mean, p50_ms = mean * 0.9, p99_ms = mean * 4 };

    private object Overview() => new
    {
        now = Now,
        deployment = Empty ? null : new { deployment_id = 2, created_at = Now - 1000, deployment_key = "ab12" },
        deployments = Empty ? [] : new[] { new { deployment_id = 2, created_at = Now - 1000 }, new { deployment_id = 1, created_at = Now - 9000 } },
        network = new { name = Empty ? null : "embedded", committee_size = Empty ? (int?)null : 4, frozen = false, fetch_lag_sec = Empty ? (double?)null : 0.8 },
        safety = new
        {
            agreement = Empty ? (bool?)null : Agreement, compared_nodes = 4, compared_commits = 812, commit_index = 812, equivocations = 0,
            conflicts = Agreement ? [] : new[] { new { commit_index = 5, digests = new Dictionary<string, string[]> { [new string('1', 64)] = ["node0", "node1"], [new string('2', 64)] = ["node2"] } } },
        },
        liveness = new { round = 2440, rounds_per_sec = 12.1, commits_per_sec = 12.0, committed_tps = 499.5 },
        nodes = Nodes().Select(i => new
        {
            node_name = $"mysticeti-node{i}", authority = i, state = i == 3 ? "unknown" : "online", last_heartbeat = Now - 2, round = 2440 - i, commit_index = 812 - i,
            commit_lag = i, version = "0.1.0", boot_id = "x", restarts = i == 2 ? 1 : 0, dropped = 0, peers_up = new[] { 0, 1, 2, 3 },
        }),
        experiment = Empty ? null : Experiment("second", Status, Now - 90),
    };

    private object Series()
    {
        var now = Math.Floor(Now);
        return new
        {
            bucket_sec = 1, from = now - 300, to = now,
            points = Enumerable.Range(0, Empty ? 0 : 240).Select(i => Point(now - 240 + i)),
            rounds = Empty ? [] : new[] { new { exp = "second", round = 1, start = now - 120, duration = 60.0, rate = 100 } },
        };
    }

    private static object Point(double t) => new
    {
        deployment_id = 2, t, offered_tps = t % 100 < 60 ? 500 : (int?)null, committed_tps = 480 + (20 * Math.Sin(t / 9)), rounds = 12.0, commits = 12.0, p50_ms = 12 + (3 * Math.Sin(t / 5)), p99_ms = 60.2,
    };

    private object Dag(int rounds, int? before)
    {
        var end = before ?? 2441;
        return new
        {
            from_round = end - rounds, to_round = end - 1, authorities = 4,
            blocks = Enumerable.Range(end - rounds, Empty ? 0 : rounds).SelectMany(round => Enumerable.Range(0, 4).Where(a => (round + a) % 7 != 0).Select(authority => new
            {
                round, authority, block_id = "aa", status = round > 2438 ? "accepted" : "committed", tx_count = 12, bytes = 6144, first_seen = Now, seen_by = 4,
                leader = authority == round % 4 ? "direct-commit" : null, commit_index = round > 2438 ? (int?)null : 811 - ((2438 - round) / 2),
            })),
        };
    }

    private object Events() => new
    {
        now = Now,
        heartbeats = Nodes().SelectMany(i => new[]
        {
            new { node_name = $"mysticeti-node{i}", authority = i, from = Now - 3000, to = Now - (i == 2 ? 900 : 0), state = "online" },
            new { node_name = $"mysticeti-node{i}", authority = i, from = Now - 900, to = Now - (i == 2 ? 700 : 900), state = "offline" },
        }),
        restarts = Empty ? [] : new[] { new { node_name = "mysticeti-node2", time = Now - 700, reason = "new boot id", code = 0, restart_count = 1 } },
        timeouts = Empty ? [] : new[] { new { node_name = "mysticeti-node1", time = Now - 710, round = 17 } },
        peer_changes = Array.Empty<object>(),
    };

    /// <summary>Markup in what other programs named.</summary>
    public const string Hostile = "<img src=nowhere onerror=\"document.title='broken'\">";

    private static object Plan() => new
    {
        plan_hash = new string('d', 64), seed = 7, setup = new { }, steps = Array.Empty<object>(), warnings = new[] { "priv_keys does not apply" },
        rounds = new[] { new { no = 1, tps = 230, start_offset_sec = 0, duration_sec = 60, pause_sec = 30, targets = new[] { "mysticeti-node0" }, stops = new[] { new { nodes = new[] { "mysticeti-node2" }, at_sec = 10.2, down_sec = 12.0 } } } },
    };

    private static object Experiment(string name, string status, double createdAt) => new
    {
        name, description = (string?)null, created_at = createdAt, updated_at = Now, ended_at = status == "succeeded" ? createdAt + 400 : (double?)null, status, comment = (string?)null, step = 3,
        step_name = "round 2 of 4: 230 tx/s", steps = 9, deployment_id = 2, plan_hash = new string('c', 64),
        setup_json = new { experiment_name = name, base_tps = 100, stress_tps = name == "first" ? 500 : 800, rounds = 4, network = new { type = "embedded", committee = 7 } }, warnings = Array.Empty<string>(), errors = Array.Empty<string>(),
    };

    private static object[] Rounds(string name) => [.. Enumerable.Range(1, 3).Select(i => (object)new
    {
        exp = name, round = i, deployment_id = 2, start = Now - 100, duration = 60.0, rate = 100 * i, successful = (6000 * i) - 20, failed = 15, missed = 5, total = 6000 * i,
        p50 = 12.1 * i, p99 = name == "first" ? 50.0 : 75.0, max_latency = 88.0, offered = 100.0 * i, committed_rate = 99.5 * i, verdict = "VALID", verdict_reasons = Array.Empty<string>(),
        safe = true, unsent = 5, rejected = 10, lost = 5,
    })];

    private static object Log(string name, int id, string text) => new { id, name, time = Now, level = "info", text };

    private async Task StreamAsync(HttpContext context)
    {
        if (RefusesStreams)
        {
            await Results.Problem(statusCode: 503).ExecuteAsync(context);
            return;
        }

        Interlocked.Increment(ref _streams);
        context.Response.ContentType = "text/event-stream";
        var closed = context.RequestAborted;
        try
        {
            await SendAsync("log", Empty ? null : Log("second", 1, "round 1 begins"));
            for (var line = 3; ; line++)
            {
                await (IsDatabaseAway ? SendAsync("trouble", new { detail = "the database does not answer" }) : SendAsync("overview", Overview()));
                Interlocked.Increment(ref _overviews);
                await SendAsync("experiment", Empty ? null : new { state = Experiment("second", Status, Now - 90) });
                await SendAsync("point", Empty ? null : Point(Math.Floor(Now)));
                await SendAsync("log", Empty ? null : Log("second", line, string.Create(CultureInfo.InvariantCulture, $"live line {line}")));
                await Task.Delay(TimeSpan.FromMilliseconds(500), closed);
            }
        }
        catch (OperationCanceledException)
        {
            // The page was closed.
        }
        finally
        {
            Interlocked.Decrement(ref _streams);
        }

        async Task SendAsync(string kind, object? data)
        {
            if (data is not null)
            {
                await context.Response.WriteAsync($"event: {kind}\ndata: {JsonSerializer.Serialize(data, Snake)}\n\n", closed);
                await context.Response.Body.FlushAsync(closed);
            }
        }
    }

    private async Task<IResult> PostAsync(string action, HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        Posts.Enqueue((action + context.Request.QueryString, body));
        var name = action == "cancel" ? null : JsonDocument.Parse(body).RootElement.GetProperty("experiment_setup").GetProperty("experiment_name").GetString();
        return (action, name) switch
        {
            ("cancel", _) => Json(new { result = "canceled" }),
            (_, "") => Results.Json(new { validation_errors = new[] { "experiment_name is needed" }, result = "validation_failed" }, Snake, statusCode: 400),
            ("test", _) => Json(Plan()),
            (_, "taken") => Results.Json(new { errors = new[] { "experiment second is running" }, result = "error" }, Snake, statusCode: 409),
            _ => Json(new { result = "success", experiment_name = name, plan_hash = new string('d', 64) }),
        };
    }
}
