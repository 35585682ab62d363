using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;

namespace Mysticeti.Topology.Tests;

public sealed class LaunchPlanTests
{
    [Fact]
    public void The_arguments_are_the_validators_command_line() => Assert.Equal(
        [
            "run", "--authority-index", "2", "--genesis", "/net/genesis.json", "--key", "/net/node2/key.json", "--working-directory", "/net/node2",
            "--rpc-port", "26659", "--abci-port", "26672", "--p2p-port", "26702", "--bind", "127.0.0.1",
        ],
        Samples.Plan(4).Nodes[2].Arguments);

    [Fact]
    public void The_same_inputs_give_the_same_plan()
    {
        var (one, other) = (Samples.Plan(5), Samples.Plan(5));
        Assert.Equal(one.Genesis.Hash, other.Genesis.Hash);
        Assert.Equal(one.Nodes.SelectMany(node => node.Arguments), other.Nodes.SelectMany(node => node.Arguments));
    }

    [Fact]
    public void Random_launches_differ_in_keys_and_name()
    {
        var specification = new CommitteeSpecification { Size = 4 };
        var one = LaunchPlan.Create(specification, LaunchPaths.Under("/net"), TimeProvider.System);
        var other = LaunchPlan.Create(specification, LaunchPaths.Under("/net"), TimeProvider.System);
        Assert.NotEqual(one.Genesis.DeploymentKey, other.Genesis.DeploymentKey);
        Assert.NotEqual(one.Genesis.Authorities[0].PublicKey, other.Genesis.Authorities[0].PublicKey);
    }

