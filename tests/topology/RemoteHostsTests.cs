namespace Mysticeti.Topology.Tests;

public sealed class RemoteHostsTests
{
    [Fact]
    public void Only_the_hosts_must_be_set()
    {
        var hosts = RemoteHosts.FromEnvironment(Four());
        Assert.Equal(TimeSpan.FromSeconds(30), hosts.SshTimeout);
        Assert.Equal(4, hosts.Hosts.Length);
        Assert.Equal(new RemoteHost(2, "10.0.0.2", 22, "ubuntu", "/home/me/.ssh/id_rsa"), hosts.Hosts[2]);
    }

    [Fact]
    public void Everything_can_be_set()
    {
        var hosts = RemoteHosts.FromEnvironment(Four(
            ("MYSTICETI_NODE1_SSH_PORT", "2222"), ("MYSTICETI_NODE1_SSH_USER", "admin"), ("MYSTICETI_NODE1_SSH_KEY", "~/.ssh/my-key"), ("MYSTICETI_NODE2_SSH_KEY", "/keys/k"), ("SSH_TIMEOUT", "5")));
        Assert.Equal(TimeSpan.FromSeconds(5), hosts.SshTimeout);
        Assert.Equal(new RemoteHost(1, "10.0.0.1", 2222, "admin", "/home/me/.ssh/my-key"), hosts.Hosts[1]);
        Assert.Equal("/keys/k", hosts.Hosts[2].SshKeyPath);
    }

    [Fact]
    public void More_than_ten_hosts_keep_their_numbers()
    {
        var hosts = RemoteHosts.FromEnvironment(Hosts(12));
        Assert.Equal(Enumerable.Range(0, 12).Select(i => $"10.0.0.{i}"), hosts.Hosts.Select(host => host.Host));
    }

    [Theory]
    [InlineData(0, "MYSTICETI_NODE0_HOST is not set: a committee needs at least 4 hosts")]
    [InlineData(3, "MYSTICETI_NODE3_HOST is not set: a committee needs at least 4 hosts")]
    public void Fewer_than_four_hosts_are_refused(int count, string expected) =>
        Assert.Contains(expected, Samples.ErrorOf(() => RemoteHosts.FromEnvironment(Hosts(count))), StringComparison.Ordinal);

    [Theory]
    [InlineData("MYSTICETI_NODE1_HOST", "MYSTICETI_NODE1_HOST is not set although MYSTICETI_NODE2_HOST is")]
    [InlineData("MYSTICETI_NODE0_HOST", "MYSTICETI_NODE0_HOST is not set although MYSTICETI_NODE1_HOST is")]
    public void A_gap_is_named(string removed, string expected)
    {
        var environment = Hosts(5);
        environment.Remove(removed);
        Assert.Contains(expected, Samples.ErrorOf(() => RemoteHosts.FromEnvironment(environment)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MYSTICETI_NODE4_SSH_USER", "root", "MYSTICETI_NODE4_HOST is not set although MYSTICETI_NODE4_SSH_USER is")]
    [InlineData("MYSTICETI_NODE1_SSH_USR", "root", "MYSTICETI_NODE1_SSH_USR is not known")]
    [InlineData("MYSTICETI_NODE_HOST", "h", "MYSTICETI_NODE_HOST is not known")]
    [InlineData("MYSTICETI_NODE01_HOST", "h", "MYSTICETI_NODE01_HOST is not known")]
    [InlineData("mysticeti_node4_host", "h", "mysticeti_node4_host is not known")]
    [InlineData("MYSTICETI_NODE1_HOST", "two words", "MYSTICETI_NODE1_HOST is 'two words', neither a host name nor an IP address")]
    [InlineData("MYSTICETI_NODE1_SSH_PORT", "ssh", "MYSTICETI_NODE1_SSH_PORT is 'ssh'; it must be a whole number from 1 to 65535")]
    [InlineData("MYSTICETI_NODE1_SSH_PORT", "0", "MYSTICETI_NODE1_SSH_PORT is '0'")]
    [InlineData("SSH_TIMEOUT", "-3", "SSH_TIMEOUT is '-3'; it must be a whole number from 1 to 3600")]
    public void A_wrong_variable_is_named(string name, string value, string expected) =>
        Assert.Contains(expected, Samples.ErrorOf(() => RemoteHosts.FromEnvironment(Four((name, value)))), StringComparison.Ordinal);

    [Fact]
    public void Other_variables_do_not_matter() => Assert.Equal(4, RemoteHosts.FromEnvironment(Four(("PATH", "/bin"), ("MYSTICETI_LOG", "debug"))).Hosts.Length);

    private static Dictionary<string, string> Hosts(int count) =>
        Enumerable.Range(0, count).ToDictionary(i => $"MYSTICETI_NODE{i}_HOST", i => $"10.0.0.{i}", StringComparer.Ordinal);

    private static Dictionary<string, string> Four(params (string Name, string Value)[] others)
    {
        var environment = Hosts(4);
        environment["HOME"] = "/home/me";
        foreach (var (name, value) in others) environment[name] = value;
        return environment;
    }
}
