using System.Collections.Immutable;

namespace Mysticeti.Topology.Cloud;

/// <summary>The experiment platform beside a network of containers: all services of <c>mysticeti serve</c> in one, its database in another.</summary>
public static class ServicePlan
{
    /// <summary>Names of the containers, under which the network's other containers reach them.</summary>
    public const string Services = "mysticeti-services", Database = "mysticeti-postgres";

    /// <summary>The runner's image, built by <see cref="Dockerfile"/> on the machine that uses it.</summary>
    public const string Image = "mysticeti:local";

    /// <summary>What builds <see cref="Image"/>, from the source tree's root, which is its context.</summary>
    public const string Dockerfile = "infra/load-tests-cluster/image/Dockerfile";

    /// <summary>Where the services find the network's outputs.</summary>
    public const string OutputsPath = "/network/outputs.json";

    /// <summary>User and name of the database.</summary>
    public const string DatabaseUser = "mysticeti";

    private const string UptimeBackend = "uptime-backend";

    /// <summary>The ports by service, in the container and published.</summary>
    public static ImmutableSortedDictionary<string, int> Ports { get; } = new Dictionary<string, int>
    {
        ["log-fetcher"] = 4000,
        ["log-api"] = 9080,
        ["experiments-api"] = 3003,
        [UptimeBackend] = 8080,
        ["orchestrator"] = 9090,
        ["dashboard"] = 4200,
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>Where validators post their heartbeats.</summary>
    public static Uri HeartbeatUrl { get; } = new($"http://{Services}:{Ports[UptimeBackend]}/v1/submit");

    /// <summary>The command line of the runner. Ports are published on 127.0.0.1 only, so no tokens are asked for.</summary>
    public static ImmutableArray<string> Arguments { get; } = ["serve", "--bind", "0.0.0.0", "--published-on-loopback", "--outputs", OutputsPath];
}
