using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;

namespace Mysticeti.Topology.Tests;

public sealed class NetworkOutputsTests
{
    /// <summary>As a stack would write it by the contract, unknown fields included.</summary>
    private const string Contract = """
        { "schemaVersion": 1, "name": "local", "type": "local", "provider": "docker", "flavor": "mysticeti",
          "committeeSize": 1, "futureField": {"a": [1]},
          "nodes": [ { "index": 0, "name": "mysticeti-node0", "region": "local", "host": "127.0.0.1",
              "rpcUrl": "http://127.0.0.1:26657", "metricsUrl": "http://127.0.0.1:26657/metrics",
              "abciAddress": "tcp://127.0.0.1:26670", "container": "mysticeti-node0",
              "ssh": { "host": "10.0.0.1", "port": 2222, "user": "ubuntu", "privateKeyPath": "~/.ssh/id_ed25519", "new": 1 } } ],
          "monitoring": { "prometheusUrl": "http://127.0.0.1:9090", "grafanaUrl": null }, "costPerHourUsd": 1.25 }
        """;

    [Fact]
    public void Every_field_of_the_contract_is_read()
    {
        var network = NetworkOutputs.Parse(Contract, "x");
        Assert.Equal(("local", "local", "docker", "mysticeti", 1, 1.25), (network.Name, network.Type, network.Provider, network.Flavor, network.CommitteeSize, network.CostPerHourUsd));
        Assert.Equal(new MonitoringOutput(new Uri("http://127.0.0.1:9090"), null), network.Monitoring);
        Assert.Equal(
            new NodeOutput
            {
                Index = 0,
                Name = "mysticeti-node0",
                Region = "local",
                Host = "127.0.0.1",
                RpcUrl = new Uri("http://127.0.0.1:26657"),
                MetricsUrl = new Uri("http://127.0.0.1:26657/metrics"),
                AbciAddress = "tcp://127.0.0.1:26670",
                Container = "mysticeti-node0",
                Ssh = new SshOutput("10.0.0.1", 2222, "ubuntu", "~/.ssh/id_ed25519"),
            },
            Assert.Single(network.Nodes));
    }

    [Fact]
    public void The_written_names_are_the_contracts()
    {
        var written = JsonNode.Parse(NetworkOutputs.Parse(Contract, "x").ToJson())!.AsObject();
        var contract = JsonNode.Parse(Contract)!.AsObject();
        contract.Remove("futureField");
        contract.At("nodes", 0)["ssh"]!.AsObject().Remove("new");
        Assert.True(JsonNode.DeepEquals(contract, written), written.ToJsonString());
    }

    [Fact]
    public void The_whole_stack_output_is_read_too()
    {
        var whole = $$"""{ "network": {{Contract}}, "endpoints": ["http://127.0.0.1:26657"], "key": "[secret]" }""";
        Assert.Equal(NetworkOutputs.Parse(Contract, "x"), NetworkOutputs.Parse(whole, "x"));
    }

    [Fact]
    public void What_is_written_is_read_again() => Prop.ForAll(Networks().ToArbitrary(), network => NetworkOutputs.Parse(network.ToJson(), "x").Equals(network)).QuickCheckThrowOnFailure();

    [Fact]
    public void Nodes_come_by_index_whatever_their_order_in_the_file()
    {
        var reversed = Samples.Outputs(json => json["nodes"] = new JsonArray([.. json["nodes"]!.AsArray().Reverse().Select(node => node!.DeepClone())]));
        Assert.Equal([0, 1, 2, 3], NetworkOutputs.Parse(reversed, "x").Nodes.Select(node => node.Index));
    }

    [Theory]
    [InlineData("schemaVersion")]
    [InlineData("name")]
    [InlineData("type")]
    [InlineData("flavor")]
    [InlineData("committeeSize")]
    [InlineData("nodes")]
    public void A_missing_required_field_is_named(string field)
    {
        AssertError($"{field} is missing", json => json.Remove(field));
        AssertError($"{field} is missing", json => json[field] = null);
    }

    [Theory]
    [InlineData("index")]
    [InlineData("name")]
    [InlineData("rpcUrl")]
    public void A_missing_required_field_of_a_node_is_named(string field) =>
        AssertError($"nodes[2].{field} is missing", json => json.At("nodes", 2).Remove(field));

    [Fact]
    public void Inside_a_stack_output_the_path_starts_at_network()
    {
        var whole = $$"""{ "network": {{Samples.Outputs(json => json.At("nodes", 2).Remove("rpcUrl"))}} }""";
        Assert.Equal("o.json: network.nodes[2].rpcUrl is missing", Samples.ErrorOf(() => NetworkOutputs.Parse(whole, "o.json")));
    }

    [Fact]
    public void All_other_fields_may_be_absent_or_null()
    {
        var bare = Samples.Outputs(json =>
        {
            foreach (var name in (string[])["provider", "monitoring", "costPerHourUsd"]) json.Remove(name);
            foreach (var node in json["nodes"]!.AsArray())
                foreach (var name in (string[])["region", "host", "metricsUrl", "abciAddress", "container", "ssh"]) node!.AsObject().Remove(name);
            json.At("nodes", 1)["host"] = null;
        });
        var network = NetworkOutputs.Parse(bare, "x");
        Assert.Equal("127.0.0.1", network.Nodes[1].Host);
        Assert.Null(network.Nodes[1].MetricsUrl);
        Assert.Equal("unknown", network.Provider);
    }

