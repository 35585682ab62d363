using System.Globalization;
using System.Text;
using Mysticeti.Topology.Cloud;

namespace Mysticeti.Topology;

/// <summary>
/// Prometheus and Grafana as services of a compose file, in a profile that is off by default. Their files stand in the compose file, which so needs
/// nothing beside it: Compose v1 has no other way to bring the content of a file along, so each container's shell writes them before it starts.
/// </summary>
internal static class ComposeMonitoring
{
    private const string Profile = "monitoring";

    // In memory, for the root is read-only. No image has it, so that it gets the mode asked for: older engines give tmpfs that of what is there.
    private const string Files = "/monitoring", ForFiles = $"{Files}:size=1m,mode=1777";

    /// <summary>Both services, each after an empty line.</summary>
    public static string Services(ContainerPlan plan)
    {
        var text = new StringBuilder();
        var targets = plan.Nodes.Select(node => (node.Name, new HostPort(node.Host, node.RpcPort).ToString()));
        Service(
            text,
            plan,
            (Name: "prometheus", Companion: 0),
            MonitoringFiles.PrometheusImage,
            (MonitoringFiles.PrometheusPort, plan.MonitoringPorts.Prometheus),
            data: "/prometheus",
            scratch: [ForFiles],
            environment: [],
            [($"{Files}/prometheus.yml", MonitoringFiles.PrometheusConfiguration(targets, services: false))],
            $"/bin/prometheus --config.file={Files}/prometheus.yml --storage.tsdb.path=/prometheus");
        Service(
            text,
            plan,
            (Name: "grafana", Companion: 1),
            MonitoringFiles.GrafanaImage,
            (MonitoringFiles.GrafanaPort, plan.MonitoringPorts.Grafana),
            data: "/var/lib/grafana",
            scratch: [ForFiles, "/tmp"],
            environment: [.. MonitoringFiles.GrafanaEnvironment, $"GF_PATHS_PROVISIONING={Files}", "GF_PATHS_LOGS=/tmp"],
            [
                ($"{Files}/datasources/prometheus.yml", MonitoringFiles.GrafanaDatasource($"http://{plan.CompanionName("prometheus")}:{MonitoringFiles.PrometheusPort}")),
                ($"{Files}/dashboards/mysticeti.yml", MonitoringFiles.GrafanaProvider),
                (MonitoringFiles.GrafanaDashboardPath, MonitoringFiles.GrafanaDashboard),
            ],
            "/run.sh");
        return text.ToString();
    }

    // Data is in a volume without a name, which goes with the container.
    private static void Service(
        StringBuilder text, ContainerPlan plan, (string Name, int Companion) what, string image, (int Inside, int Outside) port, string data, string[] scratch, string[] environment,
        (string Path, string Content)[] files, string program)
    {
        var name = plan.CompanionName(what.Name);
        text.Append(string.Create(CultureInfo.InvariantCulture, $"""

              {name}:
                <<: *container
                profiles: [{Profile}]
                image: {image}
                container_name: {name}
                hostname: {name}
                ports:
                  - "{ContainerPlan.PublishedHost}:{port.Outside}:{port.Inside}"
                networks:
                  default:
                    ipv4_address: {plan.Companion(what.Companion)}
                volumes: ["{data}"]
                tmpfs: [{List(scratch)}]
                environment: [{List(environment)}]
                entrypoint: ["/bin/sh", "-ec"]
                command:
                  - |

            """).ReplaceLineEndings("\n"));
        foreach (var line in files.SelectMany(file => Write(file.Path, file.Content)).Append($"exec {program}"))
            text.Append("        ").Append(line.Replace("$", "$$", StringComparison.Ordinal)).Append('\n');
    }

    private static string List(IEnumerable<string> words) => string.Join(", ", words.Select(word => $"\"{word}\""));

    private static IEnumerable<string> Write(string path, string content)
    {
        const string End = "END";
        return [$"mkdir -p {path[..path.LastIndexOf('/')]}", $"cat >{path} <<'{End}'", .. content.TrimEnd('\n').Split('\n'), End];
    }
}
