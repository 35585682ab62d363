namespace Mysticeti.Topology.Tests;

public sealed class GenesisFilesTests
{
    [Fact]
    public void A_committee_on_one_host_has_the_default_ports()
    {
        var specification = GenesisFiles.Specify(committee: 4, host: "10.0.0.7", name: "bench");
        Assert.Equal("bench", specification.Name);
        Assert.Equal("10.0.0.7", specification.Hosts[3]);
        Assert.Equal(new NodePorts(26660, 26673, 26703), specification.Ports!.Nodes[3]);
    }

    [Fact]
    public void A_base_port_moves_all_ports_and_zero_finds_free_ones()
    {
        Assert.Equal(new NodePorts(30000, 30004, 30008), GenesisFiles.Specify(committee: 4, basePort: 30000).Ports!.Nodes[0]);
        Assert.Equal(12, GenesisFiles.Specify(committee: 4, basePort: 0).Ports!.All().Distinct().Count());
    }

    [Fact]
    public void Validators_are_dealt_out_to_the_regions_in_turn() =>
        Assert.Equal(["a", "b", "a", "b"], Samples.Plan(GenesisFiles.Specify(committee: 4, regions: "a, b")).Genesis.Authorities.Select(authority => authority.Region));

    [Fact]
    public void Peers_keep_their_addresses_whatever_else_listens_on_their_hosts()
    {
        const string peers = "[::1]:26657,[::1]:26658,node.example:26700,node.example:26670";
        var plan = Samples.Plan(GenesisFiles.Specify(committee: null, peers: peers));
        Assert.Equal(peers, string.Join(',', plan.Genesis.Authorities.Select(authority => authority.PeerAddress)));
        Assert.Equal(26659, plan.Nodes[0].RpcPort);
        Assert.Equal(26657, plan.Nodes[2].RpcPort);
        Assert.Equal(26671, plan.Nodes[2].AbciPort);
    }

    [Theory]
    [InlineData(null, null, null, null, "give either --committee N or --peers")]
    [InlineData(4, null, null, "a:1,b:1,c:1,d:1", "--committee and --peers exclude each other")]
    [InlineData(null, 1, null, "a:1,b:1,c:1,d:1", "--base-port goes with --committee only")]
    [InlineData(null, null, "a", "a:1,b:1,c:1,d:1", "--host goes with --committee only")]
    [InlineData(null, null, null, "a:1,b:1,c:1", "committee size 3 is too small")]
    [InlineData(null, null, null, "a:1,b:1,c:1,a:1", "--peers names a:1 twice")]
    [InlineData(null, null, null, "a:1,,c:1,d:1", "'' is not an address")]
    [InlineData(3, 0, null, null, "committee size 3 is too small")]
    [InlineData(4, 65535, null, null, "base port 65535 leaves no room")]
    [InlineData(4, null, "two words", null, "host 'two words' of validator 0")]
    public void Options_that_do_not_fit_are_refused(int? committee, int? basePort, string? host, string? peers, string expected) =>
        Assert.StartsWith(expected, Samples.ErrorOf(() => GenesisFiles.Specify(committee, basePort, host, peers)), StringComparison.Ordinal);

    [Fact]
    public void Files_are_written_once_and_never_over_those_of_another_network()
    {
        using var directory = new ScratchDirectory();
        var plan = GenesisFiles.Write(GenesisFiles.Specify(4), directory["net"], TimeProvider.System);
        Assert.Equal(plan.Genesis.Hash, Genesis.Load(plan.Nodes[0].GenesisPath).Hash);
        Assert.Equal(plan.Genesis.Authorities[3].PublicKey, ValidatorKey.Load(plan.Nodes[3].KeyPath).PublicKeyHex);

        Assert.Contains("holds a network already", Samples.ErrorOf(() => GenesisFiles.Write(GenesisFiles.Specify(4), directory["net"], TimeProvider.System)), StringComparison.Ordinal);
        Assert.Equal(plan.Genesis.Hash, Genesis.Load(plan.Nodes[0].GenesisPath).Hash);
    }

    [Fact]
    public void A_directory_that_is_a_file_is_named()
    {
        using var directory = new ScratchDirectory();
        File.WriteAllText(directory["file"], "");
        Assert.StartsWith($"cannot write the genesis files to '{directory["file"]}'", Samples.ErrorOf(() => GenesisFiles.Write(GenesisFiles.Specify(4), directory["file"], TimeProvider.System)), StringComparison.Ordinal);
    }
}