    [Theory]
    [InlineData("schemaVersion", 2, "schemaVersion is 2; it must be a whole number from 1 to 1")]
    [InlineData("name", 7, "name is a number; it must be a string")]
    [InlineData("committeeSize", 5, "committeeSize is 5, but nodes has 4 entries")]
    [InlineData("committeeSize", "4", "committeeSize is a string; it must be a number")]
    [InlineData("committeeSize", 0, "committeeSize is 0; it must be a whole number from 1")]
    [InlineData("flavor", "bitcoin", "flavor is 'bitcoin'; it must be one of mysticeti, cometbft, scalarorg")]
    [InlineData("nodes", "none", "nodes is a string; it must be an array")]
    [InlineData("nodes", "[secret]", "nodes is a Pulumi secret")]
    [InlineData("costPerHourUsd", -1, "costPerHourUsd is -1; it must not be negative")]
    public void A_wrong_field_is_named(string field, object value, string expected) => AssertError(expected, json => json[field] = JsonValue.Create(value));

    [Theory]
    [InlineData("index", 1, "nodes[2].index is 1, which nodes[1] has too")]
    [InlineData("index", 4, "nodes[2].index is 4; it must be from 0 to 3")]
    [InlineData("index", -1, "nodes[2].index is -1; it must be a whole number from 0")]
    [InlineData("rpcUrl", "localhost:26657", "nodes[2].rpcUrl is 'localhost:26657'; it must be an http:// or https:// URL")]
    [InlineData("rpcUrl", "ftp://localhost", "nodes[2].rpcUrl is 'ftp://localhost'; it must be")]
    [InlineData("rpcUrl", "", "nodes[2].rpcUrl is empty")]
    [InlineData("rpcUrl", "[secret]", "nodes[2].rpcUrl is a Pulumi secret")]
    [InlineData("metricsUrl", "metrics", "nodes[2].metricsUrl is 'metrics'; it must be")]
    [InlineData("ssh", "ubuntu@host", "nodes[2].ssh is a string; it must be an object")]
    public void A_wrong_field_of_a_node_is_named(string field, object value, string expected) =>
        AssertError(expected, json => json.At("nodes", 2)[field] = JsonValue.Create(value));

    [Theory]
    [InlineData("""{"network": "[secret]"}""")]
    [InlineData("""{"network": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:abc"}}""")]
    public void A_secret_network_is_explained(string json) => Assert.StartsWith(
        "o.json: network is a Pulumi secret: no secret may flow into the network output", Samples.ErrorOf(() => NetworkOutputs.Parse(json, "o.json")), StringComparison.Ordinal);

    [Theory]
    [InlineData("", "o.json: is not JSON")]
    [InlineData("null", "o.json: is null; it must be an object")]
    [InlineData("{}", "o.json: has no outputs, not even network: is the stack up?")]
    [InlineData("""{"endpoints": []}""", "o.json: schemaVersion is missing")]
    public void What_is_no_output_at_all_is_said_to_be_so(string json, string expected) =>
        Assert.StartsWith(expected, Samples.ErrorOf(() => NetworkOutputs.Parse(json, "o.json")), StringComparison.Ordinal);

    [Fact]
    public void A_file_is_read_and_one_that_cannot_be_is_named()
    {
        using var directory = new ScratchDirectory();
        File.WriteAllText(directory["o.json"], Contract);
        Assert.Equal("local", NetworkOutputs.Load(directory["o.json"]).Name);
        Assert.Equal($"cannot read outputs file '{directory["none"]}': there is no such file", Samples.ErrorOf(() => NetworkOutputs.Load(directory["none"])));
    }

    private static void AssertError(string expected, Action<JsonObject> change) =>
        Assert.StartsWith($"o.json: {expected}", Samples.ErrorOf(() => NetworkOutputs.Parse(Samples.Outputs(change), "o.json")), StringComparison.Ordinal);

    private static Gen<NetworkOutputs> Networks()
    {
        var word = Gen.Elements("a", "eu-west-1", "with space", "\"quoted\"", "ünïcode", "line\nbreak");
        var maybeWord = Gen.OneOf(Gen.Constant<string?>(null), word.Select(text => (string?)text));
        var maybeUrl = Gen.Elements<Uri?>(null, new Uri("http://host:1"), new Uri("https://[::1]:2/path?q=1&r=<2>"));
        var ssh = from user in word from port in Gen.Choose(1, 65535) from key in maybeWord from some in Gen.Elements(true, false)
                  select some ? new SshOutput("10.0.0.1", port, user, key) : null;
        var node = from name in word from region in word from metrics in maybeUrl from abci in maybeWord from container in maybeWord from login in ssh
                   select new NodeOutput { Index = 0, Name = name, Region = region, Host = "h", RpcUrl = new Uri("http://h:26657"), MetricsUrl = metrics, AbciAddress = abci, Container = container, Ssh = login };
        return from nodes in node.NonEmptyListOf()
               from name in word from provider in word from flavor in Gen.Elements("mysticeti", "cometbft", "scalarorg")
               from prometheus in maybeUrl from grafana in maybeUrl from cost in Gen.Choose(0, 10_000)
               select new NetworkOutputs
               {
                   Name = name,
                   Type = "remote",
                   Provider = provider,
                   Flavor = flavor,
                   Nodes = [.. nodes.Select((one, i) => one with { Index = i })],
                   Monitoring = new MonitoringOutput(prometheus, grafana),
                   CostPerHourUsd = cost / 7.0,
               };
    }
}
