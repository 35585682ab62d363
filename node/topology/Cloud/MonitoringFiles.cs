using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Mysticeti.Topology.Cloud;

/// <summary>The files that make Prometheus ask the validators, and Grafana show what they say.</summary>
public static class MonitoringFiles
{
    private const string Datasource = "mysticeti-prometheus";

    private static readonly (string Title, string Unit, string Expression)[] Panels =
    [
        ("Transactions committed", "tps", "rate(mysticeti_transactions_committed_total[15s])"),
        ("Commits", "cps", "rate(mysticeti_commits_total[15s])"),
        ("Block to commit, 99th percentile", "s", "histogram_quantile(0.99, rate(mysticeti_block_commit_latency_seconds_bucket[30s]))"),
        ("Round duration, median", "s", "histogram_quantile(0.5, rate(mysticeti_round_duration_seconds_bucket[30s]))"),
        ("Mempool", "short", "mysticeti_mempool_transactions"),
        ("Peers connected", "short", "mysticeti_peers_connected"),
        ("Sent to peers", "Bps", "rate(mysticeti_peer_sent_bytes_total[15s])"),
        ("Blocks that wait for others", "short", "mysticeti_blocks_suspended"),
    ];

    /// <summary>The images that are run.</summary>
    public const string PrometheusImage = "prom/prometheus:v3.1.0", GrafanaImage = "grafana/grafana-oss:11.4.0";

    /// <summary>The ports on which they listen.</summary>
    public const int PrometheusPort = 9090, GrafanaPort = 3000;

    /// <summary>Where they look for the files.</summary>
    public const string PrometheusPath = "/etc/prometheus/prometheus.yml",
        GrafanaDatasourcePath = "/etc/grafana/provisioning/datasources/prometheus.yml",
        GrafanaProviderPath = "/etc/grafana/provisioning/dashboards/mysticeti.yml",
        GrafanaDashboardPath = "/var/lib/grafana/dashboards/mysticeti.json";

    /// <summary>Whoever reaches Grafana may look and nobody may change anything.</summary>
    public static ImmutableArray<string> GrafanaEnvironment { get; } = ["GF_AUTH_ANONYMOUS_ENABLED=true", "GF_AUTH_ANONYMOUS_ORG_ROLE=Viewer", "GF_AUTH_DISABLE_LOGIN_FORM=true"];

    /// <summary>Where Prometheus and Grafana are published on a machine with all of it; the orchestrator of the experiment services has Prometheus's own port.</summary>
    public static (int Prometheus, int Grafana) PublishedPorts(bool besideServices) => (besideServices ? 9091 : PrometheusPort, GrafanaPort);

    /// <summary>prometheus.yml: every validator, each second, and the experiment services where they are.</summary>
    /// <param name="targets">The validators' names, and host:port of their metrics as Prometheus reaches them.</param>
    /// <param name="services">Whether the experiment services are there.</param>
    public static string PrometheusConfiguration(IEnumerable<(string Name, string Address)> targets, bool services) => string.Join('\n',
    [
        "global:",
        "  scrape_interval: 1s",
        "scrape_configs:",
        "  - job_name: mysticeti",
        "    static_configs:",
        .. targets.SelectMany(target => (string[])[$"      - targets: [\"{target.Address}\"]", $"        labels: {{node: \"{target.Name}\"}}"]),
        .. services ? (string[])["  - job_name: services", "    static_configs:"] : [],
        .. services ? ServicePlan.Ports.SelectMany(service => (string[])
        [
            string.Create(CultureInfo.InvariantCulture, $"      - targets: [\"{ServicePlan.Services}:{service.Value}\"]"),
            $"        labels: {{service: \"{service.Key}\"}}",
        ]) : [],
        "",
    ]);

    /// <summary>Grafana's data source.</summary>
    /// <param name="prometheusUrl">As Grafana reaches it.</param>
    public static string GrafanaDatasource(string prometheusUrl) =>
        $"apiVersion: 1\ndatasources:\n  - name: Prometheus\n    uid: {Datasource}\n    type: prometheus\n    access: proxy\n    url: {prometheusUrl}\n    isDefault: true\n";

    /// <summary>Where Grafana finds dashboards.</summary>
    public static string GrafanaProvider =>
        "apiVersion: 1\nproviders:\n  - name: mysticeti\n    type: file\n    options:\n      path: /var/lib/grafana/dashboards\n";

    /// <summary>The dashboard, two panels a row, one line a validator.</summary>
    public static string GrafanaDashboard => new JsonObject
    {
        ["uid"] = "mysticeti",
        ["title"] = "Mysticeti validators",
        ["schemaVersion"] = 39,
        ["refresh"] = "5s",
        ["time"] = new JsonObject { ["from"] = "now-15m", ["to"] = "now" },
        ["panels"] = new JsonArray([.. Panels.Select(Panel)]),
    }.ToJsonString();

    private static JsonNode Panel((string Title, string Unit, string Expression) panel, int index) => new JsonObject
    {
        ["id"] = index + 1,
        ["type"] = "timeseries",
        ["title"] = panel.Title,
        ["gridPos"] = new JsonObject { ["h"] = 8, ["w"] = 12, ["x"] = 12 * (index % 2), ["y"] = 8 * (index / 2) },
        ["datasource"] = new JsonObject { ["type"] = "prometheus", ["uid"] = Datasource },
        ["fieldConfig"] = new JsonObject { ["defaults"] = new JsonObject { ["unit"] = panel.Unit }, ["overrides"] = new JsonArray() },
        ["targets"] = new JsonArray(new JsonObject { ["refId"] = "A", ["expr"] = panel.Expression, ["legendFormat"] = "{{node}}" }),
    };
}
