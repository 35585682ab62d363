using System.Net;

namespace Mysticeti.Platform.Tests;

/// <summary>What the services tell Prometheus.</summary>
public sealed class MetricsTests(PostgresCluster cluster)
{
    [Fact]
    public async Task Promtool_finds_nothing_to_complain_of_in_any_service()
    {
        await using var platform = await TestPlatform.StartAsync(Engine.Sqlite, cluster);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        foreach (var service in PlatformSettings.ServiceNames)
        {
            using var health = await client.GetAsync(new Uri(platform.Url(service), "/health"));
            using var missing = await client.GetAsync(new Uri(platform.Url(service), "/no/such/thing"));
            Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (health.StatusCode, missing.StatusCode));
            var metrics = await client.GetStringAsync(new Uri(platform.Url(service), "/metrics"));
            Assert.Contains($"\nmysticeti_platform_requests_total{{service=\"{service}\",status=\"200\"}} 1\n", metrics, StringComparison.Ordinal);
            Assert.Contains($"\nmysticeti_platform_requests_total{{service=\"{service}\",status=\"404\"}} 1\n", metrics, StringComparison.Ordinal);
            Assert.Contains($"\nmysticeti_platform_request_duration_seconds_count{{service=\"{service}\"}} 2\n", metrics, StringComparison.Ordinal);
            await Promtool.CheckAsync(metrics);
        }
    }

    [Theory]
    [InlineData("log-fetcher", "mysticeti_fetcher_entries_total 0")]
    [InlineData("log-fetcher", "mysticeti_fetcher_lag_seconds 0")]
    [InlineData("log-fetcher", "mysticeti_fetcher_missed_entries 0")]
    [InlineData("uptime-backend", "mysticeti_nodes{state=\"offline\"} 0")]
    [InlineData("uptime-backend", "mysticeti_nodes{state=\"online\"} 0")]
    [InlineData("uptime-backend", "mysticeti_nodes{state=\"suspect\"} 0")]
    [InlineData("orchestrator", "mysticeti_experiment_running 0")]
    public async Task A_service_adds_its_own_metrics(string service, string sample)
    {
        await using var platform = await TestPlatform.StartAsync(Engine.Sqlite, cluster);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var metrics = await client.GetStringAsync(new Uri(platform.Url(service), "/metrics"));
        Assert.Contains(sample, metrics.Split('\n'));
    }
}
