using System.Collections.Immutable;
using Mysticeti.Topology;

namespace Mysticeti.Infra.Tests;

public sealed class LocalStackTests
{
    private const string Container = "docker:index/container:Container";

    [Fact]
    public async Task The_exported_network_is_one_that_every_client_can_read()
    {
        var stack = await RecordedStack.UpAsync("local", ("provider", "docker"), ("committee", "5"));
        Assert.Equal(("local", "local", "docker", 5), (stack.Network.Name, stack.Network.Type, stack.Network.Provider, stack.Network.CommitteeSize));
        Assert.Equal("http://127.0.0.1:26661", stack.Network.Nodes[4].RpcUrl.OriginalString);
        Assert.Equal("mysticeti-node4", stack.Network.Nodes[4].Container);
        Assert.Equal(stack.Network.Nodes.Select(node => node.RpcUrl.OriginalString), stack.Endpoints);
        Assert.False(stack.NetworkIsSecret);
    }

    [Fact]
    public async Task Each_container_runs_its_validator_with_its_own_key_and_no_rights()
    {
        var stack = await RecordedStack.UpAsync("local", ("provider", "docker"), ("memoryMb", "512"), ("cpus", "1.5"));
        Assert.Equal(4 + 1, stack.Of(Container).Length);
        foreach (var index in Enumerable.Range(0, 4))
        {
            var container = stack.Inputs($"mysticeti-node{index}");
            var command = Assert.IsType<ImmutableArray<object>>(container["command"]).Cast<string>().ToArray();
            Assert.Equal(["run", "--authority-index", $"{index}"], command[..3]);
            Assert.Equal(("sha256:0123", 512.0, 512.0, "1.5"), (container["image"], container["memory"], container["memorySwap"], container["cpus"]));

            Assert.False(container.ContainsKey("user"));
            Assert.Equal(true, container["readOnly"]);
            Assert.Equal(["/tmp"], Assert.IsType<ImmutableDictionary<string, object>>(container["tmpfs"]).Keys);
            Assert.Equal(["no-new-privileges:true"], Assert.IsType<ImmutableArray<object>>(container["securityOpts"]));
            Assert.Equal(
                [("mysticeti-local-genesis", "/network", true), ($"mysticeti-node{index}-data", $"/network/node{index}", false)],
                RecordedStack.List(container["volumes"]).Select(volume => ((string)volume["volumeName"], (string)volume["containerPath"], (bool)volume["readOnly"])));
            Assert.Equal(["ALL"], Assert.IsType<ImmutableArray<object>>(Assert.IsType<ImmutableDictionary<string, object>>(container["capabilities"])["drops"]));

            Assert.Equal($"172.20.0.{10 + index}", Assert.Single(RecordedStack.List(container["networksAdvanced"]))["ipv4Address"]);
            var ports = RecordedStack.List(container["ports"]);
            Assert.Equal([26657.0 + index, 26670.0 + index], ports.Select(port => port["external"]));
            Assert.All(ports, port => Assert.Equal("127.0.0.1", port["ip"]));
        }
    }

    [Fact]
    public async Task Files_are_put_into_the_volumes_and_given_away_before_the_validators_start()
    {
        var parameters = Path.GetTempFileName();
        await File.WriteAllTextAsync(parameters, """{"mempoolTransactions":7}""", TestContext.Current.CancellationToken);
        var stack = await RecordedStack.UpAsync("local", ("provider", "docker"), ("parameters", parameters), ("regions", "us-east-1,eu-west-1"));
        File.Delete(parameters);
        var container = stack.Inputs("mysticeti-init");
        var uploads = RecordedStack.List(container["uploads"]);
        Assert.Equal(("/network/genesis.json", "genesis"), (uploads[0]["file"], RecordedStack.Text(uploads[0]["contentBase64"])));
        Assert.Equal(("/network/node2/key.json", "key 2", "0600"), (uploads[3]["file"], RecordedStack.Text(uploads[3]["contentBase64"]), uploads[3]["permissions"]));
        Assert.Equal(("/network/parameters.json", """{"mempoolTransactions":7,"wan":{}}""" + "\n"), (uploads[5]["file"], uploads[5]["content"]));
        Assert.Equal([ContainerPlan.ReceiveScript], Assert.IsType<ImmutableArray<object>>(container["command"]));
        Assert.Equal((true, false, "none"), (container["attach"], container["mustRun"], container["networkMode"]));
        Assert.Contains("--regions us-east-1,eu-west-1,us-east-1,eu-west-1", (string)stack.Inputs("genesis")["create"], StringComparison.Ordinal);
        Assert.All(
            Enumerable.Range(0, 4),
            index => Assert.Contains(RecordedStack.List(stack.Inputs($"mysticeti-node{index}")["labels"]), label => (string)label["label"] == "mysticeti.files" && (string)label["value"] == "mysticeti-init-id"));
    }

