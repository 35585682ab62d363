namespace Mysticeti.Runner.Tests.Cli;

/// <summary><c>mysticeti network compose</c></summary>
public sealed class ComposeCommandTests : CommandLineFixture
{
    [Fact]
    public async Task Without_options_it_is_the_file_at_the_top_but_for_where_the_sources_are()
    {
        Assert.Equal(0, await RunAsync("network", "compose"));
        var committed = await File.ReadAllTextAsync(SourceTree.PathOf("docker-compose.yml"), TestContext.Current.CancellationToken);
        Assert.Equal(committed.ReplaceLineEndings("\n"), Out.Replace($"context: \"{SourceTree.Root}\"", "context: \".\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "198.18.126.0/24", 14032)]
    [InlineData("--subnet 10.9.8.0/24 --base-port 41000", "10.9.8.0/24", 41000)]
    public async Task Another_name_has_addresses_and_ports_of_its_own_unless_they_are_given(string options, string subnet, int port)
    {
        Assert.Equal(0, await RunAsync(["network", "compose", "--name", "b", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]));
        foreach (var expected in (string[])["container_name: mysticeti-b-node3", "name: mysticeti-b-genesis", "name: mysticeti-b-node3-data", $"subnet: {subnet}", $"127.0.0.1:{port + 3}:26657"])
            Assert.Contains(expected, Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--name", "B")]
    [InlineData("--name", "../b")]
    [InlineData("--subnet", "10.9.8.0/29")]
    [InlineData("--base-port", "65530")]
    public async Task What_will_not_do_is_refused_in_one_line(string option, string value)
    {
        Assert.Equal(2, await RunAsync("network", "compose", option, value));
        Assert.Empty(Out);
        Assert.Contains(value, Assert.Single(Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }
}
