using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Mysticeti.Platform.Hosting;

namespace Mysticeti.Platform.Tests;

public sealed class HostileRequestTests(PostgresCluster cluster)
{
    private static readonly string[] Values =
    [
        "", "0", "-1", "1", "9223372036854775807", "9223372036854775808", "1e400", "NaN", "true", "null", "%00", "%ff%fe", "'; DROP TABLE deployment; --", "\"", "{}", "a b",
        "../../etc/passwd", "%F0%9F%92%A9", "%ED%A0%80", "😀", "\u202e", "99999999999999999999999999", "1.5", "committed", new('x', 300), new('9', 5000),
    ];

    private static readonly string[] Fragments =
    [
        "null", "true", "[]", "{}", "-1", "0", "1e308", "1e400", "1e999999", "9223372036854775808", "\"\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\udc00x\"", "\"😀\"", "0.5", "\"'; DROP TABLE x; --\"",
        "\"" + new string('x', 5000) + "\"", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", "{\"\\u0000\":1}", "\"2026-99-99\"", "{\"outputs\":\"/etc/passwd\"}", "{\"outputs\":\"/\"}", "01", "tru", "\"",
    ];

    /// <summary>Requests in all; MYSTICETI_FUZZ_REQUESTS asks for more.</summary>
    private static int Requests => int.TryParse(Environment.GetEnvironmentVariable("MYSTICETI_FUZZ_REQUESTS"), NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : 10_000;

    [Fact]
    public async Task No_request_makes_a_service_fail()
    {
        await using var platform = await TestPlatform.StartAsync(Engine.Postgres, cluster);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var failures = new List<string>();
        var statuses = new int[600];
        await Parallel.ForAsync(0, Requests, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (number, cancellation) =>
        {
            var random = new Random(number);
            var (request, shown) = Compose(platform, random);
            using (request)
            {
                using var response = await client.SendAsync(request, cancellation);
                var body = await response.Content.ReadAsStringAsync(cancellation);
                Interlocked.Increment(ref statuses[(int)response.StatusCode]);
                var failed = response.StatusCode == HttpStatusCode.InternalServerError || body.Contains("   at ", StringComparison.Ordinal) || body.Contains("Exception", StringComparison.Ordinal)
                    || body.Length > 4_000_000 || ((int)response.StatusCode >= 400 && response.Content.Headers.ContentType?.MediaType != "application/problem+json" && response.Content.Headers.ContentLength > 0);
                if (failed) lock (failures) failures.Add($"{number}: {shown} -> {(int)response.StatusCode} {body[..Math.Min(300, body.Length)]}");
            }
        });
        Assert.True(failures.Count == 0, $"{failures.Count} failures:\n{string.Join('\n', failures.Take(10))}\n{platform.Problems}");
        Assert.True(statuses[200] > Requests / 50 && statuses[400] > Requests / 50, "the requests are not varied enough to show anything");
        Assert.Equal(0, await platform.CountAsync("SELECT COUNT(*) FROM experiment_state"));
    }

    [Fact]
    public async Task Elsewhere_than_on_loopback_every_route_needs_a_token_of_its_role()
    {
        const string Read = "read-0123456789abcdef", Ingest = "ingest-0123456789abcdef", Operate = "operate-0123456789abcdef";
        var tokens = AccessTokens.Parse([$"read={Read}", $"ingest={Ingest}", $"operate={Operate}"], "test");
        await using var platform = await TestPlatform.StartAsync(Engine.Sqlite, cluster, change: settings => settings with { Bind = IPAddress.Any, Tokens = tokens });
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        foreach (var route in Routes.All)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(route, null));
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(route, "Bearer wrong-0123456789abcdef"));
            Assert.DoesNotContain(await StatusAsync(route, $"Bearer {Operate}"), (HttpStatusCode[])[HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden]);
            var changes = route.Method == "POST" && !route.Path.EndsWith("/test", StringComparison.Ordinal) || route.Path.EndsWith("freeze", StringComparison.Ordinal);
            Assert.True((route.Path == "/v1/submit") == (await StatusAsync(route, $"Bearer {Ingest}") != HttpStatusCode.Forbidden), $"{route.Method} {route.Path}");
            Assert.True(changes == (await StatusAsync(route, $"Bearer {Read}") == HttpStatusCode.Forbidden), $"{route.Method} {route.Path}");
        }

