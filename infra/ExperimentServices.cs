using Mysticeti.Topology;
using Mysticeti.Topology.Cloud;
using Pulumi;
using Pulumi.Docker.Inputs;
using Docker = Pulumi.Docker;
using LocalCommand = Pulumi.Command.Local.Command;

namespace Mysticeti.Infra;

/// <summary>The experiment platform and its PostgreSQL beside a network of containers: carries out <see cref="ServicePlan"/>.</summary>
internal sealed class ExperimentServices : ComponentResource
{
    private const string DataPath = "/var/lib/postgresql/data";

    private readonly ContainerPlan _plan;
    private readonly Docker.Network _bridge;

    public ExperimentServices(ContainerPlan plan, Docker.Network bridge, ComponentResource parent)
        : base("mysticeti:infra:ExperimentServices", $"{plan.Name}-services", new ComponentResourceOptions { Parent = parent })
    {
        (_plan, _bridge) = (plan, bridge);
        // Made once, and kept as a secret of the stack's state.
        var made = new LocalCommand(
            "postgres-password",
            new() { Create = "od -An -N16 -tx1 /dev/urandom | tr -d ' \\n'", Logging = Pulumi.Command.Local.Logging.None },
            new CustomResourceOptions { Parent = this, AdditionalSecretOutputs = { "stdout" } });
        var password = Output.CreateSecret(made.Stdout);
        var database = Database(password);
        // In two stages from the sources, as the load tests cluster has it: nothing has to be published first.
        var image = new Docker.Image(
            "services-image",
            new() { ImageName = ServicePlan.Image, SkipPush = true, Build = new DockerBuildArgs { Context = "..", Dockerfile = $"../{ServicePlan.Dockerfile}" } },
            new CustomResourceOptions { Parent = this });
        Started = Container(ServicePlan.Services, 1, new()
        {
            Image = image.RepoDigest,
            Command = ServicePlan.Arguments.ToArray(),
            Envs = Environment(
                ("POSTGRES_HOST", ServicePlan.Database), ("POSTGRES_USER", ServicePlan.DatabaseUser), ("POSTGRES_DB", ServicePlan.DatabaseUser), ("POSTGRES_PASSWORD", password)),
            Uploads = { new ContainerUploadArgs { File = ServicePlan.OutputsPath, Content = plan.OwnOutputs().ToJson(), Permissions = "0644" } },
            Ports = ServicePlan.Ports.Values.Select(port => new ContainerPortArgs { Internal = port, External = port, Ip = ContainerPlan.PublishedHost }).ToArray(),
            Capabilities = new ContainerCapabilitiesArgs { Drops = { "ALL" } },
            Healthcheck = Healthcheck("bash", "-c", HealthProbe.Script(ServicePlan.Ports["dashboard"])),
        }, database).Id;
        RegisterOutputs();
    }

    /// <summary>Known when the services answer.</summary>
    public Output<string> Started { get; }

    /// <summary>Where each service is.</summary>
    public static IReadOnlyDictionary<string, string> Urls { get; } =
        ServicePlan.Ports.ToDictionary(service => service.Key, service => $"http://{ContainerPlan.PublishedHost}:{service.Value}");

    // Published nowhere: the services alone use it.
    private Docker.Container Database(Output<string> password)
    {
        var pulled = new Docker.RemoteImage("postgres-image", new() { Name = "postgres:15", KeepLocally = true }, new CustomResourceOptions { Parent = this });
        var data = new Docker.Volume(
            $"{ServicePlan.Database}-data", new() { Name = $"{ServicePlan.Database}-data", Labels = { new VolumeLabelArgs { Label = "mysticeti.stack", Value = _plan.Name } } }, new CustomResourceOptions { Parent = this });
        return Container(ServicePlan.Database, 0, new()
        {
            Image = pulled.ImageId,
            Envs = Environment(("POSTGRES_USER", ServicePlan.DatabaseUser), ("POSTGRES_DB", ServicePlan.DatabaseUser), ("POSTGRES_PASSWORD", password)),
            Volumes = { new ContainerVolumeArgs { VolumeName = data.Name, ContainerPath = DataPath } },
            Healthcheck = Healthcheck("pg_isready", "-h", "127.0.0.1", "-U", ServicePlan.DatabaseUser),
        });
    }

    private Docker.Container Container(string name, int companion, Docker.ContainerArgs arguments, params Resource[] after)
    {
        (arguments.Name, arguments.Hostname, arguments.Restart) = (name, name, "unless-stopped");
        arguments.NetworksAdvanced = new[] { new ContainerNetworksAdvancedArgs { Name = _bridge.Name, Ipv4Address = _plan.Companion(companion) } };
        arguments.Labels = new[] { new ContainerLabelArgs { Label = "mysticeti.stack", Value = _plan.Name } };
        // Made when it is healthy, not when it is started.
        (arguments.Wait, arguments.WaitTimeout) = (true, 120);
        return new Docker.Container(name, arguments, new CustomResourceOptions { Parent = this, DependsOn = after, DeleteBeforeReplace = true });
    }

    private static ContainerHealthcheckArgs Healthcheck(params string[] command) =>
        new() { Tests = command.Prepend("CMD").ToArray(), Interval = "2s", Timeout = "2s", Retries = 30 };

    private static InputList<string> Environment(params (string Name, Input<string> Value)[] variables) =>
        variables.Select(variable => (Input<string>)Output.Format($"{variable.Name}={variable.Value}")).ToArray();
}
