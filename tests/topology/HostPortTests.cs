namespace Mysticeti.Topology.Tests;

public sealed class HostPortTests
{
    [Theory]
    [InlineData("127.0.0.1:26700", "127.0.0.1", 26700)]
    [InlineData("[::1]:26700", "::1", 26700)]
    [InlineData("[fe80::1]:1", "fe80::1", 1)]
    [InlineData("node-3.example.org:65535", "node-3.example.org", 65535)]
    public void An_address_is_read_and_written_alike(string text, string host, int port)
    {
        var address = HostPort.Parse(text);
        Assert.Equal(host, address.Host);
        Assert.Equal(port, address.Port);
        Assert.Equal(text, address.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(":26700")]
    [InlineData("localhost")]
    [InlineData("localhost:")]
    [InlineData("localhost:0")]
    [InlineData("localhost:65536")]
    [InlineData("localhost:-1")]
    [InlineData("localhost: 80")]
    [InlineData("::1:26700")]
    [InlineData("[::1]")]
    [InlineData("[::1:26700")]
    [InlineData("[[::1]]:26700")]
    [InlineData("[]:26700")]
    [InlineData("[localhost]:26700")]
    [InlineData("two words:26700")]
    [InlineData("http://localhost:26700")]
    public void Anything_else_is_refused_with_the_text_in_the_error(string text) =>
        Assert.Contains($"'{text}'", Samples.ErrorOf(() => HostPort.Parse(text)), StringComparison.Ordinal);

    [Fact]
    public void Hosts_differ_not_by_their_case()
    {
        Assert.Equal(new HostPort("Node.Example", 1), new HostPort("node.example", 1));
        Assert.Equal(new HostPort("Node.Example", 1).GetHashCode(), new HostPort("node.example", 1).GetHashCode());
        Assert.NotEqual(new HostPort("node.example", 1), new HostPort("node.example", 2));
    }
}
