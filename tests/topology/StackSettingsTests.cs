using Mysticeti.Topology.Cloud;

namespace Mysticeti.Topology.Tests;

public sealed class StackSettingsTests : IDisposable
{
    private readonly string _key = Path.GetTempFileName();

    public void Dispose() => File.Delete(_key);

    [Fact]
    public void Defaults_are_what_the_documented_keys_say()
    {
        var settings = Read(("provider", "docker"));
        Assert.Equal(("local", 4, "mysticeti", "mysticeti-validator:local", "172.20.0.0/16", 0m), (settings.Name, settings.Committee, settings.Flavor, settings.Image, settings.Subnet, settings.HourlyUsd));
        var cloud = Cloud(("provider", "vultr"));
        Assert.Equal(("ewr", "vc2-2c-4gb", 8, 2m), (Assert.Single(cloud.Regions), cloud.InstanceType, cloud.TtlHours, cloud.MaxHourlyUsd));
    }

    [Theory]
    [InlineData("provider=aws", "x64")]
    [InlineData("provider=aws;instanceType=c7g.large", "arm64")]
    [InlineData("provider=vultr", "x64")]
    public void Hosts_run_the_image_that_was_built_for_their_processor_or_else_the_one_that_is_named(string keys, string architecture)
    {
        (string, string)[] configuration = [.. keys.Split(';').Select(key => key.Split('=')).Select(parts => (parts[0], parts[1]))];
        var built = HostPlan.Create(Cloud(configuration));
        Assert.Equal($"mysticeti-validator:local-{architecture}", built.Script(built.Nodes[0]).Image);
        var named = HostPlan.Create(Cloud([.. configuration, ("image", "registry.example/validator:1")]));
        Assert.Equal("registry.example/validator:1", named.Script(named.Nodes[0]).Image);
    }

