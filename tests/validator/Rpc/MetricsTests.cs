using System.Net;
using Mysticeti.Metrics;

namespace Mysticeti.Validator.Tests.Rpc;

public sealed class MetricsTests
{
    [Fact]
    public async Task The_server_shows_what_it_counted_and_what_others_registered()
    {
        var registry = new MetricRegistry();
        registry.Gauge("mysticeti_round", "Round.", () => 42);
        await using var rpc = await RpcFixture.StartAsync(new() { Metrics = registry });
        await rpc.CallAsync("broadcast_tx_async", """{"tx":"YWJj"}""");
        await rpc.FailAsync("broadcast_tx_async", """{"tx":7}""");
        await rpc.FailAsync("no_such_method");
        using var response = await rpc.Http.GetAsync("/metrics");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        var lines = (await response.Content.ReadAsStringAsync()).Split('\n');
        Assert.Contains("mysticeti_round 42", lines);
        Assert.Contains("mysticeti_rpc_calls_total{method=\"broadcast_tx_async\"} 2", lines);
        Assert.Contains("mysticeti_rpc_transactions_total{outcome=\"accepted\"} 1", lines);
        Assert.Contains("mysticeti_rpc_transactions_total{outcome=\"mempool_full\"} 0", lines);
        Assert.Contains("mysticeti_rpc_errors_total{code=\"-32602\"} 1", lines);
        Assert.Contains("mysticeti_rpc_errors_total{code=\"-32601\"} 1", lines);
        Assert.Contains("mysticeti_rpc_commit_streams 0", lines);
        // Every sample belongs to a family that was announced.
        var families = lines.Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(line => line.Split(' ')[2]).ToList();
        Assert.Equal(families.Count, families.Distinct().Count());
        Assert.All(lines.Where(line => line.Length > 0 && line[0] != '#'), line => Assert.Contains(families, family => line.StartsWith(family, StringComparison.Ordinal)));
    }
}
