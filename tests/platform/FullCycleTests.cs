using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Dapper;
using Npgsql;

namespace Mysticeti.Platform.Tests;

/// <summary>The seed's full cycle with the real runner, real validators and a real PostgreSQL, by the requests of its curl lines.</summary>
public sealed class FullCycleTests(PostgresCluster cluster, ITestOutputHelper output) : IDisposable
{
    /// <summary>Rows that the seed's query looks at.</summary>
    private const int QueriedRows = 2_000;

    private const int Committee = 4;

    private readonly string _root = Directory.CreateTempSubdirectory("mysticeti-platform-").FullName;
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private Dictionary<string, string> _urls = [];
    private Process? _serve;

    public void Dispose()
    {
        End();
        _client.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task The_full_cycle_of_the_seed()
    {
        var database = await cluster.CreateDatabaseAsync();
        await ServeAsync("--db", database);

        // Deployment 1, then the cycle from its beginning: freeze, redeploy, announce, clean up, unfreeze.
        await Eventually.HoldsAsync(async () => (await GetAsync("log-fetcher", "/nodes")).GetProperty("nodes").EnumerateArray().All(node => node.GetProperty("last_seq").GetInt64() > 0), "traces were fetched");
        Assert.Equal(1, (await DeployAsync("first")).GetProperty("deployment_id").GetInt64());
        Assert.Equal("frozen", (await GetAsync("log-fetcher", "/freeze")).GetProperty("state").GetString());
        End();
        await ServeAsync("--db", database);
        Assert.Equal("frozen", (await GetAsync("log-fetcher", "/nodes")).GetProperty("state").GetString());
        await Eventually.HoldsAsync(async () => (await GetAsync("log-fetcher", "/nodes")).GetProperty("nodes").EnumerateArray().Any(node => node.GetProperty("deployment_id").ValueKind == JsonValueKind.Number), "the new launch was seen");
        Assert.Equal(2, (await DeployAsync("second")).GetProperty("deployment_id").GetInt64());
        Assert.Equal("Historical data cleaned up", (await PostAsync("experiments-api", "/api/tracing/cleanup", "{}")).Body.GetProperty("message").GetString());
        await Eventually.HoldsAsync(async () => await OnlineAsync() == Committee, "every node was online");
        Assert.Equal("running", (await GetAsync("log-fetcher", "/unfreeze")).GetProperty("state").GetString());

        await RunAsPredictedAsync();

        // The network goes on with empty blocks, each seen by all of its nodes, and the seed's query looks at the newest rows only.
        var last = await NewestRoundAsync();
        await Eventually.HoldsAsync(async () => (await NewestRoundAsync() - last) * Committee * Committee > QueriedRows + 200, "the network had been idle");
        var types = await SeedQueryTypesAsync(database);
        Assert.NotEmpty(types);
        Assert.All(types, type => Assert.Equal("opaque", type));

        await CancelAsync();

        // kill -9 in the midst of an experiment.
        await RunAsync("""{"experiment_setup":{"experiment_name":"killed","rounds":1,"round_duration_min":5}}""");
        End();
        await ServeAsync("--db", database);
        await Eventually.HoldsAsync(async () => (await GetAsync("orchestrator", "/api/v0/experiment/status?name=killed")).GetProperty("status").GetString() == "interrupted", "the experiment was interrupted");
        await RunAsync("""{"experiment_setup":{"experiment_name":"after","rounds":1,"round_duration_min":5}}""");
        Assert.Equal("frozen", (await GetAsync("log-fetcher", "/freeze")).GetProperty("state").GetString());
    }

    [Fact]
    public async Task Validators_report_to_a_backend_that_wants_tokens_and_so_do_those_that_an_experiment_brings()
    {
        await ServeAsync("--bind", "0.0.0.0");
        var tokens = (await File.ReadAllLinesAsync(Path.Combine(_root, ".mysticeti", "platform", "tokens"))).Select(line => line.Split('=')).ToDictionary(line => line[0], line => line[1]);
        using (var refused = await _client.GetAsync(new Uri(_urls["uptime-backend"] + "/v1/online"))) Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", tokens["operate"]);
        await Eventually.HoldsAsync(async () => await OnlineAsync() == Committee, "the service's validators were online");

        // Three heartbeats long: the first one comes before the service knows the network.
        var setup = """{"experiment_setup":{"experiment_name":"guest","rounds":1,"round_duration_min":0.25,"network":{"type":"embedded","committee":4}}}""";
        await RunAsync(setup);
        await Eventually.HoldsAsync(async () => await OnlineAsync() == 2 * Committee, "those of the experiment were online");
        JsonElement state = default;
        await Eventually.HoldsAsync(async () => (state = await GetAsync("orchestrator", "/api/v0/experiment/status")).TryGetProperty("ended_at", out var ended) && ended.ValueKind == JsonValueKind.Number, "the experiment ended");
        Assert.True(state.GetProperty("status").GetString() == "succeeded", state.ToString());
        var round = Assert.Single((await GetAsync("experiments-api", "/api/experiments?exp=guest")).EnumerateArray());
        var launches = (await GetAsync("log-api", "/v1/deployments")).GetProperty("items").EnumerateArray().ToArray();
        Assert.Equal(2, launches.Length);
        Assert.Equal(launches[0].GetProperty("deployment_id").GetInt64(), round.GetProperty("deployment_id").GetInt64());

        // The token reached the validators, and nobody else.
        foreach (var file in Directory.EnumerateFiles(_root, "*", SearchOption.AllDirectories).Where(file => Path.GetExtension(file) is ".log" or ".json"))
            Assert.DoesNotContain(tokens["ingest"], await File.ReadAllTextAsync(file), StringComparison.Ordinal);
    }

    private async Task<int> OnlineAsync() =>
        (await GetAsync("uptime-backend", "/v1/online")).GetProperty("nodes").EnumerateArray().Count(node => node.GetProperty("state").GetString() == "online");

    private async Task RunAsPredictedAsync()
    {
        const string Setup = """
            {"experiment_setup":{"priv_keys":["/keys/plain1"],"payment_receiver":"B62qnKweK4BVxG7TA1VzhNr6GcTejXbrN6ycEQiW4ZgUCxHuWTQta4i","experiment_name":"test-experiment-1",
            "rounds":2,"round_duration_min":0.08,"pause_min":0.01,"stops_per_round":1,"min_stop_ratio":0.25,"stress_tps":200,"sender_ratio":0.5}}
            """;
        var (status, plan) = await PostAsync("orchestrator", "/api/v0/experiment/test", Setup);
        Assert.True(status == HttpStatusCode.OK, plan.ToString());
        Assert.Single(plan.GetProperty("rounds")[0].GetProperty("stops").EnumerateArray());
        var run = await RunAsync(Setup);
        Assert.Equal(plan.GetProperty("plan_hash").GetString(), run.GetProperty("plan_hash").GetString());
        var (second, refused) = await PostAsync("orchestrator", "/api/v0/experiment/run", """{"experiment_setup":{"experiment_name":"second"}}""");
        Assert.Equal((HttpStatusCode.Conflict, "error"), (second, refused.GetProperty("result").GetString()));

        JsonElement state = default;
        await Eventually.HoldsAsync(async () => (state = await GetAsync("orchestrator", "/api/v0/experiment/status?logs=true")).TryGetProperty("ended_at", out var ended) && ended.ValueKind == JsonValueKind.Number, "the experiment ended");
        Assert.True(state.GetProperty("status").GetString() == "succeeded", state.ToString());
        Assert.Equal(2, state.GetProperty("warnings").EnumerateArray().Count(warning => warning.GetString()!.Contains("no accounts", StringComparison.Ordinal)));

        var rounds = (await GetAsync("experiments-api", "/api/experiments?exp=test-experiment-1")).EnumerateArray().OrderBy(row => row.GetProperty("round").GetInt64()).ToArray();
        Assert.Equal(2, rounds.Length);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(plan.GetProperty("rounds")[i].GetProperty("tps").GetInt64(), rounds[i].GetProperty("rate").GetInt64());
            Assert.Equal(2, rounds[i].GetProperty("deployment_id").GetInt64());
            Assert.True(rounds[i].GetProperty("successful").GetInt64() > 0, rounds[i].ToString());
            Assert.Equal(
                rounds[i].GetProperty("total").GetInt64(),
                rounds[i].GetProperty("successful").GetInt64() + rounds[i].GetProperty("failed").GetInt64() + rounds[i].GetProperty("missed").GetInt64());
        }

        Assert.Equal("test-experiment-1", (await GetAsync("experiments-api", "/api/experiment/test-experiment-1"))[0].GetProperty("name").GetString());
        Assert.Empty((await GetAsync("experiments-api", "/api/experiment/unknown")).EnumerateArray());
        Assert.NotEmpty((await GetAsync("log-api", "/v1/blocks?deployment=2&status=committed&limit=5")).GetProperty("items").EnumerateArray());
        var (taken, again) = await PostAsync("orchestrator", "/api/v0/experiment/run", Setup);
        Assert.Equal((HttpStatusCode.BadRequest, "validation_failed"), (taken, again.GetProperty("result").GetString()));
    }

