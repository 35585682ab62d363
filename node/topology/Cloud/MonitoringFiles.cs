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

    /// <summary>prometheus.yml: every validator, each second.</summary>
    public static string PrometheusConfiguration(ContainerPlan plan) => string.Join('\n',
    [
        "global:",
        "  scrape_interval: 1s",
        "scrape_configs:",
        "  - job_name: mysticeti",
        "    static_configs:",
        .. plan.Nodes.SelectMany(node => (string[])
        [
            string.Create(CultureInfo.InvariantCulture, $"      - targets: [\"{node.Host}:{node.RpcPort}\"]"),
            $"        labels: {{node: \"{node.Name}\"}}",
        ]),
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
