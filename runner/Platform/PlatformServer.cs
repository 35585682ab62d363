using System.Data.Common;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Networks;
using Mysticeti.Platform.Dashboard;
using Mysticeti.Platform.Database;
using Mysticeti.Platform.ExperimentsApi;
using Mysticeti.Platform.Hosting;
using Mysticeti.Platform.LogApi;
using Mysticeti.Platform.LogFetcher;
using Mysticeti.Platform.Orchestrator;
using Mysticeti.Platform.Uptime;

namespace Mysticeti.Platform;

/// <summary>The services of one process over one database.</summary>
internal sealed class PlatformServer : IAsyncDisposable
{
    private static readonly TimeSpan DatabaseWait = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan DatabaseRetry = TimeSpan.FromMilliseconds(500);

    private readonly IDatabase _database;
    private readonly List<IPlatformService> _services = [];
    private readonly Dictionary<string, ServiceHost> _hosts = new(StringComparer.Ordinal);
    private readonly List<IDisposable> _owned = [];
    private ExperimentRunner? _experiments;

    private PlatformServer(IDatabase database) => _database = database;

    /// <summary>Where the services answer, by name.</summary>
    public IReadOnlyDictionary<string, Uri> Urls => _hosts.ToDictionary(host => host.Key, host => host.Value.Url, StringComparer.Ordinal);

    /// <summary>Brings the database up to date and starts every service; when this returns, all answer.</summary>
    /// <param name="problems">One line where something goes wrong that nobody is told of otherwise.</param>
    /// <exception cref="UsageException">The settings cannot be carried out.</exception>
    /// <exception cref="NetworkException">The database is not to be reached, or a port not to be had.</exception>
    public static async Task<PlatformServer> StartAsync(
        PlatformSettings settings, PlatformNetwork network, TimeProvider time, TextWriter problems, CancellationToken cancellationToken)
    {
        IDatabase database = settings.Postgres is { } postgres
            ? new PostgresDatabase(postgres)
            : new SqliteDatabase(Path.Combine(settings.WorkingDirectory, "platform.db"));
        var server = new PlatformServer(database);
        try
        {
            await MigrateAsync(database, time, cancellationToken);
            server.Create(settings, network, time, problems);
            foreach (var service in server._services)
            {
                server._hosts[service.Name] = await ServiceHost.StartAsync(
                    service, new Listening(settings.Bind, settings.Tokens), settings.PortOf(service), time, problems, cancellationToken);
            }

            await ServiceAddresses.WriteAsync(settings.WorkingDirectory, server.Urls, time, cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Works until cancelled. An error that a service cannot get over ends all of them.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = _services.Select(service => service.RunAsync(ending.Token)).ToArray();
        try
        {
            await await Task.WhenAny(running);
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_experiments is not null) await _experiments.DisposeAsync();
        foreach (var host in _hosts.Values) await host.DisposeAsync();
        foreach (var owned in _owned) owned.Dispose();
        await _database.DisposeAsync();
    }

    private static async Task MigrateAsync(IDatabase database, TimeProvider time, CancellationToken cancellationToken)
    {
        var begin = time.GetTimestamp();
        while (true)
        {
            try
            {
                await Migrations.ApplyAsync(database, time, cancellationToken);
                return;
            }
            catch (Exception error) when (error is DbException or TimeoutException)
            {
                // Beside a database container that is just starting, too.
                if (error is DbException { IsTransient: false } || time.GetElapsedTime(begin) > DatabaseWait)
                    throw new NetworkException($"the database ({database.Description}) cannot be used: {Values.OneLine(error.Message)}", error);
                await Task.Delay(DatabaseRetry, time, cancellationToken);
            }
        }
    }

    private void Create(PlatformSettings settings, PlatformNetwork network, TimeProvider time, TextWriter problems)
    {
        var deployments = new DeploymentStore(_database, time);
        var queries = new ExperimentQueries(_database);
        if (Wanted("log-fetcher"))
        {
            var known = new KnownNodes(network, _database, time, settings.HostOverrides, settings.UptimeBackendUrl);
            var fetcher = new Fetcher(_database, deployments, known, settings.Retention, time, problems);
            _owned.AddRange([fetcher, known]);
            _services.Add(new LogFetcherService(fetcher, _database, settings.Retention, time, problems));
        }

        if (Wanted("log-api")) _services.Add(new LogApiService(_database));
        if (Wanted("experiments-api")) _services.Add(new ExperimentsService(_database, deployments, queries, time));
        if (Wanted("uptime-backend"))
        {
            var committee = new KnownCommittee(network, settings.GenesisFile, time);
            _owned.Add(committee);
            _services.Add(new UptimeService(new UptimeBackend(_database, deployments, committee, settings.Uptime, time), time));
        }

        if (Wanted("orchestrator"))
        {
            var store = new ExperimentStore(_database, time);
            _experiments = new ExperimentRunner(network, new ExperimentNetworks(network, settings.HostOverrides, Embed, time), deployments, store, time, problems);
            _services.Add(new OrchestratorService(_experiments, store, queries));
        }

        if (Wanted("dashboard"))
        {
            var forwarder = new OrchestratorForwarder(() => settings.OrchestratorUrl ?? (_hosts.TryGetValue("orchestrator", out var host) ? host.Url : null));
            _owned.Add(forwarder);
            _services.Add(new DashboardService(new DashboardQueries(_database, network, settings.Uptime, time), queries, forwarder, time));
        }

        bool Wanted(string name) => settings.Services.Contains(name);

        INetwork Embed(int committee)
        {
            settings.Tokens?.WriteIngest(settings.IngestTokenFile);
            return new EmbeddedNetwork(settings.Embedded(committee, _hosts.TryGetValue("uptime-backend", out var host) ? host.Url.Port : null) with { BasePort = 0 }, time);
        }
    }
}
