using System.Collections.Immutable;
using System.Net;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Networks;
using Mysticeti.Platform.Database;
using Mysticeti.Platform.Hosting;
using Mysticeti.Platform.Uptime;
using Mysticeti.Protocol;
using Mysticeti.Topology;

namespace Mysticeti.Platform;

/// <summary>What <c>mysticeti serve</c> is to do, complete and checked.</summary>
internal sealed record PlatformSettings
{
    /// <summary>The names of all services, in the order in which they are counted from a base port.</summary>
    public static ImmutableArray<string> ServiceNames { get; } = ["log-fetcher", "log-api", "experiments-api", "uptime-backend", "orchestrator", "dashboard"];

    private const string UptimeBackend = "uptime-backend";

    /// <summary>The services to run.</summary>
    public required ImmutableArray<string> Services { get; init; }

    /// <summary>Where the platform keeps its files.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>Connection string of a PostgreSQL database; null: SQLite in the working directory.</summary>
    public string? Postgres { get; init; }

    public IPAddress Bind { get; init; } = IPAddress.Loopback;

    /// <summary>Whom the services answer; null: everybody who reaches them.</summary>
    public AccessTokens? Tokens { get; init; }

    /// <summary>First port; 0: free ports; null: each service's own.</summary>
    public int? BasePort { get; init; }

    /// <summary>Ports of single services, which go before the others.</summary>
    public IReadOnlyDictionary<string, int> Ports { get; init; } = new Dictionary<string, int>();

    /// <summary>Committee whose heartbeats count; null: that of the network's nodes.</summary>
    public string? GenesisFile { get; init; }

    public UptimeLimits Uptime { get; init; } = UptimeLimits.Default;

    public Retention Retention { get; init; } = Retention.Default;

    public HostOverrides HostOverrides { get; init; } = HostOverrides.None;

    /// <summary>Another process's uptime backend, asked for nodes; null: none.</summary>
    public Uri? UptimeBackendUrl { get; init; }

    /// <summary>Another process's orchestrator, for the dashboard; null: the one of this process.</summary>
    public Uri? OrchestratorUrl { get; init; }

    /// <summary>The directory under which embedded networks have their own.</summary>
    public string NetworksDirectory { get; init; } = Shell.DefaultNetworksDirectory;

    /// <summary>An embedded network whose validators post their heartbeats here, or to another process's uptime backend.</summary>
    /// <param name="uptimePort">Of the uptime backend; null: it does not run here.</param>
    public EmbeddedNetworkSettings Embedded(int committee, int? uptimePort)
    {
        var backend = uptimePort is { } port ? new UriBuilder("http", Reached.ToString(), port).Uri : UptimeBackendUrl;
        return new()
        {
            Committee = committee,
            BasePort = BasePort == 0 ? 0 : null,
            NetworksDirectory = NetworksDirectory,
            HeartbeatUrl = backend is null ? null : NodePaths.Of(backend, "v1/submit"),
            HeartbeatTokenFile = backend is not null && Tokens is not null ? IngestTokenFile : null,
        };
    }

    /// <summary>Where the token lies that validators of this machine send with their heartbeats.</summary>
    public string IngestTokenFile => Path.Combine(WorkingDirectory, "ingest-token");

    // Of all addresses, loopback is one.
    private IPAddress Reached => Bind.Equals(IPAddress.Any) ? IPAddress.Loopback : Bind.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : Bind;

    /// <summary>The port of the uptime backend, where it is known before it listens; null: it does not run here.</summary>
    public int? UptimePort => Services.Contains(UptimeBackend) && Ports.TryGetValue(UptimeBackend, out var port) ? port : null;

    /// <summary>The same with a port of the uptime backend that is known before it listens.</summary>
    public PlatformSettings WithKnownUptimePort() => Ports.GetValueOrDefault(UptimeBackend) > 0 ? this : this with
    {
        Ports = new Dictionary<string, int>(Ports)
        {
            [UptimeBackend] = BasePort switch { null => UptimeService.Port, 0 => FreePorts.Reserve(1)[0], var first => first.Value + ServiceNames.IndexOf(UptimeBackend) },
        },
    };

    /// <summary>The port of a service.</summary>
    public int PortOf(IPlatformService service) => Ports.TryGetValue(service.Name, out var port) ? port : BasePort switch
    {
        null => service.DefaultPort,
        0 => 0,
        var first => first.Value + ServiceNames.IndexOf(service.Name),
    };
}
