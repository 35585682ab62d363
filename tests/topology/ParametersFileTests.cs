using System.Text;

namespace Mysticeti.Topology.Tests;

public sealed class ParametersFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("mysticeti-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void What_stands_in_the_file_reaches_every_validator_of_the_plan()
    {
        var parameters = Load("""{ /* comments are fine */ "mempoolTransactions": 7, }""");
        var plan = Samples.Plan(new CommitteeSpecification { Size = 4, Parameters = parameters }, LaunchPaths.Under(_directory));
        Assert.All(plan.Nodes, node => Assert.Equal($"{_directory}/parameters.json", node.Option("--parameters")));
        plan.WriteFiles(_directory);
        Assert.Equal("""{"mempoolTransactions":7}""", ParametersFile.Load(Path.Combine(_directory, "parameters.json")).ToString());
        Assert.False(parameters.EmulatesWan);
        Assert.DoesNotContain("--parameters", Samples.Plan(new CommitteeSpecification { Size = 4 }).Nodes[0].Arguments);
    }

    [Fact]
    public void Regions_switch_the_emulation_on_and_keep_what_the_file_says_of_it()
    {
        Assert.Equal("""{"wan":{}}""", ParametersFile.Defaults.Between(["us-east-1", "eu-west-1"]).ToString());
        Assert.False(ParametersFile.Defaults.EmulatesWan);
        var given = Load("""{ "wan": { "jitterMs": 2, "roundTripMs": { "home": { "away": 42 } } } }""");
        Assert.True(given.EmulatesWan);
        Assert.Equal(given.ToString(), given.Between(["home", "away", "us-east-1"]).ToString());
        Assert.Contains("region 'nowhere' is not known", Samples.ErrorOf(() => given.Between(["home", "nowhere"])), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "holds no JSON object")]
    [InlineData("{", "is not JSON")]
    [InlineData("null", "holds no JSON object")]
    public void A_file_that_is_none_is_refused(string content, string expected) =>
        Assert.Contains(expected, Samples.ErrorOf(() => Load(content)), StringComparison.Ordinal);

    [Fact]
    public void A_file_that_is_not_there_is_named() =>
        Assert.Contains("cannot read parameters file '/nowhere/p.json'", Samples.ErrorOf(() => ParametersFile.Load("/nowhere/p.json")), StringComparison.Ordinal);

    private ParametersFile Load(string content)
    {
        var path = Path.Combine(_directory, "given.json");
        File.WriteAllBytes(path, Encoding.UTF8.GetBytes(content));
        return ParametersFile.Load(path);
    }
}
