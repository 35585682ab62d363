using System.Collections.Immutable;
using System.Text;

namespace Mysticeti.Topology.Cloud;

/// <summary>
/// What is done on the host beside a cloud's validators that watches them: Prometheus and Grafana in containers. The scripts are as those of
/// <see cref="InstallScript"/>: they stop at the first command that fails, and may be run again.
/// </summary>
/// <param name="Root">Absolute directory on the host for the files.</param>
/// <param name="TtlHours">Hours after <see cref="Prepare"/> at which the host shuts itself down.</param>
public sealed record MonitoringHost(string Root, int TtlHours)
{
    /// <summary>Name of the host.</summary>
    public const string Name = "mysticeti-monitoring";

    private const string Prometheus = "mysticeti-prometheus", Grafana = "mysticeti-grafana";

    /// <summary>Ports that operators may use.</summary>
    public static ImmutableArray<int> OperatorPorts { get; } = [22, MonitoringFiles.PrometheusPort, MonitoringFiles.GrafanaPort];

    /// <summary>Where to look.</summary>
    /// <param name="address">The host, as operators reach it.</param>
    public static MonitoringOutput Urls(string address) => new(Url(address, MonitoringFiles.PrometheusPort), Url(address, MonitoringFiles.GrafanaPort));

    /// <summary>Installs Docker, and sets the end of the host. For user data: it knows nothing of the network.</summary>
    public string Prepare() => HostSteps.Script(root: true, [.. HostSteps.InstallDocker, .. HostSteps.EndAfter(TtlHours), .. HostSteps.OwnDirectory(Root)]);

    /// <summary>See <see cref="InstallScript.AwaitUserData"/>.</summary>
    public static string AwaitUserData() => HostSteps.Script(root: true, [HostSteps.AwaitCloudInit]);

    /// <summary>Starts both, in place of what runs, and returns once they listen.</summary>
    /// <param name="targets">The validators' names, and host:port of their metrics.</param>
    public string Start(IEnumerable<(string Name, string Address)> targets)
    {
        (string Path, string Content)[] files =
        [
            ("prometheus.yml", MonitoringFiles.PrometheusConfiguration(targets, services: false)),
            ("datasource.yml", MonitoringFiles.GrafanaDatasource($"http://127.0.0.1:{MonitoringFiles.PrometheusPort}")),
            ("provider.yml", MonitoringFiles.GrafanaProvider),
            ("dashboard.json", MonitoringFiles.GrafanaDashboard),
        ];
        return HostSteps.Script(
            root: true,
            [
                .. files.Select(file => $"printf %s {Convert.ToBase64String(Encoding.UTF8.GetBytes(file.Content))} | base64 -d >{ShellText.Quote($"{Root}/{file.Path}")}"),
                // The containers' users are not the one who logs in.
                $"chmod 644 {ShellText.Join(files.Select(file => $"{Root}/{file.Path}"))}",
                Run(Prometheus, MonitoringFiles.PrometheusImage, [], ("prometheus.yml", MonitoringFiles.PrometheusPath)),
                Run(
                    Grafana, MonitoringFiles.GrafanaImage, MonitoringFiles.GrafanaEnvironment,
                    ("datasource.yml", MonitoringFiles.GrafanaDatasourcePath), ("provider.yml", MonitoringFiles.GrafanaProviderPath), ("dashboard.json", MonitoringFiles.GrafanaDashboardPath)),
                Await(Prometheus, MonitoringFiles.PrometheusPort),
                Await(Grafana, MonitoringFiles.GrafanaPort),
            ]);
    }

    private string Run(string name, string image, ImmutableArray<string> environment, params (string File, string Path)[] mounts)
    {
        string[] run =
        [
            "docker", "run", "--detach", "--name", name, "--network", "host", "--restart", "unless-stopped", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
            .. environment.SelectMany(variable => (string[])["--env", variable]),
            .. mounts.SelectMany(mount => (string[])["--volume", $"{Root}/{mount.File}:{mount.Path}:ro"]),
            image,
        ];
        return $"as_root docker rm --force {name} >/dev/null 2>&1 || true\nas_root {ShellText.Join(run)} >/dev/null || fail '{name} cannot be started'";
    }

    private static string Await(string name, int port) =>
        $"left=60; until bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port}' 2>/dev/null; do [ $left -gt 0 ] || fail '{name} does not answer on port {port} after 60 s'; left=$((left - 1)); sleep 1; done";

    private static Uri Url(string address, int port) => new($"http://{new HostPort(address, port)}");
}
