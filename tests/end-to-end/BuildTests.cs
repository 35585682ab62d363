using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Mysticeti.EndToEnd.Tests;

/// <summary>What the build promises to whoever clones the tree: nothing but the Pulumi program is ever left out, and a feed that moved on is a warning.</summary>
public sealed partial class BuildTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("build-");

    [Fact]
    public void Without_Pulumi_only_its_program_and_the_tests_of_that_are_left_out()
    {
        var all = ProjectPaths().Matches(File.ReadAllText(SourceTree.PathOf("Mysticeti.sln"))).Select(match => match.Groups[1].Value);
        using var filter = JsonDocument.Parse(File.ReadAllText(SourceTree.PathOf("Mysticeti.WithoutPulumi.slnf")));
        var kept = filter.RootElement.GetProperty("solution").GetProperty("projects").EnumerateArray().Select(project => project.GetString()!);
        Assert.Equal([@"infra\Mysticeti.Infra.csproj", @"tests\infra\Mysticeti.Infra.Tests.csproj"], all.Except(kept).Order(StringComparer.Ordinal));
        Assert.Empty(kept.Except(all));
    }

    [Fact]
    public void Every_project_is_part_of_the_solution()
    {
        var all = ProjectPaths().Matches(File.ReadAllText(SourceTree.PathOf("Mysticeti.sln"))).Select(match => match.Groups[1].Value.Replace('\\', '/'));
        var found = new[] { "infra", "node", "runner", "tests" }
            .SelectMany(folder => Directory.EnumerateFiles(SourceTree.PathOf(folder), "*.csproj", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(SourceTree.Root, path).Replace('\\', '/'))
            .Where(path => !path.Contains("/node_modules/", StringComparison.Ordinal));
        Assert.Equal(found.Order(StringComparer.Ordinal), all.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_feed_that_has_only_a_newer_version_is_a_warning()
    {
        var feed = _directory.CreateSubdirectory("feed");
        await PackAsync(feed, "Mysticeti.Moved", "1.1.0");
        var project = _directory.CreateSubdirectory("project");
        File.Copy(SourceTree.PathOf("Directory.Build.props"), Path.Combine(project.FullName, "Directory.Build.props"));
        await WriteAsync(project, "Directory.Packages.props", """
            <Project>
              <PropertyGroup><ManagePackageVersionsCentrally>true</ManagePackageVersionsCentrally></PropertyGroup>
              <ItemGroup><PackageVersion Include="Mysticeti.Moved" Version="1.0.0" /></ItemGroup>
            </Project>
            """);
        await WriteAsync(project, "nuget.config", $"""
            <configuration><packageSources><clear /><add key="feed" value="{feed.FullName}" /></packageSources></configuration>
            """);
        await WriteAsync(project, "Project.csproj", """
            <Project Sdk="Microsoft.NET.Sdk"><ItemGroup><PackageReference Include="Mysticeti.Moved" /></ItemGroup></Project>
            """);

        var (exitCode, output) = await BuildAsync(project);

        Assert.True(exitCode == 0, output);
        Assert.Contains("warning NU1603", output, StringComparison.Ordinal);

        // Our own code gets no such leave.
        await WriteAsync(project, "Careless.cs", "namespace Moved; public static class Careless { public static int Never() { return 1; return 2; } }");
        (exitCode, output) = await BuildAsync(project);
        Assert.True(exitCode != 0, output);
        Assert.Contains("error CS0162", output, StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private async Task<(int ExitCode, string Output)> BuildAsync(DirectoryInfo project)
    {
        var start = new ProcessStartInfo("dotnet", ["build", "--nologo", "-p:UseAppHost=false"]) { WorkingDirectory = project.FullName, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["NUGET_PACKAGES"] = Path.Combine(_directory.FullName, "packages");
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        // Build servers would outlive the test.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        using var build = Process.Start(start)!;
        var output = build.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = build.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await build.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (build.ExitCode, await output + await error);
    }

    private static Task WriteAsync(DirectoryInfo directory, string name, string text) => File.WriteAllTextAsync(Path.Combine(directory.FullName, name), text);

    /// <summary>The least that NuGet takes for a package: an archive with a description of itself.</summary>
    private static async Task PackAsync(DirectoryInfo feed, string id, string version)
    {
        await using var archive = await ZipFile.OpenAsync(Path.Combine(feed.FullName, $"{id}.{version}.nupkg"), ZipArchiveMode.Create);
        await using var text = new StreamWriter(await archive.CreateEntry($"{id}.nuspec").OpenAsync());
        await text.WriteAsync($"""
            <?xml version="1.0"?>
            <package><metadata><id>{id}</id><version>{version}</version><authors>tests</authors><description>An empty package.</description></metadata></package>
            """);
    }

    [GeneratedRegex("\"([^\"]*\\.csproj)\"")]
    private static partial Regex ProjectPaths();
}
