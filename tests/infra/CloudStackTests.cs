using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Mysticeti.Infra.Tests;

public sealed class CloudStackTests
{
    private const string Instance = "aws:ec2/instance:Instance", Remote = "command:remote:Command";

    private static readonly (string, string)[] Keys =
        [("sshPublicKeyPath", RecordedStack.KeyFile), ("sshPrivateKeyPath", RecordedStack.KeyFile), ("operatorCidrs", "203.0.113.7/32")];

    [Fact]
    public async Task Aws_has_an_instance_for_each_validator_dealt_out_to_the_regions()
    {
        var stack = await RecordedStack.UpAsync("aws", [("provider", "aws"), ("committee", "5"), ("regions", "us-east-1,eu-west-1"), .. Keys]);
        Assert.Equal(5, stack.Of(Instance).Length);
        Assert.Equal(["us-east-1", "eu-west-1", "us-east-1", "eu-west-1", "us-east-1"], stack.Of(Instance).Select(instance => instance.Inputs["region"]));
        Assert.Equal(["10.77.0.0/24", "10.77.1.0/24"], stack.Of("aws:ec2/vpc:Vpc").Select(vpc => vpc.Inputs["cidrBlock"]).Order());
        Assert.Equal(["us-east-1", "eu-west-1"], stack.Network.Nodes[..2].Select(node => node.Region));
        Assert.Equal(("remote", "aws", 0.465), (stack.Network.Type, stack.Network.Provider, Math.Round(stack.Network.CostPerHourUsd, 6)));
        Assert.All(stack.Network.Nodes, node => Assert.Equal(("ubuntu", RecordedStack.KeyFile, node.Host), (node.Ssh!.User, node.Ssh.PrivateKeyPath, node.Ssh.Host)));
        Assert.False(stack.NetworkIsSecret);
    }

    [Fact]
    public async Task Aws_instances_end_themselves_and_carry_no_key_in_their_user_data()
    {
        var stack = await RecordedStack.UpAsync("aws", [("provider", "aws"), ("ttlHours", "3"), .. Keys]);
        foreach (var instance in stack.Of(Instance).Select(instance => instance.Inputs))
        {
            Assert.Equal("terminate", instance["instanceInitiatedShutdownBehavior"]);
            var userData = (string)instance["userData"];
            Assert.StartsWith("#!/bin/sh", userData, StringComparison.Ordinal);
            Assert.Contains("+3 hours", userData, StringComparison.Ordinal);
            Assert.DoesNotContain("key", userData, StringComparison.Ordinal);
            Assert.Equal("aws", Assert.IsType<ImmutableDictionary<string, object>>(instance["tags"])["mysticeti:stack"]);
            Assert.Equal("required", Assert.IsType<ImmutableDictionary<string, object>>(instance["metadataOptions"])["httpTokens"]);
        }

        // Everything that can be tagged is, so that a sweep finds what a failed destroy has left.
        Assert.All(
            stack.Resources.Where(resource => resource.Type!.StartsWith("aws:", StringComparison.Ordinal) && !resource.Type!.Contains("Association", StringComparison.Ordinal)),
            resource => Assert.True(resource.Inputs.ContainsKey("tags"), resource.Name));
    }

    [Fact]
    public async Task Aws_opens_ssh_and_rpc_to_operators_and_peers_to_the_committee_and_nothing_to_the_world()
    {
        var stack = await RecordedStack.UpAsync("aws", [("provider", "aws"), .. Keys]);
        var rules = RecordedStack.List(Assert.Single(stack.Of("aws:ec2/securityGroup:SecurityGroup")).Inputs["ingress"]);
        Assert.Equal([22.0, 26657.0, 26700.0], rules.Select(rule => rule["fromPort"]));
        var peers = stack.Network.Nodes.Select(node => $"{node.Host}/32").ToArray();
        foreach (var rule in rules)
        {
            var from = Assert.IsType<ImmutableArray<object>>(rule["cidrBlocks"]).Cast<string>();
            Assert.Equal(rule["fromPort"] is 26700.0 ? peers : ["203.0.113.7/32"], from);
            Assert.Equal(rule["fromPort"], rule["toPort"]);
        }
    }