        // A browser's prompt gives the token as a password.
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(Routes.All[0], $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"any:{Read}"))}"));

        async Task<HttpStatusCode> StatusAsync(Route route, string? authorization)
        {
            using var request = new HttpRequestMessage(new HttpMethod(route.Method), new Uri(platform.Url(route.Service), route.Path.Replace("{text}", "x", StringComparison.Ordinal)));
            if (authorization is not null) request.Headers.TryAddWithoutValidation("Authorization", authorization);
            if (route.Method == "POST") request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task Pages_of_other_origins_are_refused()
    {
        await using var platform = await TestPlatform.StartAsync(Engine.Sqlite, cluster);
        var (status, _) = await platform.SendAsync("log-fetcher", HttpMethod.Get, "/freeze", change: request => request.Headers.Add("Origin", "http://evil.example"));
        Assert.Equal(HttpStatusCode.Forbidden, status);
        // An image's request has no origin.
        (status, _) = await platform.SendAsync("log-fetcher", HttpMethod.Get, "/freeze", change: request => request.Headers.Add("Sec-Fetch-Site", "cross-site"));
        Assert.Equal(HttpStatusCode.Forbidden, status);
        var own = platform.Url("log-fetcher").GetLeftPart(UriPartial.Authority);
        (status, _) = await platform.SendAsync("log-fetcher", HttpMethod.Get, "/freeze", change: request => request.Headers.Add("Origin", own));
        Assert.Equal(HttpStatusCode.OK, status);
    }

    private static (HttpRequestMessage Request, string Shown) Compose(TestPlatform platform, Random random)
    {
        var route = Routes.All[random.Next(Routes.All.Count)];
        var path = route.Path.Replace("{text}", Uri.EscapeDataString(Pick(random, Values)).Replace("%25", "%", StringComparison.Ordinal), StringComparison.Ordinal);
        var query = string.Join('&', route.Parameters.Where(_ => random.Next(4) == 0).Select(name => $"{name}={Pick(random, Values).Replace("&", "%26", StringComparison.Ordinal).Replace("#", "%23", StringComparison.Ordinal)}"));
        var method = random.Next(30) == 0 ? Pick(random, "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS") : route.Method;
        var url = new Uri(platform.Url(route.Service) + path.TrimStart('/') + (query.Length > 0 ? "?" + query : ""));
        var request = new HttpRequestMessage(new HttpMethod(method), url);
        string? body = null;
        if (method is "POST" or "PUT" or "PATCH")
        {
            body = Body(route, random);
            request.Content = new ByteArrayContent(random.Next(20) == 0 ? Damaged(body, random) : Encoding.UTF8.GetBytes(body));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", random.Next(20) == 0 ? "text/plain" : "application/json");
        }

        return (request, $"{method} {url.PathAndQuery} {body?[..Math.Min(200, body.Length)]}");
    }

    private static string Body(Route route, Random random)
    {
        if (random.Next(50) == 0) return "{\"data\":{\"x\":\"" + new string('y', 300_000) + "\"}}";
        if (route.Body is null || random.Next(10) == 0) return Pick(random, Fragments);
        // One member, at any depth, becomes something else.
        var json = JsonNode.Parse(route.Body)!.AsObject();
        var parent = json;
        while (parent.Select(member => member.Value).OfType<JsonObject>().FirstOrDefault() is { } inner && random.Next(4) != 0) parent = inner;
        var name = Pick(random, [.. parent.Select(member => member.Key)]);
        switch (random.Next(5))
        {
            case 0:
                parent.Remove(name);
                return json.ToJsonString();
            case 1:
                parent["unknown\u0001"] = 1;
                return json.ToJsonString();
            default:
                parent[name] = "@@";
                return json.ToJsonString().Replace("\"@@\"", Pick(random, Fragments), StringComparison.Ordinal);
        }
    }

    private static byte[] Damaged(string body, Random random)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        for (var i = 0; i < 3 && bytes.Length > 0; i++) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return bytes;
    }

    private static string Pick(Random random, params string[] choices) => choices[random.Next(choices.Length)];
}
