using Mysticeti.Topology;
using Mysticeti.Topology.Cloud;
using Pulumi;
using Pulumi.Docker.Inputs;
using Docker = Pulumi.Docker;

namespace Mysticeti.Infra;

/// <summary>Prometheus and Grafana beside a network of containers, with a dashboard of the validators' metrics.</summary>
internal sealed class Monitoring : ComponentResource
{
    /// <param name="services">Whether the experiment services are beside the network, too.</param>
    public Monitoring(ContainerPlan plan, bool services, Docker.Network bridge, ComponentResource parent)
        : base("mysticeti:infra:Monitoring", $"{plan.Name}-monitoring", new ComponentResourceOptions { Parent = parent })
    {
        var published = MonitoringFiles.PublishedPorts(services);
        Urls = new(Url(published.Prometheus), Url(published.Grafana));
        var prometheus = Service(
            plan,
            bridge,
            ("prometheus", 2),
            MonitoringFiles.PrometheusImage,
            (MonitoringFiles.PrometheusPort, published.Prometheus),
            [],
            [File(MonitoringFiles.PrometheusPath, MonitoringFiles.PrometheusConfiguration(plan.Nodes.Select(node => (node.Name, new HostPort(node.Host, node.RpcPort).ToString())), services))]);
        _ = Service(
            plan,
            bridge,
            ("grafana", 3),
            MonitoringFiles.GrafanaImage,
            (MonitoringFiles.GrafanaPort, published.Grafana),
            [.. MonitoringFiles.GrafanaEnvironment],
            [
                File(MonitoringFiles.GrafanaDatasourcePath, MonitoringFiles.GrafanaDatasource($"http://mysticeti-prometheus:{MonitoringFiles.PrometheusPort}")),
                File(MonitoringFiles.GrafanaProviderPath, MonitoringFiles.GrafanaProvider),
                File(MonitoringFiles.GrafanaDashboardPath, MonitoringFiles.GrafanaDashboard),
            ],
            prometheus);
        RegisterOutputs();
    }

    /// <summary>Where to look.</summary>
    public MonitoringOutput Urls { get; }

    private Docker.Container Service(
        ContainerPlan plan, Docker.Network bridge, (string Name, int Companion) what, string image, (int Inside, int Outside) port, string[] environment,
        ContainerUploadArgs[] files, params Resource[] after)
    {
        var name = what.Name;
        var pulled = new Docker.RemoteImage($"{name}-image", new() { Name = image, KeepLocally = true }, new CustomResourceOptions { Parent = this });
        return new Docker.Container(
            $"{plan.Name}-{name}",
            new()
            {
                Name = $"mysticeti-{name}",
                Image = pulled.ImageId,
                Envs = environment,
                Restart = "unless-stopped",
                NetworksAdvanced = { new ContainerNetworksAdvancedArgs { Name = bridge.Name, Ipv4Address = plan.Companion(what.Companion) } },
                Ports = { new ContainerPortArgs { Internal = port.Inside, External = port.Outside, Ip = ContainerPlan.PublishedHost } },
                Uploads = files,
                Labels = { new ContainerLabelArgs { Label = "mysticeti.stack", Value = plan.Name } },
            },
            new CustomResourceOptions { Parent = this, DependsOn = after, DeleteBeforeReplace = true });
    }

    private static ContainerUploadArgs File(string path, string content) => new() { File = path, Content = content, Permissions = "0644" };

    private static Uri Url(int port) => new($"http://{ContainerPlan.PublishedHost}:{port}");
}
