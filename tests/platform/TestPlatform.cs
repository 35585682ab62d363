using System.Net;
using System.Text;
using System.Text.Json;
using Mysticeti.Platform.Database;
using Mysticeti.Platform.Hosting;
using Mysticeti.Topology;

namespace Mysticeti.Platform.Tests;

/// <summary>The engines that every test of the database runs on.</summary>
public enum Engine
{
    Sqlite,
    Postgres,
}

/// <summary>The services in this process, on free ports, in a directory of their own.</summary>
internal sealed class TestPlatform : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("platform-").FullName;
    private readonly CancellationTokenSource _end = new();
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private PlatformServer? _server;
    private Task _running = Task.CompletedTask;

    public StringWriter Problems { get; } = new();

    public IDatabase Database { get; private set; } = null!;

    public static async Task<TestPlatform> StartAsync(
        Engine engine, PostgresCluster cluster, NetworkOutputs? network = null, Func<PlatformSettings, PlatformSettings>? change = null)
    {
        var platform = new TestPlatform();
        var settings = new PlatformSettings
        {
            Services = PlatformSettings.ServiceNames,
            WorkingDirectory = platform._directory,
            Postgres = engine == Engine.Postgres ? await cluster.CreateDatabaseAsync() : null,
            BasePort = 0,
        };
        settings = change?.Invoke(settings) ?? settings;
        platform.Database = settings.Postgres is { } postgres ? new PostgresDatabase(postgres) : new SqliteDatabase(Path.Combine(platform._directory, "platform.db"));
        platform._server = await PlatformServer.StartAsync(
            settings, network is null ? PlatformNetwork.None() : PlatformNetwork.Of(network), TimeProvider.System, TextWriter.Synchronized(platform.Problems), default);
        platform._running = platform._server.RunAsync(platform._end.Token);
        return platform;
    }

    public Uri Url(string service) => _server!.Urls[service];

    public async Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(string service, HttpMethod method, string path, string? json = null, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(Url(service), path));
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        change?.Invoke(request);
        using var response = await _client.SendAsync(request);
        using var document = JsonDocument.Parse(await response.Content.ReadAsStreamAsync());
        return (response.StatusCode, document.RootElement.Clone());
    }

    public Task<(HttpStatusCode Status, JsonElement Body)> GetAsync(string service, string path) => SendAsync(service, HttpMethod.Get, path);

    public Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(string service, string path, string json = "{}") => SendAsync(service, HttpMethod.Post, path, json);

    /// <summary>A number that a query gives.</summary>
    public async Task<long> CountAsync(string sql) => Convert.ToInt64((await JsonRows.ReadAsync(Database, sql, null, default))[0].Values.Single(), null);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_server is not null) await _server.DisposeAsync();
        await Database.DisposeAsync();
        _client.Dispose();
        _end.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
