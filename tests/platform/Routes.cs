namespace Mysticeti.Platform.Tests;

/// <summary>A route with what it takes.</summary>
/// <param name="Parameters">Names in the query.</param>
/// <param name="Body">An example of a valid body; null: none is taken.</param>
internal sealed record Route(string Service, string Method, string Path, string[] Parameters, string? Body = null);

/// <summary>Every route of every service, but the endless event stream.</summary>
internal static class Routes
{
    private const string Setup = """
        {"experiment_setup":{"experiment_name":"x","description":"d","base_tps":100,"stress_tps":500,"rounds":4,"round_duration_min":1,"pause_min":0.5,"large_pause_min":0,
        "large_pause_every_n_rounds":8,"stops_per_round":0,"min_stop_ratio":0,"max_stop_ratio":0.33,"stop_clean_ratio":0.1,"rotation_ratio":0,"sender_ratio":1,
        "tx_size_bytes":512,"arrival":"constant","seed":1,"warmup_sec":1,"drain_timeout_sec":5,"deployment_id":1,"network":{"outputs":"/x","stack":"s","nodes":["http://127.0.0.1:1"],"type":"embedded","committee":4},"allow_quorum_loss":false},"plan_hash":"00"}
        """;

    private const string Heartbeat = """
        {"authority":0,"public_key":"8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c","deployment_id":"k","boot_id":"b","counter":1,
        "created_at":"2026-01-01T00:00:00Z","rpc_url":"http://127.0.0.1:1","version":"1","round":1,"commit_index":1,"signature":"AAAA"}
        """;

    private static readonly string[] Page = ["limit", "cursor", "deployment", "node", "round", "from_round", "to_round", "status", "authority", "block", "source", "tx", "kind", "key", "commit_index"];

    public static IReadOnlyList<Route> All { get; } =
    [
        .. PlatformServices.Select(service => new Route(service, "GET", "/health", [])),
        .. PlatformServices.Select(service => new Route(service, "GET", "/metrics", [])),
        new("log-fetcher", "GET", "/nodes", []),
        new("log-fetcher", "GET", "/freeze", []),
        new("log-fetcher", "POST", "/freeze", []),
        new("log-fetcher", "GET", "/unfreeze", []),
        new("log-fetcher", "POST", "/unfreeze", []),
        .. ((string[])["deployments", "nodes", "blocks", "leaders", "commits", "transactions", "events", "restarts"]).Select(table => new Route("log-api", "GET", $"/v1/{table}", Page)),
        new("log-api", "GET", "/v1/blocks/{text}", ["deployment"]),
        new("experiments-api", "GET", "/api/experiments", ["exp", "deployment", "limit", "offset"]),
        new("experiments-api", "GET", "/api/experiment/{text}", []),
        new("experiments-api", "POST", "/api/deployments", [], """{"data":{"commit":"x","deployment_key":"k"}}"""),
        new("experiments-api", "POST", "/api/node-restarts", [], """{"node_name":"n","reason":"r","code":0,"object_name":"o","object_namespace":"s","container_name":"c","restart_count":1}"""),
        new("experiments-api", "POST", "/api/tracing/cleanup", ["dry_run"]),
        new("uptime-backend", "POST", "/v1/submit", [], Heartbeat),
        new("uptime-backend", "GET", "/v1/online", []),
        new("orchestrator", "POST", "/api/v0/experiment/test", [], Setup),
        new("orchestrator", "POST", "/api/v0/experiment/run", [], Setup),
        new("orchestrator", "POST", "/api/v0/experiment/cancel", ["name"]),
        new("orchestrator", "GET", "/api/v0/experiment/status", ["name", "logs"]),
        new("orchestrator", "GET", "/api/v0/experiment/logs", ["name", "after", "limit"]),
        .. ((string[])["overview", "series", "latency", "leaders", "peers", "dag", "events", "experiments"])
            .Select(view => new Route("dashboard", "GET", $"/api/dashboard/{view}", ["deployment", "seconds", "rounds", "before", "limit", "offset"])),
        new("dashboard", "GET", "/api/dashboard/experiments/{text}", []),
        new("dashboard", "POST", "/api/dashboard/experiments/test", [], Setup),
        new("dashboard", "POST", "/api/dashboard/experiments/run", [], Setup),
        new("dashboard", "POST", "/api/dashboard/experiments/cancel", []),
        new("dashboard", "GET", "/{text}", []),
    ];

    private static IEnumerable<string> PlatformServices => Mysticeti.Platform.PlatformSettings.ServiceNames;
}
