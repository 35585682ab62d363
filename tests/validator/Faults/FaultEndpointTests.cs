using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Mysticeti.Protocol;
using Mysticeti.Validator.Faults;
using Mysticeti.Validator.Rpc;
using Mysticeti.Validator.Tests.Rpc;

namespace Mysticeti.Validator.Tests.Faults;

public sealed class FaultEndpointTests : IDisposable
{
    private readonly FaultControl _control = new(TimeProvider.System, NullLogger.Instance);

    public void Dispose() => _control.Dispose();

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task A_validator_that_was_not_started_for_it_refuses(string method)
    {
        await using var rpc = await RpcFixture.StartAsync();
        var (status, type, json) = await SendAsync(rpc, method, """{"expires_after_ms": 1000}""");
        Assert.Equal((HttpStatusCode.Forbidden, "application/problem+json"), (status, type));
        Assert.Contains("--unsafe-fault-injection", json.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Faults_are_set_as_a_whole_shown_and_cleared()
    {
        await using var rpc = await StartAsync();
        var (status, _, set) = await SendAsync(
            rpc, "PUT", """{"expires_after_ms": 60000, "links": [{"peers": [0, 2], "blocked": true}], "withhold_from": [3], "clock_skew_ms": 5}""");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.InRange(set.GetProperty("remaining_ms").GetInt32(), 1, 60_000);
        Assert.True(_control.Current.Blocks(2));

        var (_, _, shown) = await SendAsync(rpc, "GET");
        Assert.True(shown.GetProperty("enabled").GetBoolean());
        Assert.Equal("""[{"peers":[0,2],"blocked":true,"delay_ms":0,"jitter_ms":0,"loss":0}]""", shown.GetProperty("links").GetRawText());
        Assert.Equal("[3]", shown.GetProperty("withhold_from").GetRawText());
        Assert.Equal(5, shown.GetProperty("clock_skew_ms").GetInt32());

        await SendAsync(rpc, "PUT", """{"expires_after_ms": 60000, "equivocate": true}""");
        Assert.False(_control.Current.Blocks(2));
        var (_, _, cleared) = await SendAsync(rpc, "DELETE");
        Assert.False(cleared.GetProperty("equivocate").GetBoolean());
        Assert.Equal(0, cleared.GetProperty("remaining_ms").GetInt32());
        Assert.Same(FaultState.None, _control.Current);
    }

    [Theory]
    [InlineData("", "$")]
    [InlineData("[]", "$")]
    [InlineData("null", "null")]
    [InlineData("""{"expires_after_ms": "soon"}""", "expires_after_ms")]
    [InlineData("""{"expires_after_ms": 1000, "blocked": true}""", "blocked")]
    [InlineData("""{"equivocate": true}""", "expires_after_ms")]
    [InlineData("""{"expires_after_ms": 1000, "withhold_from": [1]}""", "withhold_from")]
    public async Task What_makes_no_sense_changes_nothing(string body, string named)
    {
        await using var rpc = await StartAsync();
        var (status, type, json) = await SendAsync(rpc, "PUT", body);
        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (status, type));
        Assert.Contains(named, json.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Same(FaultState.None, _control.Current);
    }

    [Fact]
    public async Task A_large_body_and_another_method_are_refused()
    {
        await using var rpc = await StartAsync();
        var (large, _, _) = await SendAsync(rpc, "PUT", new string(' ', 100_000));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large);
        var (method, _, _) = await SendAsync(rpc, "POST", "{}");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, method);
    }

    private Task<RpcFixture> StartAsync() => RpcFixture.StartAsync(new RpcOptions { Faults = _control });

    private static async Task<(HttpStatusCode Status, string? Type, JsonElement Json)> SendAsync(RpcFixture rpc, string method, string? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/v1/faults");
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await rpc.Http.SendAsync(request);
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return (response.StatusCode, response.Content.Headers.ContentType?.MediaType, json.RootElement.Clone());
    }
}
