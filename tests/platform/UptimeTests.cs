using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Mysticeti.Platform.Uptime;

namespace Mysticeti.Platform.Tests;

public sealed class UptimeTests(PostgresCluster cluster)
{
    private const string Service = "uptime-backend";

    [Fact]
    public async Task Heartbeats_are_checked_one_thing_after_the_other()
    {
        using var committee = new TraceNode.Committee(2);
        await using var node = await TraceNode.StartAsync(0, committee);
        await using var platform = await TestPlatform.StartAsync(
            Engine.Sqlite, cluster, TraceNode.Outputs(node), settings => settings with { Uptime = UptimeLimits.Default with { ShortestGap = TimeSpan.FromSeconds(30) } });

        await AnswersAsync(HttpStatusCode.LengthRequired, Beat(committee, 0, 1), request => request.Headers.TransferEncodingChunked = true);
        await AnswersAsync(HttpStatusCode.RequestEntityTooLarge, new string(' ', 5000) + Beat(committee, 0, 1));
        await AnswersAsync(HttpStatusCode.BadRequest, "{}");
        await AnswersAsync(HttpStatusCode.BadRequest, Beat(committee, 0, 1).Replace("\"round\":7", "\"round\":\"7\"", StringComparison.Ordinal));
        using (var strangers = new TraceNode.Committee(3)) await AnswersAsync(HttpStatusCode.Unauthorized, Beat(strangers, 2, 1));
        await AnswersAsync(HttpStatusCode.BadRequest, Beat(committee, 0, 1, DateTimeOffset.UtcNow.AddMinutes(-1)));
        await AnswersAsync(HttpStatusCode.Unauthorized, Beat(committee, 0, 1).Replace("\"round\":7", "\"round\":8", StringComparison.Ordinal));
        await AnswersAsync(HttpStatusCode.OK, Beat(committee, 0, 5));
        await AnswersAsync(HttpStatusCode.Conflict, Beat(committee, 0, 5));
        await AnswersAsync((HttpStatusCode)429, Beat(committee, 0, 6));
        // Another key waits for nobody, and a restarted node need not wait.
        await AnswersAsync(HttpStatusCode.OK, Beat(committee, 1, 1));
        await AnswersAsync(HttpStatusCode.OK, Beat(committee, 0, 7, boot: "boot2"));

        var (_, online) = await platform.GetAsync(Service, "/v1/online");
        Assert.Equal(["online", "online"], online.GetProperty("nodes").EnumerateArray().Select(one => one.GetProperty("state").GetString()));
        Assert.Equal(1, await platform.CountAsync("SELECT COUNT(*) FROM node_restarts WHERE node_name = 'mysticeti-node0'"));
        Assert.Equal(3, await platform.CountAsync("SELECT COUNT(*) FROM heartbeat"));

        async Task AnswersAsync(HttpStatusCode expected, string body, Action<HttpRequestMessage>? change = null)
        {
            var (status, answer) = await platform.SendAsync(Service, HttpMethod.Post, "/v1/submit", body, change);
            Assert.True(expected == status, answer.ToString());
        }
    }

    [Fact]
    public async Task A_node_that_names_a_key_that_is_none_is_passed_over()
    {
        using var committee = new TraceNode.Committee(2);
        await using var wrong = await TraceNode.StartAsync(0, committee);
        await using var right = await TraceNode.StartAsync(1, committee);
        wrong.PublicKeys = [new byte[32], wrong.PublicKeys[1]];
        await using var platform = await TestPlatform.StartAsync(Engine.Sqlite, cluster, TraceNode.Outputs(wrong, right));
        Assert.Equal(HttpStatusCode.OK, (await platform.PostAsync(Service, "/v1/submit", Beat(committee, 0, 1))).Status);
    }

    [Fact]
    public async Task Before_the_genesis_file_is_there_nobody_is_known()
    {
        using var committee = new TraceNode.Committee(1);
        await using var platform = await TestPlatform.StartAsync(Engine.Sqlite, cluster, change: settings => settings with { GenesisFile = Path.Combine(settings.WorkingDirectory, "none.json") });
        Assert.Equal(HttpStatusCode.Unauthorized, (await platform.PostAsync(Service, "/v1/submit", Beat(committee, 0, 1))).Status);
    }

    [Fact]
    public async Task A_code_of_zero_stays_zero_and_a_missing_one_is_missing()
    {
        await using var platform = await TestPlatform.StartAsync(Engine.Sqlite, cluster);
        var (status, answer) = await platform.PostAsync("experiments-api", "/api/node-restarts", """{"node_name":"a","reason":"OOM","code":0,"restart_count":2}""");
        Assert.Equal((HttpStatusCode.Created, 1L), (status, answer.GetProperty("id").GetInt64()));
        await platform.PostAsync("experiments-api", "/api/node-restarts", """{"node_name":"b"}""");
        Assert.Equal(1, await platform.CountAsync("SELECT COUNT(*) FROM node_restarts WHERE code = 0 AND node_name = 'a'"));
        Assert.Equal(1, await platform.CountAsync("SELECT COUNT(*) FROM node_restarts WHERE code IS NULL AND node_name = 'b'"));
    }

    [Fact]
    public void Embedded_validators_report_to_the_uptime_backend_of_another_process()
    {
        var settings = new PlatformSettings { Services = ["orchestrator"], WorkingDirectory = "/tmp", UptimeBackendUrl = new Uri("http://uptime:8080") };
        Assert.Equal("http://uptime:8080/v1/submit", settings.Embedded(4, null).HeartbeatUrl?.ToString());
        Assert.Equal("http://127.0.0.1:9999/v1/submit", settings.Embedded(4, 9999).HeartbeatUrl?.ToString());
        Assert.Null((settings with { UptimeBackendUrl = null }).Embedded(4, null).HeartbeatUrl);
    }

    private static string Beat(TraceNode.Committee committee, int authority, long counter, DateTimeOffset? at = null, string boot = "boot1")
    {
        var created = (at ?? DateTimeOffset.UtcNow).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var key = committee.Keys[authority];
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"authority\":{authority},\"public_key\":\"{Convert.ToHexStringLower(key.PublicKey.Span)}\",\"deployment_id\":\"key1\",\"boot_id\":\"{boot}\",\"counter\":{counter},\"created_at\":\"{created}\",\"rpc_url\":\"http://127.0.0.1:1\",\"version\":\"0.1.0\",\"round\":7,\"commit_index\":3}}");
        var signature = new byte[64];
        key.Sign(Encoding.UTF8.GetBytes(text), signature);
        return $"{text[..^1]},\"signature\":{JsonSerializer.Serialize(Convert.ToBase64String(signature))}}}";
    }
}
