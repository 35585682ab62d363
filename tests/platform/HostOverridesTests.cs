using Mysticeti.Engine.Console;
using Mysticeti.Platform.Hosting;
using Mysticeti.Platform.Orchestrator;
using Mysticeti.Topology;

namespace Mysticeti.Platform.Tests;

public sealed class HostOverridesTests
{
    private static readonly HostOverrides Overrides = HostOverrides.Parse("127.0.0.1=host.docker.internal, LOCALHOST=gateway", "HOST_OVERRIDES");

    private static readonly string[] Reached = ["host.docker.internal:26657", "gateway:26658", "10.0.0.3:26659", "other:26660"];

    [Fact]
    public async Task Every_service_reaches_the_networks_nodes_under_their_other_names()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, Network("http://127.0.0.1:26657", "http://localhost:26658", "http://10.0.0.3:26659", "http://other:26660").ToJson());
            Assert.Equal(Reached, PlatformNetwork.InFile(file, Overrides).Outputs!.Nodes.Select(node => node.RpcUrl.Authority));
            var networks = new ExperimentNetworks(PlatformNetwork.None(), Overrides, _ => throw new InvalidOperationException(), TimeProvider.System);
            await using var named = (await networks.FindAsync(new ExperimentNetwork { Outputs = file }, default)).Open();
            Assert.Equal(Reached, named.Outputs.Nodes.Select(node => node.RpcUrl.Authority));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("a=b=c")]
    [InlineData("a=")]
    [InlineData("a=http://b")]
    [InlineData("a=b,A=c")]
    public void What_is_wrong_is_said(string text) =>
        Assert.StartsWith("HOST_OVERRIDES", Assert.Throws<UsageException>(() => HostOverrides.Parse(text, "HOST_OVERRIDES")).Message, StringComparison.Ordinal);

    private static NetworkOutputs Network(params string[] urls) => new()
    {
        Name = "test", Type = "local", Flavor = NetworkOutputs.Mysticeti,
        Nodes = [.. urls.Select((url, i) => new NodeOutput { Index = i, Name = $"mysticeti-node{i}", Host = new Uri(url).Host, RpcUrl = new Uri(url) })],
    };
}
