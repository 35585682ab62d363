using Mysticeti.Engine.Faults;
using Mysticeti.Engine.Networks.Containers;
using Mysticeti.Runner.Cli;

namespace Mysticeti.Runner.Tests.Networks;

public sealed class ComposeServiceTests
{
    // As docker-compose 1.29 prints what it has read.
    private const string VersionOne = """
        networks: {}
        services:
          mysticeti-init:
            image: mysticeti-validator:local
            network_mode: none
          mysticeti-node0:
            command: [run]
            image: mysticeti-validator:local
            ports:
            - 127.0.0.1:26657:26657/tcp
            - published: 26670
              target: 26670
          proxy:
            build: .
            ports: ["8080"]
        version: '3'
        """;

    // As docker compose 2 does.
    private const string VersionTwo = """
        name: seed
        services:
          node:
            image: scalarorg/mysticeti:latest
            ports:
              - mode: ingress
                host_ip: 127.0.0.1
                target: 26657
                published: "26658"
                protocol: tcp
        """;

    [Fact]
    public void Services_are_read_as_either_version_of_compose_prints_them()
    {
        var one = ComposeService.ReadAll(VersionOne);
        Assert.Equal(["mysticeti-init", "mysticeti-node0", "proxy"], one.Select(service => service.Name));
        Assert.Equal(["mysticeti-validator:local", "mysticeti-validator:local", ""], one.Select(service => service.Image));
        Assert.Equal<int[]>([[], [26657, 26670], [8080]], one.Select(service => service.ContainerPorts.ToArray()));
        var node = Assert.Single(ComposeService.ReadAll(VersionTwo));
        Assert.Equal(("node", "scalarorg/mysticeti:latest", 26657), (node.Name, node.Image, Assert.Single(node.ContainerPorts)));
    }

    [Theory]
    [InlineData("kill 1 at 1s", false)]
    [InlineData("slow 1 by 5ms at 1s", true)]
    public void Containers_can_be_made_to_misbehave_only_where_that_is_what_is_measured(string fault, bool expected)
    {
        var source = new ComposeSource(new ComposeNetworkSettings("docker-compose.yml", ContainerCleanup.Nothing, "networks"), 4);
        Assert.Equal(expected, Assert.IsType<ComposeSource>(source.For([FaultText.Parse(fault)])).Settings.FaultInjection);
        Assert.False(Assert.IsType<ComposeSource>(source.For([])).Settings.FaultInjection);
    }

    [Theory]
    [InlineData("")]
    [InlineData("services: []")]
    [InlineData("just text")]
    public void A_file_without_services_has_none(string yaml) => Assert.Empty(ComposeService.ReadAll(yaml));
}