    [Fact]
    public void Nothing_collides_whatever_the_committee_and_the_base_port() =>
        Prop.ForAll(
            Gen.Choose(4, 40).SelectMany(n => Gen.OneOf(Gen.Constant<int?>(null), Gen.Choose(1, 65536 - (3 * n)).Select(p => (int?)p)).Select(p => (n, p))).ToArbitrary(),
            at =>
            {
                var plan = Samples.Plan(new CommitteeSpecification { Size = at.n, Ports = PortPlan.ForOneHost(at.n, at.p) });
                var ports = plan.Nodes.SelectMany(node => (string[])[node.Option("--rpc-port"), node.Option("--abci-port"), node.Option("--p2p-port")]);
                return AllDiffer(ports, 3 * at.n)
                    && AllDiffer(plan.Nodes.Select(node => node.Option("--authority-index")), at.n)
                    && AllDiffer(plan.Nodes.Select(node => node.Option("--key")), at.n)
                    && AllDiffer(plan.Nodes.Select(node => node.Option("--working-directory")), at.n)
                    && AllDiffer(plan.Nodes.Select(node => node.Name), at.n)
                    && AllDiffer(plan.Genesis.Authorities.Select(authority => authority.PeerAddress), at.n)
                    && plan.Nodes.All(node => plan.Genesis.Authorities[node.Index].PeerAddress == $"127.0.0.1:{node.PeerPort}");
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void Files_lie_where_the_arguments_say()
    {
        using var directory = new ScratchDirectory();
        var plan = Samples.Plan(new CommitteeSpecification { Size = 4 }, LaunchPaths.Under(directory.Path));
        plan.WriteFiles(directory.Path);

        foreach (var node in plan.Nodes)
        {
            Assert.Equal(plan.Genesis.Hash, Genesis.Load(node.Option("--genesis")).Hash);
            Assert.Equal(plan.Genesis.Authorities[node.Index].PublicKey, ValidatorKey.Load(node.Option("--key")).PublicKeyHex);
            Assert.Equal(node.Index, ValidatorKey.Load(node.KeyPath).AuthorityIndex);
            Assert.True(Directory.Exists(node.Option("--working-directory")));
        }
    }

    [Fact]
    public void Validators_in_containers_see_their_own_paths_hosts_and_ports_and_clients_the_published_ones()
    {
        var plan = Samples.Plan(
            new CommitteeSpecification
            {
                Name = "local",
                Size = 4,
                Hosts = [.. Enumerable.Range(0, 4).Select(i => $"172.20.0.{10 + i}")],
                Ports = PortPlan.ForOwnHosts(4),
                BindAddress = "0.0.0.0",
            },
            LaunchPaths.Alone("/mysticeti"));
        var outputs = plan.ToOutputs("local", "docker", publishedHost: "127.0.0.1", publishedPorts: PortPlan.ForOneHost(4, basePort: null));

        Assert.Equal("/mysticeti/key.json", plan.Nodes[3].Option("--key"));
        Assert.Equal("0.0.0.0", plan.Nodes[3].Option("--bind"));
        Assert.Equal("26657", plan.Nodes[3].Option("--rpc-port"));
        Assert.Equal("172.20.0.13:26700", plan.Genesis.Authorities[3].PeerAddress);
        Assert.Equal("http://127.0.0.1:26660", outputs.Nodes[3].RpcUrl.OriginalString);
        Assert.Equal("tcp://127.0.0.1:26673", outputs.Nodes[3].AbciAddress);
        Assert.Equal("mysticeti-node3", outputs.Nodes[3].Container);
    }

    [Fact]
    public void IPv6_hosts_stand_in_brackets_wherever_a_port_follows()
    {
        var plan = Samples.Plan(new CommitteeSpecification { Size = 4, Hosts = ["::1", "::1", "::1", "::1"], BindAddress = "::1" });
        Assert.Equal("[::1]:26701", plan.Genesis.Authorities[1].PeerAddress);
        Assert.Equal("http://[::1]:26658", plan.ToOutputs("embedded", "process").Nodes[1].RpcUrl.OriginalString);
        Assert.Equal("::1", plan.Nodes[1].Option("--bind"));
    }

    [Fact]
    public void The_environment_reaches_every_validator()
    {
        var environment = ImmutableSortedDictionary<string, string>.Empty.Add("MYSTICETI_LOG", "debug");
        Assert.All(Samples.Plan(new CommitteeSpecification { Size = 4, Environment = environment }).Nodes, node => Assert.Equal("debug", node.Environment["MYSTICETI_LOG"]));
    }

    [Fact]
    public void Faults_can_be_injected_only_where_that_was_asked_for()
    {
        var specification = new CommitteeSpecification { Size = 4 };
        Assert.All(Samples.Plan(specification).Nodes, node => Assert.DoesNotContain("--unsafe-fault-injection", node.Arguments));
        Assert.All(Samples.Plan(specification with { UnsafeFaultInjection = true }).Nodes, node => Assert.Contains("--unsafe-fault-injection", node.Arguments));
    }

    public static TheoryData<CommitteeSpecification, string> WrongSpecifications => new()
    {
        { new() { Size = 3 }, "committee size 3 is too small: a committee needs at least 4 validators: 3f+1 with f = 1" },
        { new() { Size = 0 }, "committee size 0 is too small" },
        { new() { Size = -1 }, "committee size -1 is too small" },
        { new() { Size = 201 }, "committee size 201 is too large: at most 200" },
        { new() { Size = 4, Name = "Two Words" }, "network name 'Two Words' is wrong" },
        { new() { Size = 4, BindAddress = "localhost" }, "bind address 'localhost' is not an IP address" },
        { new() { Size = 4, Hosts = ["a", "b"] }, "2 hosts were given for 4 validators" },
        { new() { Size = 4, Hosts = ["a", "b", "c", "d e"] }, "host 'd e' of validator 3" },
        { new() { Size = 4, Regions = ["a", "b", "c", ""] }, "one of the regions is empty" },
        { new() { Size = 4, Ports = PortPlan.ForOneHost(5, basePort: null) }, "the port plan is for 5 validators, not 4" },
        { new() { Size = 4, Ports = PortPlan.ForOwnHosts(4) }, "validators 0 and 1 would both listen on 127.0.0.1:26657" },
        { new() { Size = 4, Consensus = new() { LeadersPerRound = 5 } }, "consensus parameter LeadersPerRound is 5; it must be from 1 to 4" },
    };

    [Theory]
    [MemberData(nameof(WrongSpecifications))]
    public void A_wrong_specification_is_refused_in_one_line(CommitteeSpecification specification, string expected) =>
        Assert.StartsWith(expected, Samples.ErrorOf(() => Samples.Plan(specification)), StringComparison.Ordinal);

    private static bool AllDiffer(IEnumerable<string> values, int count) => values.ToHashSet(StringComparer.Ordinal).Count == count;
}
