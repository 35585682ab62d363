namespace Mysticeti.Infra.Tests;

/// <summary>
/// What the stacks hand to the providers, held against what these take: the names in the providers' published schemas of every input that is used
/// here, and those that are required.
/// </summary>
public sealed class SchemaTests
{
    // type: required inputs | others that are used
    private const string Known = """
        docker:index/network:Network: | name driver ipamConfigs labels
        docker:index/volume:Volume: | name labels
        docker:index/image:Image: imageName | build buildOnPreview skipPush
        docker:index/remoteImage:RemoteImage: name | keepLocally
        docker:index/container:Container: image | name hostname restart networksAdvanced ports labels logDriver logOpts destroyGraceSeconds memory memorySwap cpus command envs capabilities volumes uploads healthcheck user readOnly tmpfs securityOpts networkMode entrypoints attach mustRun wait waitTimeout
        command:local:Command: | create triggers logging
        command:remote:Command: connection | create delete triggers stdin logging
        command:remote:CopyToRemote: connection source remotePath | triggers
        aws:ec2/eip:Eip: | region domain tags
        aws:ec2/eipAssociation:EipAssociation: | region instanceId allocationId
        aws:ec2/vpc:Vpc: | region cidrBlock enableDnsSupport tags
        aws:ec2/subnet:Subnet: vpcId | region cidrBlock tags
        aws:ec2/internetGateway:InternetGateway: | region vpcId tags
        aws:ec2/routeTable:RouteTable: vpcId | region routes tags
        aws:ec2/routeTableAssociation:RouteTableAssociation: routeTableId | region subnetId
        aws:ec2/securityGroup:SecurityGroup: | region vpcId description ingress egress tags
        aws:ec2/keyPair:KeyPair: publicKey | region keyName tags
        aws:ec2/instance:Instance: | region ami instanceType subnetId vpcSecurityGroupIds keyName associatePublicIpAddress userData instanceInitiatedShutdownBehavior metadataOptions rootBlockDevice tags
        vultr:index/sSHKey:SSHKey: sshKey | name
        vultr:index/firewallGroup:FirewallGroup: | description
        vultr:index/firewallRule:FirewallRule: firewallGroupId ipType protocol subnet subnetSize | port
        vultr:index/instance:Instance: plan region | osId label hostname sshKeyIds firewallGroupId userData backups tags
        """;

    [Fact]
    public async Task No_stack_hands_over_an_unknown_input_or_leaves_out_a_required_one()
    {
        (string, string)[] keys = [("sshPublicKeyPath", RecordedStack.KeyFile), ("sshPrivateKeyPath", RecordedStack.KeyFile), ("operatorCidrs", "203.0.113.7/32")];
        RecordedStack[] stacks =
        [
            await RecordedStack.UpAsync("local", ("provider", "docker"), ("services", "true"), ("memoryMb", "512"), ("cpus", "2")),
            await RecordedStack.UpAsync("aws", [("provider", "aws"), ("monitoring", "true"), .. keys]),
            await RecordedStack.UpAsync("vultr", [("provider", "vultr"), ("monitoring", "true"), .. keys]),
            await RecordedStack.UpAsync("hosts", ("provider", "hosts"), ("sshPrivateKeyPath", RecordedStack.KeyFile), ("hosts", "a@10.0.0.1,a@10.0.0.2,a@10.0.0.3,a@10.0.0.4")),
        ];
        var known = Known.Split('\n').Select(line => line.Split(": ")).ToDictionary(parts => parts[0], parts => parts[1].Split('|').Select(names => names.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToArray());
        var seen = new HashSet<string>();
        foreach (var resource in stacks.SelectMany(stack => stack.Resources).Where(resource => !resource.Type!.StartsWith("mysticeti:", StringComparison.Ordinal)))
        {
            Assert.True(known.TryGetValue(resource.Type!, out var names), $"{resource.Type} is not in the list");
            seen.Add(resource.Type!);
            Assert.Empty(resource.Inputs.Keys.Except(names[0].Concat(names[1])));
            Assert.Empty(names[0].Except(resource.Inputs.Keys));
        }

        Assert.Empty(known.Keys.Except(seen));
    }
}