    /// <summary>Cancelled while a validator is stopped: the load ends, and the validator comes back.</summary>
    private async Task CancelAsync()
    {
        // With this seed a validator is stopped for 28 s, 7 s after the window begins.
        await RunAsync("""{"experiment_setup":{"experiment_name":"long","rounds":1,"round_duration_min":1,"base_tps":400,"stress_tps":400,"stops_per_round":1,"min_stop_ratio":0.25,"seed":42}}""");
        var known = (await GetAsync("uptime-backend", "/v1/online")).GetProperty("nodes").EnumerateArray();
        var nodes = known.Where(node => node.GetProperty("state").GetString() == "online").Select(node => node.GetProperty("rpc_url").GetString()!).ToArray();
        Assert.Equal(Committee, nodes.Length);
        await Eventually.HoldsAsync(async () => (await SubmittedAsync(nodes)).Count(count => count is null) == 1, "a validator was stopped");
        var before = await SubmittedAsync(nodes);
        var loaded = nodes.Where((_, i) => before[i] is not null).ToArray();
        await Eventually.HoldsAsync(async () => (await SubmittedAsync(loaded)).Sum() > before.Sum(), "the others were under load");

        Assert.Equal(HttpStatusCode.Conflict, (await PostAsync("orchestrator", "/api/v0/experiment/cancel?name=another", "{}")).Status);
        var begin = TimeProvider.System.GetTimestamp();
        var cancelling = PostAsync("orchestrator", "/api/v0/experiment/cancel", "{}");
        var (counts, lastChange) = (await SubmittedAsync(loaded), TimeSpan.Zero);
        while (!cancelling.IsCompleted)
        {
            var now = await SubmittedAsync(loaded);
            if (!now.SequenceEqual(counts)) (counts, lastChange) = (now, TimeProvider.System.GetElapsedTime(begin));
        }

        output.WriteLine(FormattableString.Invariant($"cancel: the load stopped within {lastChange.TotalSeconds:0.00} s, answered after {TimeProvider.System.GetElapsedTime(begin).TotalSeconds:0.00} s"));
        Assert.Equal("canceled", (await cancelling).Body.GetProperty("result").GetString());
        Assert.Equal("cancelled", (await GetAsync("orchestrator", "/api/v0/experiment/status")).GetProperty("status").GetString());
        Assert.Equal(HttpStatusCode.Conflict, (await PostAsync("orchestrator", "/api/v0/experiment/cancel", "{}")).Status);

        // All are there, and get nothing more while rounds go by.
        counts = await SubmittedAsync(nodes);
        Assert.DoesNotContain(null, counts);
        var round = await NewestRoundAsync();
        await Eventually.HoldsAsync(async () => await NewestRoundAsync() > round + 20, "rounds went by");
        Assert.Equal(counts, await SubmittedAsync(nodes));
    }

