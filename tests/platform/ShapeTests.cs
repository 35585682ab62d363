using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Mysticeti.Platform.Hosting;
using Mysticeti.Platform.Orchestrator;

namespace Mysticeti.Platform.Tests;

/// <summary>What requests and answers look like where the seed's clients would notice.</summary>
public sealed class ShapeTests(PostgresCluster cluster)
{
    [Fact]
    public async Task Head_looks_as_get_does_and_changes_nothing()
    {
        await using var platform = await TestPlatform.StartAsync(Engine.Sqlite, cluster);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        foreach (var (service, path) in (IEnumerable<(string, string)>)[("experiments-api", "/api/experiments"), ("log-api", "/v1/blocks"), ("dashboard", "/health")])
        {
            using var got = await client.GetAsync(new Uri(platform.Url(service), path));
            using var head = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, new Uri(platform.Url(service), path)));
            Assert.Equal((HttpStatusCode.OK, got.Content.Headers.ContentLength), (head.StatusCode, head.Content.Headers.ContentLength));
            Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        }

        using var freeze = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, new Uri(platform.Url("log-fetcher"), "/freeze")));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, freeze.StatusCode);
        Assert.Equal("running", (await platform.GetAsync("log-fetcher", "/nodes")).Body.GetProperty("state").GetString());
    }

    [Theory]
    [InlineData("/api/deployments", null, "Missing \"data\" in request body")]
    [InlineData("/api/deployments", """{"commit":"x"}""", "Missing \"data\" in request body")]
    [InlineData("/api/deployments", """{"data":[]}""", "\"data\" must be an object")]
    [InlineData("/api/deployments", """{"data":{"deployment_key":""}}""", "\"deployment_key\" is empty")]
    [InlineData("/api/deployments", "{", "the body is not JSON")]
    [InlineData("/api/node-restarts", """{"node_name":"a","code":"0"}""", "\"code\" must be a whole number")]
    public async Task The_experiments_api_says_what_is_wrong_in_the_seeds_member(string path, string? body, string error)
    {
        await using var platform = await TestPlatform.StartAsync(Engine.Sqlite, cluster);
        var (status, answer) = await platform.SendAsync("experiments-api", HttpMethod.Post, path, body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith(error, answer.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(answer.GetProperty("detail").GetString(), answer.GetProperty("error").GetString());
        Assert.Equal(0, await platform.CountAsync("SELECT COUNT(*) FROM deployment"));
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_too_large_whatever_it_is()
    {
        await using var platform = await TestPlatform.StartAsync(Engine.Sqlite, cluster);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await SubmitAsync(new string(' ', 5_000)));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, await SubmitAsync("{}"));

        async Task<HttpStatusCode> SubmitAsync(string body) => (await platform.SendAsync(
            "uptime-backend", HttpMethod.Post, "/v1/submit", body, request => request.Content!.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded"))).Status;
    }

    [Fact]
    public async Task An_experiment_tells_its_end_when_it_has_ended()
    {
        await using var platform = await TestPlatform.StartAsync(Engine.Sqlite, cluster);
        var store = new ExperimentStore(platform.Database, TimeProvider.System);
        var plan = ExperimentPlan.Create(new ExperimentSetup { ExperimentName = "naïve-😀" }, ["a"], []);
        await store.CreateAsync(plan, default);
        foreach (var state in await StatesAsync())
        {
            Assert.Equal("pending", state.GetProperty("status").GetString());
            Assert.False(state.TryGetProperty("ended_at", out _) || state.TryGetProperty("comment", out _), state.ToString());
        }

        await store.EndAsync("naïve-😀", ExperimentStatus.Failed, "a node failed", ["why"], default);
        foreach (var state in await StatesAsync())
        {
            Assert.Equal(state.GetProperty("updated_at").GetDouble(), state.GetProperty("ended_at").GetDouble());
            Assert.Equal("a node failed", state.GetProperty("comment").GetString());
        }

        async Task<JsonElement[]> StatesAsync() =>
        [
            (await platform.GetAsync("orchestrator", "/api/v0/experiment/status")).Body,
            (await platform.GetAsync("experiments-api", "/api/experiment/na%C3%AFve-%F0%9F%98%80")).Body[0],
        ];
    }

    [Theory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.Postgres)]
    public async Task A_step_noted_late_does_not_undo_a_cancellation_nor_a_cancellation_an_end(Engine engine)
    {
        await using var platform = await TestPlatform.StartAsync(engine, cluster);
        var store = new ExperimentStore(platform.Database, TimeProvider.System);
        await store.CreateAsync(ExperimentPlan.Create(new ExperimentSetup { ExperimentName = "a" }, ["a"], []), default);
        Assert.Equal("running", await NoteAsync(ExperimentStatus.Running));
        Assert.Equal("cancelling", await NoteAsync(ExperimentStatus.Cancelling));
        Assert.Equal("cancelling", await NoteAsync(ExperimentStatus.Draining));
        await store.EndAsync("a", ExperimentStatus.Cancelled, null, [], default);
        Assert.Equal("cancelled", await NoteAsync(ExperimentStatus.Cancelling));

        async Task<string?> NoteAsync(ExperimentStatus status)
        {
            await store.UpdateAsync("a", status, null, default);
            return (await platform.GetAsync("orchestrator", "/api/v0/experiment/status")).Body.GetProperty("status").GetString();
        }
    }

    [Theory]
    [InlineData(0.24, true)]
    [InlineData(0.25, false)]
    public async Task Stops_that_stop_nobody_are_told_of(double ratio, bool told)
    {
        await using var platform = await TestPlatform.StartAsync(Engine.Sqlite, cluster);
        var setup = new { experiment_name = "a", stops_per_round = 1, max_stop_ratio = ratio, network = new { type = "embedded", committee = 4 } };
        var (status, plan) = await platform.PostAsync("orchestrator", "/api/v0/experiment/test", JsonSerializer.Serialize(new { experiment_setup = setup }));
        Assert.True(status == HttpStatusCode.OK, plan.ToString());
        Assert.Equal(told, plan.GetProperty("warnings").EnumerateArray().Any(warning => warning.GetString()!.StartsWith("nothing is stopped", StringComparison.Ordinal)));
        Assert.Equal(told, plan.GetProperty("rounds").EnumerateArray().All(round => round.GetProperty("stops").GetArrayLength() == 0));
    }

    [Fact]
    public async Task An_experiment_that_nobody_knows_has_neither_state_nor_logs()
    {
        await using var platform = await TestPlatform.StartAsync(Engine.Sqlite, cluster);
        foreach (var query in (string[])["", "?name=unknown"])
        {
            Assert.Equal(HttpStatusCode.NotFound, (await platform.GetAsync("orchestrator", $"/api/v0/experiment/status{query}")).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await platform.GetAsync("orchestrator", $"/api/v0/experiment/logs{query}")).Status);
        }
    }

    [Theory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.Postgres)]
    public async Task Nodes_come_in_pages_and_a_block_is_found_by_its_round_and_author(Engine engine)
    {
        using var committee = new TraceNode.Committee(4);
        await using var node = await TraceNode.StartAsync(0, committee);
        await using var other = await TraceNode.StartAsync(1, committee);
        node.Add("\"kind\":\"block_rejected\",\"block\":{\"round\":7,\"author\":3},\"peer\":3,\"reason\":\"signature\"");
        other.AddBlock(1);
        await using var platform = await TestPlatform.StartAsync(engine, cluster, TraceNode.Outputs(node, other));
        await Eventually.HoldsAsync(async () => await platform.CountAsync("SELECT COUNT(*) FROM fetch_cursor") == 2, "both nodes were fetched from");

        var (_, first) = await platform.GetAsync("log-api", "/v1/nodes?limit=1");
        var (_, second) = await platform.GetAsync("log-api", $"/v1/nodes?limit=1&cursor={first.GetProperty("next").GetString()}");
        Assert.Equal(["mysticeti-node0"], Names(first));
        Assert.Equal(["mysticeti-node1"], Names(second));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next").ValueKind);
        Assert.Equal(["mysticeti-node1"], Names((await platform.GetAsync("log-api", "/v1/nodes?node=mysticeti-node1&deployment=1")).Body));
        Assert.Empty(Names((await platform.GetAsync("log-api", "/v1/nodes?deployment=2")).Body));

        foreach (var id in (string[])["7/3", "7%2f3"])
            Assert.Equal("rejected", (await platform.GetAsync("log-api", $"/v1/blocks/{id}")).Body.GetProperty("traces")[0].GetProperty("status").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await platform.GetAsync("log-api", "/v1/blocks/7/4")).Status);

        static string[] Names(JsonElement page) => [.. page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("node_name").GetString()!)];
    }

    [Fact]
    public async Task Processes_in_one_directory_all_say_where_their_services_are()
    {
        var directory = Directory.CreateTempSubdirectory("addresses-").FullName;
        try
        {
            var names = Enumerable.Range(0, 20).Select(i => $"service{i}").ToArray();
            await File.WriteAllTextAsync(Path.Combine(directory, "services.json"), "{\"service0\":\"http://old\"}");
            await Parallel.ForEachAsync(names, async (name, cancellation) =>
                await ServiceAddresses.WriteAsync(directory, new Dictionary<string, Uri> { [name] = new($"http://{name}/") }, TimeProvider.System, cancellation));
            var written = JsonSerializer.Deserialize<Dictionary<string, string>>(await File.ReadAllTextAsync(Path.Combine(directory, "services.json")))!;
            Assert.Equal(names.ToDictionary(name => name, name => $"http://{name}"), written);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
