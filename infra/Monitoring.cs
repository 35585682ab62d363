using Mysticeti.Topology;
using Mysticeti.Topology.Cloud;
using Pulumi;
using Pulumi.Docker.Inputs;
using Docker = Pulumi.Docker;

namespace Mysticeti.Infra;

/// <summary>Prometheus and Grafana beside a network of containers, with a dashboard of the validators' metrics.</summary>
internal sealed class Monitoring : ComponentResource
{
    private const int PrometheusPort = 9090, GrafanaPort = 3000;

    public Monitoring(ContainerPlan plan, Docker.Network bridge, ComponentResource parent)
        : base("mysticeti:infra:Monitoring", $"{plan.Name}-monitoring", new ComponentResourceOptions { Parent = parent })
    {
        var prometheus = Service(
            plan, bridge, "prometheus", "prom/prometheus:v3.1.0", PrometheusPort, [], [File("/etc/prometheus/prometheus.yml", MonitoringFiles.PrometheusConfiguration(plan))]);
        _ = Service(
            plan,
            bridge,
            "grafana",
            "grafana/grafana-oss:11.4.0",
            GrafanaPort,
            ["GF_AUTH_ANONYMOUS_ENABLED=true", "GF_AUTH_ANONYMOUS_ORG_ROLE=Viewer", "GF_AUTH_DISABLE_LOGIN_FORM=true"],
            [
                File("/etc/grafana/provisioning/datasources/prometheus.yml", MonitoringFiles.GrafanaDatasource($"http://mysticeti-prometheus:{PrometheusPort}")),
                File("/etc/grafana/provisioning/dashboards/mysticeti.yml", MonitoringFiles.GrafanaProvider),
                File("/var/lib/grafana/dashboards/mysticeti.json", MonitoringFiles.GrafanaDashboard),
            ],
            prometheus);
        RegisterOutputs();
    }

    /// <summary>Where to look.</summary>
    public MonitoringOutput Urls { get; } = new(Url(PrometheusPort), Url(GrafanaPort));

    private Docker.Container Service(
        ContainerPlan plan, Docker.Network bridge, string name, string image, int port, string[] environment, ContainerUploadArgs[] files, params Resource[] after)
    {
        var pulled = new Docker.RemoteImage($"{name}-image", new() { Name = image, KeepLocally = true }, new CustomResourceOptions { Parent = this });
        return new Docker.Container(
            $"{plan.Name}-{name}",
            new()
            {
                Name = $"mysticeti-{name}",
                Image = pulled.ImageId,
                Envs = environment,
                Restart = "unless-stopped",
                NetworksAdvanced = { new ContainerNetworksAdvancedArgs { Name = bridge.Name } },
                Ports = { new ContainerPortArgs { Internal = port, External = port, Ip = ContainerPlan.PublishedHost } },
                Uploads = files,
                Labels = { new ContainerLabelArgs { Label = "mysticeti.stack", Value = plan.Name } },
            },
            new CustomResourceOptions { Parent = this, DependsOn = after });
    }

    private static ContainerUploadArgs File(string path, string content) => new() { File = path, Content = content, Permissions = "0644" };

    private static Uri Url(int port) => new($"http://{ContainerPlan.PublishedHost}:{port}");
}
