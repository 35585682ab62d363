using Mysticeti.Topology;
using Mysticeti.Topology.Cloud;
using Pulumi;
using Pulumi.Command.Remote;
using Pulumi.Command.Remote.Inputs;

namespace Mysticeti.Infra;

/// <summary>Prometheus and Grafana on a cloud's instance of their own: carries out <see cref="MonitoringHost"/>.</summary>
internal sealed class RemoteMonitoring : ComponentResource
{
    /// <param name="addresses">Of the validators, by index.</param>
    public RemoteMonitoring(HostPlan plan, ConnectionArgs connection, Output<IEnumerable<string>> addresses, ComponentResource parent, params Resource[] after)
        : base("mysticeti:infra:RemoteMonitoring", $"{plan.Settings.Name}-monitoring", new ComponentResourceOptions { Parent = parent })
    {
        var host = plan.MonitoringHost;
        var prepare = Run($"{MonitoringHost.Name}-prepare", connection, $"{MonitoringHost.AwaitUserData()}{host.Prepare()}", after);
        var start = addresses.Apply(list => host.Start(list.Select((address, i) => (plan.Nodes[i].Name, new HostPort(address, plan.Nodes[i].RpcPort).ToString()))));
        Started = Run($"{MonitoringHost.Name}-start", connection, start, prepare).Id;
        RegisterOutputs();
    }

    /// <summary>Known when both listen.</summary>
    public Output<string> Started { get; }

    private Command Run(string name, ConnectionArgs connection, Input<string> script, params Resource[] after) => new(
        name,
        new() { Connection = connection, Create = script.Apply(text => $"sh -c {ShellText.Quote(text)}"), Triggers = new object[] { script } },
        new CustomResourceOptions { Parent = this, DependsOn = after });
}
