using System.Collections.Immutable;

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
        Assert.Equal(4, stack.Of(Container).Length);
        foreach (var index in Enumerable.Range(0, 4))
        {
            var container = stack.Inputs($"mysticeti-node{index}");
            var command = Assert.IsType<ImmutableArray<object>>(container["command"]).Cast<string>().ToArray();
            Assert.Equal(["run", "--authority-index", $"{index}"], command[..3]);
            Assert.Equal(("sha256:0123", 512.0, 512.0, "1.5"), (container["image"], container["memory"], container["memorySwap"], container["cpus"]));

            var uploads = RecordedStack.List(container["uploads"]);
            Assert.Equal(("/mysticeti/genesis.json", "genesis"), (uploads[0]["file"], RecordedStack.Text(uploads[0]["contentBase64"])));
            Assert.Equal(("/mysticeti/key.json", $"key {index}", "0600"), (uploads[1]["file"], RecordedStack.Text(uploads[1]["contentBase64"]), uploads[1]["permissions"]));
            Assert.Equal(["ALL"], Assert.IsType<ImmutableArray<object>>(Assert.IsType<ImmutableDictionary<string, object>>(container["capabilities"])["drops"]));

            Assert.Equal($"172.20.0.{10 + index}", Assert.Single(RecordedStack.List(container["networksAdvanced"]))["ipv4Address"]);
            var ports = RecordedStack.List(container["ports"]);
            Assert.Equal([26657.0 + index, 26670.0 + index], ports.Select(port => port["external"]));
            Assert.All(ports, port => Assert.Equal("127.0.0.1", port["ip"]));
        }
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
            var keys = new CommitteeKeys("local", 4, Pulumi.Output.Create(Enumerable.Range(0, 4).Select(i => $"10.0.0.{i}")), null!);
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
    }
}
