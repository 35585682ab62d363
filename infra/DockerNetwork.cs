using System.Globalization;
using System.Runtime.InteropServices;
using Mysticeti.Topology;
using Pulumi;
using Pulumi.Docker.Inputs;
using Docker = Pulumi.Docker;
using LocalCommand = Pulumi.Command.Local.Command;
using LocalCommandArgs = Pulumi.Command.Local.CommandArgs;

namespace Mysticeti.Infra;

/// <summary>
/// A network of containers in the local Docker engine: one image, one bridge network with fixed addresses, and a container and a volume
/// for each validator. Carries out what <see cref="ValidatorLaunch"/> says and decides nothing of its own.
/// </summary>
internal sealed class DockerNetwork : ComponentResource
{
    private const string Root = "/mysticeti";
    private const string ImageDirectory = "images/validator";

    public DockerNetwork(NetworkSettings settings, string directory)
        : base("mysticeti:infra:DockerNetwork", settings.Name)
    {
        var specification = new CommitteeSpecification
        {
            Name = settings.Name,
            Size = settings.Committee,
            Hosts = [.. Enumerable.Range(0, settings.Committee).Select(i => string.Create(CultureInfo.InvariantCulture, $"172.20.0.{10 + i}"))],
            Ports = PortPlan.ForOwnHosts(settings.Committee),
            BindAddress = "0.0.0.0",
        };
        var launches = ValidatorLaunch.All(specification, LaunchPaths.Alone(Root));
        Network = ValidatorLaunch.Outputs(settings.Name, launches, "local", "docker", publishedHost: "127.0.0.1", publishedPorts: settings.PublishedPorts);

        var image = ValidatorImage(directory);
        var bridge = new Docker.Network(
            $"{settings.Name}-network",
            new() { Name = $"mysticeti-{settings.Name}", Driver = "bridge", IpamConfigs = { new NetworkIpamConfigArgs { Subnet = "172.20.0.0/16" } } },
            Own());
        var files = GenesisFiles(settings.Name, image, launches);
        foreach (var launch in launches) Validator(launch, settings.PublishedPorts.Nodes[launch.Index], image, bridge, files);
        RegisterOutputs();
    }

    /// <summary>Where the nodes are.</summary>
    public NetworkOutputs Network { get; }

    private Docker.Image ValidatorImage(string directory)
    {
        var architecture = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64";
        var publish = new LocalCommand(
            "publish",
            new()
            {
                Create = $"dotnet publish ../node/validator -c Release -r linux-{architecture} --self-contained -o {ImageDirectory}/publish -v quiet",
                Triggers = new object[] { SourceHash.Of(Path.Combine(directory, ".."), "node", "Directory.Build.props", "Directory.Packages.props") },
            },
            Own());
        return new Docker.Image(
            "validator-image",
            new()
            {
                ImageName = "mysticeti-validator:local",
                SkipPush = true,
                Build = new DockerBuildArgs { Context = ImageDirectory, Platform = architecture == "arm64" ? "linux/arm64" : "linux/amd64" },
            },
            Own(publish));
    }

    /// <summary>
    /// The genesis file and then each key file, in base64, a line each: made once by the validator's own command in a container that is
    /// gone afterwards, and kept as a secret of the stack's state.
    /// </summary>
    private Output<string[]> GenesisFiles(string name, Docker.Image image, IReadOnlyCollection<ValidatorLaunch> launches)
    {
        var peers = string.Join(',', launches.Select(launch => new HostPort(launch.Host, launch.PeerPort)));
        var paths = string.Join(' ', launches.Select(launch => $"/tmp/net/node{launch.Index}/key.json").Prepend("/tmp/net/genesis.json"));
        var script = $"/opt/mysticeti/mysticeti-validator genesis --output /tmp/net --name {name} --peers {peers} >&2 && for file in {paths}; do base64 -w0 $file && echo; done";
        var genesis = new LocalCommand(
            "genesis",
            new()
            {
                Create = Output.Format($"docker run --rm --network none --entrypoint sh {image.ImageName} -c '{script}'"),
                Triggers = new object[] { peers, name },
                Logging = Pulumi.Command.Local.Logging.None,
            },
            new CustomResourceOptions { Parent = this, DependsOn = { image }, AdditionalSecretOutputs = { "stdout" } });
        return Output.CreateSecret(genesis.Stdout.Apply(text => text.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
    }

    private void Validator(ValidatorLaunch launch, NodePorts published, Docker.Image image, Docker.Network bridge, Output<string[]> files)
    {
        var data = new Docker.Volume($"{launch.Name}-data", new() { Name = $"{launch.Name}-data" }, Own());
        _ = new Docker.Container(
            launch.Name,
            new()
            {
                Name = launch.Name,
                Hostname = launch.Name,
                // A local image's id: another image makes another container.
                Image = image.RepoDigest,
                Command = launch.Arguments.ToArray(),
                Envs = launch.Environment.Select(variable => $"{variable.Key}={variable.Value}").ToArray(),
                Restart = "no",
                NetworksAdvanced = { new ContainerNetworksAdvancedArgs { Name = bridge.Name, Ipv4Address = launch.Host } },
                Ports = { Published(launch.RpcPort, published.Rpc), Published(launch.AbciPort, published.Abci) },
                Volumes = { new ContainerVolumeArgs { VolumeName = data.Name, ContainerPath = launch.WorkingDirectory } },
                Uploads =
                {
                    new ContainerUploadArgs { File = launch.GenesisPath, ContentBase64 = files.Apply(lines => lines[0]), Permissions = "0644" },
                    new ContainerUploadArgs { File = launch.KeyPath, ContentBase64 = files.Apply(lines => lines[launch.Index + 1]), Permissions = "0600" },
                },
                Healthcheck = new ContainerHealthcheckArgs
                {
                    Tests = { "CMD", "bash", "-c", $"exec 3<>/dev/tcp/127.0.0.1/{launch.RpcPort} && printf 'GET /health HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '" },
                    Interval = "2s",
                    Timeout = "2s",
                    Retries = 15,
                },
                DestroyGraceSeconds = 10,
            },
            Own());
    }

    // To this machine alone: a benchmark's validators are nobody else's business.
    private static ContainerPortArgs Published(int inside, int outside) => new() { Internal = inside, External = outside, Ip = "127.0.0.1" };

    private CustomResourceOptions Own(params Resource[] dependencies) => new() { Parent = this, DependsOn = dependencies };
}