    [Fact]
    public async Task The_keys_are_made_once_for_the_containers_addresses_and_stay_secret()
    {
        var stack = await RecordedStack.UpAsync("local", ("provider", "docker"));
        var genesis = stack.Inputs("genesis");
        Assert.Contains("--peers 172.20.0.10:26700,172.20.0.11:26700,172.20.0.12:26700,172.20.0.13:26700", (string)genesis["create"], StringComparison.Ordinal);
        Assert.Equal("none", genesis["logging"]);
        Assert.False(genesis.ContainsKey("update"));

        // An update runs it again only for other addresses or another name.
        var again = await RecordedStack.UpAsync("local", ("provider", "docker"));
        Assert.Equal(Assert.IsType<ImmutableArray<object>>(genesis["triggers"]), Assert.IsType<ImmutableArray<object>>(again.Inputs("genesis")["triggers"]));
        await RecordedStack.InDeploymentAsync(async () =>
        {
            var keys = new CommitteeKeys("local", Topology.ContainerPlan.Create("local", 4).Nodes, Pulumi.Output.Create(Enumerable.Range(0, 4).Select(i => $"10.0.0.{i}")), null!);
            Assert.True(await Pulumi.Output.IsSecretAsync(keys.Key(2)));
        });
    }

    [Fact]
    public async Task Somebody_elses_image_is_run_as_it_is()
    {
        var stack = await RecordedStack.UpAsync("local", ("provider", "docker"), ("flavor", "scalarorg"), ("image", "scalarorg/mysticeti:latest"));
        var container = stack.Inputs("mysticeti-node0");
        Assert.Equal("scalarorg/mysticeti:latest", container["image"]);
        Assert.False(container.ContainsKey("command"));
        Assert.Empty(stack.Of("docker:index/image:Image"));
        Assert.Empty(stack.Of("command:local:Command"));
        Assert.Equal("scalarorg", stack.Network.Flavor);
    }

    [Fact]
    public async Task Monitoring_asks_every_validator_and_shows_a_dashboard()
    {
        var stack = await RecordedStack.UpAsync("local", ("provider", "docker"), ("monitoring", "true"));
        var prometheus = (string)Assert.Single(RecordedStack.List(stack.Inputs("local-prometheus")["uploads"]))["content"];
        Assert.Contains("172.20.0.13:26657", prometheus, StringComparison.Ordinal);
        Assert.Equal(3, RecordedStack.List(stack.Inputs("local-grafana")["uploads"]).Length);
        Assert.Equal("http://127.0.0.1:3000", stack.Network.Monitoring.GrafanaUrl?.OriginalString);
        Assert.Equal("http://127.0.0.1:9090", stack.Network.Monitoring.PrometheusUrl?.OriginalString);
    }

    [Fact]
    public async Task Services_know_the_network_by_its_own_addresses_and_keep_their_rows_in_a_database_of_their_own()
    {
        var stack = await RecordedStack.UpAsync("local", ("provider", "docker"), ("services", "true"));
        var (services, database) = (stack.Inputs("mysticeti-services"), stack.Inputs("mysticeti-postgres"));
        var outputs = Topology.NetworkOutputs.Parse((string)Assert.Single(RecordedStack.List(services["uploads"]))["content"], "upload");
        Assert.Equal("http://172.20.0.13:26657", outputs.Nodes[3].RpcUrl.OriginalString);
        Assert.Equal([3003.0, 4000.0, 4200.0, 8080.0, 9080.0, 9090.0], RecordedStack.List(services["ports"]).Select(port => (double)port["external"]).Order());
        Assert.All(RecordedStack.List(services["ports"]), port => Assert.Equal("127.0.0.1", port["ip"]));
        Assert.Contains("POSTGRES_PASSWORD=s3cret", Assert.IsType<ImmutableArray<object>>(services["envs"]));
        Assert.Contains("POSTGRES_PASSWORD=s3cret", Assert.IsType<ImmutableArray<object>>(database["envs"]));
        Assert.False(database.ContainsKey("ports"));
        // From the tree's root, by a file that is there: paths start at the program's directory.
        var build = Assert.IsType<ImmutableDictionary<string, object>>(stack.Inputs("services-image")["build"]);
        Assert.Equal("..", build["context"]);
        Assert.True(File.Exists(SourceTree.PathOf("infra", (string)build["dockerfile"])));

        // Validators report to them, Prometheus makes room for them and asks them, and all of it has addresses of its own.
        var command = Assert.IsType<ImmutableArray<object>>(stack.Inputs("mysticeti-node0")["command"]).Cast<string>().ToArray();
        Assert.Contains("http://mysticeti-services:8080/v1/submit", command);
        Assert.Equal("http://127.0.0.1:9091", stack.Network.Monitoring.PrometheusUrl?.OriginalString);
        Assert.Contains("mysticeti-services:4000", (string)Assert.Single(RecordedStack.List(stack.Inputs("local-prometheus")["uploads"]))["content"], StringComparison.Ordinal);
        var addresses = stack.Of(Container).Where(container => container.Inputs.ContainsKey("networksAdvanced")).Select(container => Assert.Single(RecordedStack.List(container.Inputs["networksAdvanced"]))["ipv4Address"]);
        Assert.Equal(8, addresses.Distinct().Count());
        Assert.False(stack.NetworkIsSecret);
    }
}
