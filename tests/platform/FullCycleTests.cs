using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using Npgsql;

namespace Mysticeti.Platform.Tests;

/// <summary>The seed's full cycle with the real runner, real validators and a real PostgreSQL, by the requests of its curl lines.</summary>
public sealed class FullCycleTests(PostgresCluster cluster) : IDisposable
{
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
        await ServeAsync(database);

        // Deployment 1, then the cycle from its beginning: freeze, redeploy, announce, clean up, unfreeze.
        await Eventually.HoldsAsync(async () => (await GetAsync("log-fetcher", "/nodes")).GetProperty("nodes").EnumerateArray().All(node => node.GetProperty("last_seq").GetInt64() > 0), "traces were fetched");
        Assert.Equal(1, (await DeployAsync("first")).GetProperty("deployment_id").GetInt64());
        Assert.Equal("frozen", (await GetAsync("log-fetcher", "/freeze")).GetProperty("state").GetString());
        End();
        await ServeAsync(database);
        Assert.Equal("frozen", (await GetAsync("log-fetcher", "/nodes")).GetProperty("state").GetString());
        await Eventually.HoldsAsync(async () => (await GetAsync("log-fetcher", "/nodes")).GetProperty("nodes").EnumerateArray().Any(node => node.GetProperty("deployment_id").ValueKind == JsonValueKind.Number), "the new launch was seen");
        Assert.Equal(2, (await DeployAsync("second")).GetProperty("deployment_id").GetInt64());
        Assert.Equal("Historical data cleaned up", (await PostAsync("experiments-api", "/api/tracing/cleanup", "{}")).Body.GetProperty("message").GetString());
        await Eventually.HoldsAsync(
            async () => (await GetAsync("uptime-backend", "/v1/online")).GetProperty("nodes").EnumerateArray().Count(node => node.GetProperty("state").GetString() == "online") == 4,
            "every node was online");
        Assert.Equal("running", (await GetAsync("log-fetcher", "/unfreeze")).GetProperty("state").GetString());

        await RunAsPredictedAsync();

        // The seed's query looks at the newest 2,000 blocks: of these, some have transactions while there is a load.
        await RunAsync("""{"experiment_setup":{"experiment_name":"long","rounds":1,"round_duration_min":5,"base_tps":400,"stress_tps":400}}""");
        await Eventually.HoldsAsync(async () => await SeedQueryRowsAsync(database) > 0, "the seed's query had rows");

        // Cancelled: the load stops.
        Assert.Equal("canceled", (await PostAsync("orchestrator", "/api/v0/experiment/cancel", "{}")).Body.GetProperty("result").GetString());
        Assert.Equal("cancelled", (await GetAsync("orchestrator", "/api/v0/experiment/status")).GetProperty("status").GetString());
        Assert.Equal(HttpStatusCode.Conflict, (await PostAsync("orchestrator", "/api/v0/experiment/cancel", "{}")).Status);

        // kill -9 in the midst of an experiment.
        await RunAsync("""{"experiment_setup":{"experiment_name":"killed","rounds":1,"round_duration_min":5}}""");
        End();
        await ServeAsync(database);
        await Eventually.HoldsAsync(async () => (await GetAsync("orchestrator", "/api/v0/experiment/status?name=killed")).GetProperty("status").GetString() == "interrupted", "the experiment was interrupted");
        await RunAsync("""{"experiment_setup":{"experiment_name":"after","rounds":1,"round_duration_min":5}}""");
        Assert.Equal("frozen", (await GetAsync("log-fetcher", "/freeze")).GetProperty("state").GetString());
    }

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

    private async Task ServeAsync(string database)
    {
        var start = new ProcessStartInfo(SourceTree.Runner, ["serve", "--embedded", "4", "--base-port", "0", "--db", database])
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

    private static async Task<int> SeedQueryRowsAsync(string database)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(FetchTests.SeedQuery, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = 0;
        while (await reader.ReadAsync()) rows++;
        return rows;
    }
}
