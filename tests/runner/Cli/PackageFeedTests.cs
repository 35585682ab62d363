using Mysticeti.Runner.Cli;

namespace Mysticeti.Runner.Tests.Cli;

public sealed class PackageFeedTests : IDisposable
{
    private readonly DirectoryInfo _tree = Directory.CreateTempSubdirectory("feed-");

    [Theory]
    [InlineData("""{"logs":[]}""", "ok", "has every package")]
    [InlineData("""{"logs":[{"code":"NU1603","libraryId":"Pulumi.Aws"}]}""", "ok", "has every package")]
    [InlineData("""{"logs":[{"code":"NU1101","libraryId":"ediri.Vultr"},{"code":"NU1102","libraryId":"Pulumi"},{"code":"NU1101","libraryId":"Pulumi"}]}""", "missing", "lacks Pulumi, ediri.Vultr: ")]
    [InlineData("""{"logs":""", "ok", "./mysticeti build finds out")]
    [InlineData(null, "ok", "./mysticeti build finds out")]
    public void The_record_of_the_last_restore_says_what_the_feed_lacks(string? record, string status, string detail)
    {
        if (record is not null)
        {
            _tree.CreateSubdirectory(Path.Combine("infra", "obj"));
            File.WriteAllText(Path.Combine(_tree.FullName, "infra", "obj", "project.nuget.cache"), record);
        }

        var finding = PackageFeed.Examine(_tree.FullName);
        Assert.Equal(status, finding.Status);
        Assert.Contains(detail, finding.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_source_tree_no_feed_is_needed() => Assert.Contains("no source tree", PackageFeed.Examine(null).Detail, StringComparison.Ordinal);

    public void Dispose() => _tree.Delete(recursive: true);
}