    [Theory]
    [InlineData("c6i.large", "amd64", "x64")]
    [InlineData("c7g.large", "arm64", "arm64")]
    public async Task The_image_is_built_for_the_instances_processor(string type, string platform, string runtime)
    {
        var stack = await RecordedStack.UpAsync("aws", [("provider", "aws"), ("instanceType", type), .. Keys]);
        var image = stack.Inputs("validator-image");
        var build = Assert.IsType<ImmutableDictionary<string, object>>(image["build"]);
        Assert.Equal(("..", $"linux/{platform}", $"mysticeti-validator:local-{runtime}"), (build["context"], build["platform"], image["imageName"]));
        Assert.True(File.Exists(SourceTree.PathOf("infra", (string)build["dockerfile"])));
        // What is saved is what was built, and what hosts run is what they get.
        Assert.Contains($"docker save mysticeti-validator:local-{runtime} ", (string)stack.Inputs("image-archive")["create"], StringComparison.Ordinal);
        Assert.Contains($" mysticeti-validator:local-{runtime} run ", (string)stack.Inputs("mysticeti-node0-start")["create"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_host_is_prepared_gets_genesis_its_own_key_and_the_image_and_is_started()
    {
        var stack = await RecordedStack.UpAsync("aws", [("provider", "aws"), .. Keys]);
        Assert.Equal(4 * 4, stack.Of(Remote).Length);
        Assert.Equal(4, stack.Of("command:remote:CopyToRemote").Length);
        Assert.Equal("/opt/mysticeti/aws/image.tar", stack.Inputs("mysticeti-node2-image")["remotePath"]);
        var key = stack.Inputs("mysticeti-node2-key");
        Assert.Equal("key 2", RecordedStack.Text(key["stdin"]));
        Assert.Contains("umask 077", (string)key["create"], StringComparison.Ordinal);
        Assert.Equal("none", key["logging"]);
        var start = stack.Inputs("mysticeti-node2-start");
        Assert.Contains("--authority-index 2", (string)start["create"], StringComparison.Ordinal);
        Assert.Equal(stack.Network.Nodes[2].Host, Assert.IsType<ImmutableDictionary<string, object>>(start["connection"])["host"]);
        Assert.DoesNotContain(stack.Of(Remote), command => command.Inputs.ContainsKey("delete"));
    }

    [Theory]
    [InlineData("aws", Instance, "aws:ec2/securityGroup:SecurityGroup")]
    [InlineData("vultr", "vultr:index/instance:Instance", "vultr:index/firewallGroup:FirewallGroup")]
    public async Task Monitoring_has_an_instance_of_its_own_that_alone_may_ask_the_validators_and_is_open_to_operators(string provider, string instance, string firewall)
    {
        var stack = await RecordedStack.UpAsync(provider, [("provider", provider), ("monitoring", "true"), .. Keys]);
        Assert.Equal(5, stack.Of(instance).Length);
        Assert.Equal(2, stack.Of(firewall).Length);
        var host = stack.Network.Monitoring.GrafanaUrl!.Host;
        Assert.Equal(($"http://{host}:3000", $"http://{host}:9090"), (stack.Network.Monitoring.GrafanaUrl.OriginalString, stack.Network.Monitoring.PrometheusUrl!.OriginalString));
        Assert.DoesNotContain(host, stack.Network.Nodes.Select(node => node.Host));

        var start = stack.Inputs("mysticeti-monitoring-start");
        Assert.Equal(host, Assert.IsType<ImmutableDictionary<string, object>>(start["connection"])["host"]);
        var files = Regex.Matches((string)start["create"], "printf %s ([A-Za-z0-9+/=]+)").Select(match => RecordedStack.Text(match.Groups[1].Value)).ToArray();
        Assert.All(stack.Network.Nodes, node => Assert.Contains($"targets: [\"{node.Host}:26657\"]", files[0], StringComparison.Ordinal));

        // Who may reach which port; RPC is the operators' and the watching instance's.
        (double Port, string From)[] open = provider == "aws"
            ? [.. stack.Of(firewall).SelectMany(group => RecordedStack.List(group.Inputs["ingress"])).SelectMany(rule => Assert.IsType<ImmutableArray<object>>(rule["cidrBlocks"]).Select(from => ((double)rule["fromPort"], (string)from)))]
            : [.. stack.Of("vultr:index/firewallRule:FirewallRule").Select(rule => (double.Parse((string)rule.Inputs["port"], provider: null), $"{rule.Inputs["subnet"]}/{rule.Inputs["subnetSize"]}"))];
        Assert.Equal(["203.0.113.7/32", $"{host}/32"], open.Where(rule => rule.Port is 26657).Select(rule => rule.From).Order(StringComparer.Ordinal).Reverse());
        Assert.All(open.Where(rule => rule.Port is 22 or 3000 or 9090), rule => Assert.Equal("203.0.113.7/32", rule.From));
        Assert.Equal(5.0 / 4, stack.Network.CostPerHourUsd / (await RecordedStack.UpAsync(provider, [("provider", provider), .. Keys])).Network.CostPerHourUsd, 6);
    }

    [Fact]
    public async Task Parameters_are_put_beside_the_genesis_of_each_host()
    {
        var stack = await RecordedStack.UpAsync("vultr", [("provider", "vultr"), ("parameters", ParametersFile()), .. Keys]);
        var put = stack.Inputs("mysticeti-node3-parameters");
        Assert.Contains(">/opt/mysticeti/vultr/parameters.json", (string)put["create"], StringComparison.Ordinal);
        Assert.Contains("mempoolTransactions", RecordedStack.Text(put["stdin"]), StringComparison.Ordinal);
        Assert.Contains("--parameters /mysticeti/parameters.json", (string)stack.Inputs("mysticeti-node3-start")["create"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vultr_opens_its_firewall_to_operators_and_to_the_committee_only()
    {
        var stack = await RecordedStack.UpAsync("vultr", [("provider", "vultr"), ("regions", "ewr,fra"), .. Keys]);
        var instances = stack.Of("vultr:index/instance:Instance");
        Assert.Equal(["ewr", "fra", "ewr", "fra"], instances.Select(instance => instance.Inputs["region"]));
        Assert.All(instances, instance => Assert.Equal((2284.0, "vc2-2c-4gb"), (instance.Inputs["osId"], instance.Inputs["plan"])));
        Assert.All(instances, instance => Assert.Contains("mysticeti-stack-vultr", Assert.IsType<ImmutableArray<object>>(instance.Inputs["tags"])));

        var rules = stack.Of("vultr:index/firewallRule:FirewallRule").Select(rule => rule.Inputs).ToArray();
        Assert.Equal(2 + 4, rules.Length);
        Assert.All(rules.Where(rule => rule["port"] is not "26700"), rule => Assert.Equal("203.0.113.7", rule["subnet"]));
        Assert.Equal(stack.Network.Nodes.Select(node => node.Host).Order(), rules.Where(rule => rule["port"] is "26700").Select(rule => (string)rule["subnet"]).Order());
        Assert.All(rules, rule => Assert.Equal(32.0, rule["subnetSize"]));
        Assert.Equal("root", stack.Network.Nodes[0].Ssh!.User);
    }

    [Fact]
    public async Task Hosts_that_are_there_already_are_left_as_they_were()
    {
        var stack = await RecordedStack.UpAsync(
            "hosts", ("provider", "hosts"), ("sshPrivateKeyPath", RecordedStack.KeyFile), ("hosts", "a@10.0.0.1, a@10.0.0.2:2222, b@10.0.0.3, a@ten.example"));
        Assert.Equal(["10.0.0.1", "10.0.0.2", "10.0.0.3", "ten.example"], stack.Network.Nodes.Select(node => node.Host));
        Assert.Equal((2222, "b"), (stack.Network.Nodes[1].Ssh!.Port, stack.Network.Nodes[2].Ssh!.User));
        Assert.Equal(("ssh", 0.0), (stack.Network.Provider, stack.Network.CostPerHourUsd));
        foreach (var index in Enumerable.Range(0, 4))
            Assert.Contains("rm -rf /opt/mysticeti/hosts", (string)stack.Inputs($"mysticeti-node{index}-prepare")["delete"], StringComparison.Ordinal);
        Assert.Contains("--peers 10.0.0.1:26700,10.0.0.2:26700,10.0.0.3:26700,ten.example:26700", (string)stack.Inputs("genesis")["create"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_keys_that_are_known_are_checked_at_every_log_in()
    {
        string[] keys = [.. Enumerable.Range(0, 4).Select(i => $"ssh-ed25519 AAA{i}")];
        var stack = await RecordedStack.UpAsync(
            "hosts", ("provider", "hosts"), ("sshPrivateKeyPath", RecordedStack.KeyFile), ("hosts", "a@b0,a@b1,a@b2,a@b3"), ("sshHostKeys", string.Join(", ", keys)));
        foreach (var index in Enumerable.Range(0, 4))
        {
            var commands = stack.Resources.Where(resource => resource.Type!.StartsWith("command:remote:", StringComparison.Ordinal) && resource.Name!.StartsWith($"mysticeti-node{index}-", StringComparison.Ordinal)).ToArray();
            Assert.NotEmpty(commands);
            Assert.All(commands, command => Assert.Equal(keys[index], Assert.IsType<ImmutableDictionary<string, object>>(command.Inputs["connection"])["hostKey"]));
        }
    }

    [Fact]
    public async Task What_the_configuration_gets_wrong_stops_the_preview()
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => RecordedStack.UpAsync("local", ("provider", "docker"), ("committee", "3")));
        Assert.Contains("mysticeti:committee is '3'", error.ToString(), StringComparison.Ordinal);
    }

    private static string ParametersFile()
    {
        var path = Path.Combine(Path.GetTempPath(), "mysticeti-infra-tests-parameters.json");
        File.WriteAllText(path, """{"mempoolTransactions":7}""");
        return path;
    }
}
