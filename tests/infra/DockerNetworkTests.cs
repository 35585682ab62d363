using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Mysticeti.Topology;
using Pulumi;
using Pulumi.Testing;

namespace Mysticeti.Infra.Tests;

/// <summary>Runs the whole program against a recorded engine: what a stack declares and exports.</summary>
public sealed class DockerNetworkTests
{
    [Fact]
    public async Task The_exported_network_is_one_that_every_client_can_read()
    {
        var (outputs, _) = await Up("""{"mysticeti:provider": "docker", "mysticeti:committee": "5"}""");
        var network = NetworkOutputs.Parse(JsonSerializer.Serialize(outputs), "stack");

        Assert.Equal(("local", "local", "docker", 5), (network.Name, network.Type, network.Provider, network.CommitteeSize));
        Assert.Equal("http://127.0.0.1:26661", network.Nodes[4].RpcUrl.OriginalString);
        Assert.Equal("mysticeti-node4", network.Nodes[4].Container);
        Assert.Equal(network.Nodes.Select(node => node.RpcUrl.OriginalString), Assert.IsType<string[]>(outputs["endpoints"]));
    }

    [Fact]
    public async Task Each_container_runs_its_validator_with_its_own_key()
    {
        var (_, resources) = await Up("""{"mysticeti:provider": "docker"}""");
        foreach (var index in Enumerable.Range(0, 4))
        {
            var container = Assert.Single(resources, resource => resource.Name == $"mysticeti-node{index}").Inputs;
            var command = Assert.IsType<ImmutableArray<object>>(container["command"]).Cast<string>().ToArray();
            Assert.Equal(["run", "--authority-index", $"{index}"], command[..3]);
            Assert.Contains("0.0.0.0", command);

            var uploads = Assert.IsType<ImmutableArray<object>>(container["uploads"]).Cast<ImmutableDictionary<string, object>>().ToArray();
            Assert.Equal(("/mysticeti/genesis.json", "genesis"), (uploads[0]["file"], Text(uploads[0]["contentBase64"])));
            Assert.Equal(("/mysticeti/key.json", $"key {index}", "0600"), (uploads[1]["file"], Text(uploads[1]["contentBase64"]), uploads[1]["permissions"]));

            var network = Assert.IsType<ImmutableDictionary<string, object>>(Assert.Single(Assert.IsType<ImmutableArray<object>>(container["networksAdvanced"])));
            Assert.Equal($"172.20.0.{10 + index}", network["ipv4Address"]);
            var ports = Assert.IsType<ImmutableArray<object>>(container["ports"]).Cast<ImmutableDictionary<string, object>>();
            Assert.Equal([26657.0 + index, 26670.0 + index], ports.Select(port => port["external"]));
            Assert.All(ports, port => Assert.Equal("127.0.0.1", port["ip"]));
        }
    }

    [Fact]
    public async Task The_genesis_names_the_containers_addresses()
    {
        var (_, resources) = await Up("""{"mysticeti:provider": "docker"}""");
        var script = Assert.IsType<string>(Assert.Single(resources, resource => resource.Name == "genesis").Inputs["create"]);
        Assert.Contains("--peers 172.20.0.10:26700,172.20.0.11:26700,172.20.0.12:26700,172.20.0.13:26700", script, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"mysticeti:provider": "docker", "mysticeti:committee": "3"}""", "a committee needs at least 4 validators")]
    [InlineData("""{"mysticeti:provider": "docker", "mysticeti:basePort": "65530"}""", "base port 65530 leaves no room")]
    [InlineData("""{"mysticeti:provider": "cloud"}""", "mysticeti:provider is 'cloud'")]
    public async Task A_wrong_configuration_is_named(string configuration, string expected)
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => Up(configuration));
        Assert.Contains(expected, error.ToString(), StringComparison.Ordinal);
    }

    private static async Task<(IDictionary<string, object?> Outputs, ImmutableArray<MockResourceArgs> Resources)> Up(string configuration)
    {
        System.Environment.SetEnvironmentVariable("PULUMI_CONFIG", configuration);
        var engine = new RecordingEngine();
        IDictionary<string, object?> outputs = new Dictionary<string, object?>();
        await Deployment.TestAsync(
            engine,
            new TestOptions { StackName = "local", ProjectName = "mysticeti", IsPreview = false },
            () => outputs = NetworkProgram.Run(InfraDirectory()));
        return (outputs, [.. engine.Resources]);
    }

    private static string InfraDirectory()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Mysticeti.sln"))) directory = Path.GetDirectoryName(directory)!;
        return Path.Combine(directory, "infra");
    }

    private static string Text(object base64) => Encoding.UTF8.GetString(Convert.FromBase64String((string)base64));

    /// <summary>Grants every resource its inputs, and the genesis command the lines it would print.</summary>
    private sealed class RecordingEngine : IMocks
    {
        public ConcurrentQueue<MockResourceArgs> Resources { get; } = [];

        public Task<(string? id, object state)> NewResourceAsync(MockResourceArgs args)
        {
            Resources.Enqueue(args);
            var state = args.Inputs;
            if (args.Name == "genesis")
                state = state.SetItem("stdout", string.Join('\n', ((string[])["genesis", "key 0", "key 1", "key 2", "key 3", "key 4"]).Select(text => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)))));
            if (args.Name == "validator-image") state = state.SetItem("repoDigest", "sha256:0123");
            return Task.FromResult<(string?, object)>(($"{args.Name}-id", state));
        }

        public Task<object> CallAsync(MockCallArgs args) => Task.FromResult<object>(args.Args);
    }
}