    [Theory]
    [InlineData("provider is missing", "")]
    [InlineData("provider is 'azure'; it must be one of docker, aws, vultr, hosts", "provider=azure")]
    [InlineData("committee is '3'; it must be a whole number from 4 to 200", "provider=docker;committee=3")]
    [InlineData("committee is 'many'", "provider=docker;committee=many")]
    [InlineData("basePort: base port 65530 leaves no room", "provider=docker;basePort=65530")]
    [InlineData("basePort: base port 65000 leaves no room: 200 validators need 600 ports", "provider=docker;committee=200;basePort=65000")]
    [InlineData("subnet: subnet 172.20.0.0/29 is too small", "provider=docker;subnet=172.20.0.0/29")]
    [InlineData("subnet: subnet '172.20.0.1/16' is no IPv4 network", "provider=docker;subnet=172.20.0.1/16")]
    [InlineData("flavor is 'geth'", "provider=docker;flavor=geth")]
    [InlineData("image is missing: flavor scalarorg", "provider=docker;flavor=scalarorg")]
    [InlineData("memoryMb is '1'", "provider=docker;memoryMb=1")]
    [InlineData("monitoring is 'yes'", "provider=docker;monitoring=yes")]
    [InlineData("operatorCidrs is missing", "provider=aws")]
    [InlineData("operatorCidrs is '0.0.0.0/0'; it must be narrower", "provider=aws;operatorCidrs=0.0.0.0/0")]
    [InlineData("operatorCidrs is 'home'", "provider=vultr;operatorCidrs=home")]
    [InlineData("regions is 'mars-1'; it must be one of us-east-1", "provider=aws;regions=mars-1")]
    [InlineData("regions is 'us-east-1'; it must be one of ewr", "provider=vultr;regions=us-east-1")]
    [InlineData("regions names a region twice", "provider=aws;operatorCidrs=10.0.0.1/32;regions=us-east-1,us-east-1")]
    [InlineData("instanceType is 'huge'; it must be one whose price is known here", "provider=aws;instanceType=huge")]
    [InlineData("subnet: 10.77.0.0/24 does not hold 2 networks", "provider=aws;operatorCidrs=10.0.0.1/32;regions=us-east-1,eu-west-1;subnet=10.77.0.0/24")]
    [InlineData("ttlHours is '0'", "provider=aws;operatorCidrs=10.0.0.1/32;ttlHours=0")]
    [InlineData("sshPublicKeyPath: there is no file '/none'", "provider=aws;operatorCidrs=10.0.0.1/32;sshPublicKeyPath=/none")]
    [InlineData("more than mysticeti:maxHourlyUsd 0.10", "provider=aws;operatorCidrs=10.0.0.1/32;maxHourlyUsd=0.10;keys")]
    [InlineData("hosts names 2 machines and mysticeti:committee is 4", "provider=hosts;hosts=a@b,a@c;keys")]
    [InlineData("hosts names b twice", "provider=hosts;hosts=a@b,a@c,a@d,a@b:2022;keys")]
    [InlineData("hosts is 'b'; it must be user@host", "provider=hosts;hosts=b;keys")]
    [InlineData("regions: region 'mars-1' is not known", "provider=docker;regions=us-east-1,mars-1")]
    [InlineData("parameters: cannot read parameters file '/none'", "provider=docker;parameters=/none")]
    [InlineData("services is 'true'; it must be false, unless the provider is docker", "provider=hosts;services=true;keys;hosts=a@b,a@c,a@d,a@e")]
    [InlineData("subnet: subnet 172.20.0.0/28 is too small: 8 containers", "provider=docker;services=true;subnet=172.20.0.0/28")]
    [InlineData("basePort is '9085'; it must be one that leaves 9090, 9091 to", "provider=docker;services=true;basePort=9085")]
    [InlineData("monitoring is 'true'; it must be false where the provider is hosts", "provider=hosts;monitoring=true;keys;hosts=a@b,a@c,a@d,a@e")]
    [InlineData("sshHostKeys has 1 keys for 4 machines", "provider=hosts;keys;hosts=a@b,a@c,a@d,a@e;sshHostKeys=ssh-ed25519 AAAA")]
    [InlineData("sshHostKeys is 'AAAA'; it must be a type and a key", "provider=hosts;keys;hosts=a@b,a@c,a@d,a@e;sshHostKeys=AAAA,x AAAA,x AAAA,x AAAA")]
    [InlineData("more than mysticeti:maxHourlyUsd 0.40", "provider=aws;operatorCidrs=10.0.0.1/32;maxHourlyUsd=0.40;monitoring=true;keys")]
    [InlineData("parameters is 'mine.json'; it must be absolute", "provider=docker;parameters=mine.json")]
    [InlineData("regions is 'us-east-1'; it must be left out", "provider=docker;flavor=cometbft;image=c;regions=us-east-1")]
    public void A_wrong_value_is_named_with_what_would_be_right(string expected, string settings)
    {
        var error = Assert.Throws<TopologyException>(() => Read([.. settings.Split(';', StringSplitOptions.RemoveEmptyEntries).SelectMany(Setting)]));
        Assert.StartsWith($"mysticeti:{expected}", expected.StartsWith("more", StringComparison.Ordinal) ? $"mysticeti:{error.Message[error.Message.IndexOf("more", StringComparison.Ordinal)..]}" : error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_nobody_reads_is_named()
    {
        StackSettings.CheckKeys(["aws:region", "mysticeti:committee"]);
        var error = Assert.Throws<TopologyException>(() => StackSettings.CheckKeys(["mysticeti:comittee"]));
        Assert.StartsWith("mysticeti:comittee is not known; the keys are basePort, committee", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Hosts_come_from_the_environment_where_no_key_names_them()
    {
        var environment = Enumerable.Range(0, 4).ToDictionary(i => $"MYSTICETI_NODE{i}_HOST", i => $"10.0.0.{i}");
        foreach (var i in Enumerable.Range(0, 4)) environment[$"MYSTICETI_NODE{i}_SSH_KEY"] = _key;
        var settings = StackSettings.Read("hosts", key => key == "provider" ? "hosts" : null, environment);
        Assert.Equal(["10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3"], settings.Hosts.Select(host => host.Host));
        Assert.All(settings.Hosts, host => Assert.Equal("ubuntu", host.SshUser));
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public void Validators_can_be_made_to_misbehave_only_where_that_was_asked_for(string asked)
    {
        var containers = Read(("provider", "docker"), ("unsafeFaultInjection", asked)).ContainerPlan();
        var hosts = HostPlan.Create(Cloud(("provider", "aws"), ("unsafeFaultInjection", asked)));
        Assert.All(containers.Nodes.Concat(hosts.Nodes), node => Assert.Equal(asked == "true", node.Arguments.Contains("--unsafe-fault-injection")));
    }

    [Fact]
    public void Parameters_reach_every_validator_wherever_it_is_hosted()
    {
        File.WriteAllText(_key, """{"mempoolTransactions":7}""");
        var containers = Read(("provider", "docker"), ("parameters", _key), ("regions", "us-east-1,eu-west-1")).ContainerPlan();
        Assert.Equal("""{"mempoolTransactions":7,"wan":{}}""", containers.Parameters?.ToString());
        Assert.Equal(["us-east-1", "eu-west-1", "us-east-1", "eu-west-1"], containers.Nodes.Select(node => node.Region));
        Assert.All(containers.Nodes, node => Assert.Equal("/network/parameters.json", node.Option("--parameters")));
        var hosts = HostPlan.Create(Cloud(("provider", "aws"), ("parameters", _key)));
        Assert.All(hosts.Nodes, node => Assert.Equal("/mysticeti/parameters.json", node.Option("--parameters")));
        Assert.Equal("/opt/mysticeti/local/parameters.json", hosts.Script(hosts.Nodes[0]).ParametersPath);
    }

    [Fact]
    public void A_price_of_ones_own_stands_in_for_the_list()
    {
        var settings = Cloud(("provider", "aws"), ("instanceType", "u7i"), ("instanceUsd", "0.25"), ("committee", "7"));
        Assert.Equal(1.75m, settings.HourlyUsd);
    }

    [Fact]
    public void Every_key_that_a_stack_file_has_is_known()
    {
        var files = Directory.GetFiles(SourceTree.Root, "Pulumi.*.yaml");
        Assert.Equal(["Pulumi.aws.yaml", "Pulumi.hosts.yaml", "Pulumi.local.yaml", "Pulumi.vultr.yaml"], files.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        var keys = files.SelectMany(File.ReadLines).Select(line => line.Trim(' ', '#')).Where(line => line.StartsWith("mysticeti:", StringComparison.Ordinal)).Select(line => line.Split(':')[1]);
        Assert.Empty(keys.Except(StackSettings.Keys.Keys));
        Assert.Empty(StackSettings.Keys.Keys.Except(keys));
    }

    [Fact]
    public void Hosts_of_a_plan_keep_their_own_files_and_names()
    {
        var plan = HostPlan.Create(Cloud(("provider", "aws"), ("regions", "us-east-1,eu-west-1")));
        Assert.Equal(["us-east-1", "eu-west-1", "us-east-1", "eu-west-1"], plan.Nodes.Select(node => node.Region));
        var script = plan.Script(plan.Nodes[1]);
        Assert.Equal(("/opt/mysticeti/local/key.json", 8), (script.KeyPath, script.TtlHours));
        var outputs = plan.Outputs(["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"]);
        Assert.Equal(outputs, NetworkOutputs.Parse(outputs.ToJson(), "test"));
        Assert.Equal(("http://192.0.2.2:26657", "ubuntu"), (outputs.Nodes[1].RpcUrl.OriginalString, outputs.Nodes[1].Ssh!.User));
    }

    private StackSettings Cloud(params (string, string)[] settings) =>
        Read([("operatorCidrs", "203.0.113.7/32"), ("sshPublicKeyPath", _key), ("sshPrivateKeyPath", _key), .. settings]);

    private (string, string)[] Setting(string text) => text == "keys"
        ? [("sshPublicKeyPath", _key), ("sshPrivateKeyPath", _key)]
        : [(text.Split('=')[0], text.Split('=')[1])];

    private static StackSettings Read(params (string Key, string Value)[] settings) => StackSettings.Read(
        "local", key => settings.Where(setting => setting.Key == key).Select(setting => setting.Value).FirstOrDefault(), new Dictionary<string, string>());
}