    /// <summary>How many transactions each node has been offered; null: it does not answer.</summary>
    private async Task<long?[]> SubmittedAsync(string[] nodes) => await Task.WhenAll(nodes.Select(async node =>
    {
        try
        {
            var metrics = await _client.GetStringAsync(new Uri(new Uri(node), "/metrics"));
            return metrics.Split('\n').Where(line => line.StartsWith("mysticeti_rpc_transactions_total{", StringComparison.Ordinal))
                .Sum(line => (long?)long.Parse(line[(line.LastIndexOf(' ') + 1)..], null));
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }));

    private async Task<long> NewestRoundAsync() =>
        (await GetAsync("log-api", "/v1/blocks?limit=1")).GetProperty("items")[0].GetProperty("round").GetInt64();

    private async Task ServeAsync(params string[] options)
    {
        var start = new ProcessStartInfo(SourceTree.Runner, ["serve", "--embedded", $"{Committee}", "--base-port", "0", .. options])
        {
            WorkingDirectory = _root,
            RedirectStandardOutput = true,
            Environment = { ["MYSTICETI_VALIDATOR"] = SourceTree.Validator },
        };
        var services = Path.Combine(_root, ".mysticeti", "platform", "services.json");
        if (File.Exists(services)) File.Delete(services);
        _serve = Process.Start(start)!;
        _ = _serve.StandardOutput.ReadToEndAsync();
        await Eventually.HoldsAsync(() => Task.FromResult(File.Exists(services) || _serve.HasExited), "the platform was up");
        Assert.False(_serve.HasExited, "the platform ended");
        _urls = JsonSerializer.Deserialize<Dictionary<string, string>>(await File.ReadAllTextAsync(services))!;
    }

    /// <summary>kill -9; the validators end with their parent.</summary>
    private void End()
    {
        if (_serve is not { } serve) return;
        if (!serve.HasExited) serve.Kill();
        serve.WaitForExit();
        serve.Dispose();
        _serve = null;
    }

    private async Task<JsonElement> DeployAsync(string commit)
    {
        var (status, body) = await PostAsync("experiments-api", "/api/deployments", $"{{\"data\":{{\"commit\":\"https://example.org/commit/{commit}\"}}}}");
        Assert.Equal(HttpStatusCode.Created, status);
        return body;
    }

    private async Task<JsonElement> RunAsync(string setup)
    {
        var (status, body) = await PostAsync("orchestrator", "/api/v0/experiment/run", setup);
        Assert.True(status == HttpStatusCode.OK && body.GetProperty("result").GetString() == "success", body.ToString());
        await Eventually.HoldsAsync(async () => (await GetAsync("orchestrator", "/api/v0/experiment/status")).GetProperty("status").GetString() != "pending", "the experiment began");
        return body;
    }

    private async Task<JsonElement> GetAsync(string service, string path)
    {
        using var document = JsonDocument.Parse(await _client.GetStringAsync(new Uri(_urls[service] + path)));
        return document.RootElement.Clone();
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(string service, string path, string json)
    {
        using var response = await _client.PostAsync(new Uri(_urls[service] + path), new StringContent(json, Encoding.UTF8, "application/json"));
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return (response.StatusCode, document.RootElement.Clone());
    }

    private static async Task<IReadOnlyList<string>> SeedQueryTypesAsync(string database)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        return [.. (await connection.QueryAsync(FetchTests.SeedQuery)).Select(row => (string)row.type)];
    }
}
