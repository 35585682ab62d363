using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Mysticeti.Engine.Networks;

namespace Mysticeti.Runner.Tests.Networks;

public sealed partial class ProgramsTests
{
    private static readonly string[] Secrets =
    [
        "MYSTICETI_SSH_PASSPHRASE", "MYSTICETI_READ_TOKEN", "MYSTICETI_INGEST_TOKEN", "MYSTICETI_OPERATE_TOKEN", "POSTGRES_PASSWORD", "PGPASSWORD",
        "PULUMI_CONFIG_PASSPHRASE", "PULUMI_ACCESS_TOKEN",
    ];

    [Theory]
    [InlineData("ssh")]
    [InlineData("wrk")]
    [InlineData("dotnet")]
    [InlineData("/bin/sh")]
    [InlineData("/somewhere/mysticeti-validator")]
    [InlineData("docker", "POSTGRES_PASSWORD")]
    [InlineData("docker-compose", "POSTGRES_PASSWORD")]
    [InlineData("pulumi", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_ACCESS_TOKEN")]
    public void A_program_gets_only_the_secrets_that_are_for_it(string program, params string[] kept)
    {
        var environment = Secrets.Append("HOME").Append("PULUMI_CONFIG_PASSPHRASE_FILE").ToDictionary(name => name, name => (string?)$"value of {name}");
        Programs.Confine(environment, program);
        Assert.Equal(kept.Append("HOME").Append("PULUMI_CONFIG_PASSPHRASE_FILE").Order(), environment.Keys.Order());
    }

    [Fact]
    public void Every_secret_that_the_sources_read_is_among_those_taken_away()
    {
        var read = Sources("runner").SelectMany(source => SecretName().Matches(source.Text)).Select(match => match.Value).Distinct().ToArray();
        Assert.Contains("MYSTICETI_SSH_PASSPHRASE", read);
        var environment = read.ToDictionary(name => name, name => (string?)"");
        Programs.Confine(environment, "ssh");
        Assert.Empty(environment);
    }

    [Fact]
    public async Task A_child_has_neither_secrets_nor_relative_directories_in_PATH_and_keeps_what_it_was_given()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no sh");
        var start = new ProcessStartInfo("/bin/sh", ["-c", "echo \"${MYSTICETI_SSH_PASSPHRASE-none} $MYSTICETI_SSH_ANSWER $PATH\""])
        {
            RedirectStandardOutput = true,
            Environment = { ["MYSTICETI_SSH_PASSPHRASE"] = "secret", ["MYSTICETI_SSH_ANSWER"] = "given", ["PATH"] = ":/usr/bin:.:bin:/bin:" },
        };
        using var shell = Programs.Start(start);
        Assert.Equal("none given /usr/bin:/bin", (await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Trim());
    }

    [Fact]
    public async Task A_program_that_is_not_in_PATH_is_not_installed()
    {
        Assert.Throws<Win32Exception>(() => Programs.Start(new ProcessStartInfo("no-such-program-of-ours")));
        Assert.Null(await Tool.TryRunAsync("no-such-program-of-ours", [], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_program_beside_the_running_one_is_not_taken_for_one_that_is_installed()
    {
        // .NET looks there first.
        Assert.SkipWhen(OperatingSystem.IsWindows(), "files have a mode as on Unix");
        var own = Path.GetFileName(Environment.ProcessPath!);
        Assert.Null(await Tool.TryRunAsync(own, ["-?"], TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("./tool")]
    [InlineData("bin/tool")]
    [InlineData("../tool")]
    public void A_relative_path_is_a_mistake_of_the_caller(string program) =>
        Assert.Throws<ArgumentException>(() => Programs.Start(new ProcessStartInfo(program)));

    [Fact]
    public void Only_one_place_starts_processes()
    {
        var places = Sources("runner", "node", "infra").Where(source => ProcessStart().IsMatch(source.Text)).Select(source => source.Name);
        Assert.Equal([Path.Combine("runner", "Engine", "Networks", "Programs.cs")], places);
    }

    [Theory]
    [InlineData("using var process = Process.Start(\"docker\");")]
    [InlineData("System.Diagnostics.Process.Start(start)")]
    [InlineData("var process = new Process { StartInfo = start };")]
    [InlineData("Process process = new() { StartInfo = start };")]
    [InlineData("start => new(start, Process.Start)")]
    public void Every_way_to_start_a_process_is_recognised(string line) => Assert.Matches(ProcessStart(), line);

    [Fact]
    public void Every_native_library_has_its_directories_named()
    {
        // Without them Windows looks in the working directory, too.
        var bare = Sources("runner", "node", "infra")
            .Where(source => !source.Text.Contains("[assembly: DefaultDllImportSearchPaths(", StringComparison.Ordinal))
            .SelectMany(source => BareImport().Matches(source.Text).Select(match => $"{source.Name}: {match.Value.Trim()}"));
        Assert.Empty(bare);
    }

    private static IEnumerable<(string Name, string Text)> Sources(params string[] directories) =>
        from directory in directories
        from file in Directory.EnumerateFiles(SourceTree.PathOf(directory), "*.cs", SearchOption.AllDirectories)
        let name = Path.GetRelativePath(SourceTree.Root, file)
        where !name.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin" or "node_modules")
        select (name, File.ReadAllText(file));

    [GeneratedRegex(@"\bProcess\.Start\b|\bnew Process\b(?!StartInfo)|\bProcess \w+ = new\b|\bStartInfo = ")]
    private static partial Regex ProcessStart();

    [GeneratedRegex(@"^\s*\[(Dll|Library)Import\(.*\)\]\s*\n(?!\s*\[DefaultDllImportSearchPaths\()", RegexOptions.Multiline)]
    private static partial Regex BareImport();

    [GeneratedRegex(@"(?<="")[A-Z][A-Z_]*_(PASSPHRASE|PASSWORD|TOKEN)(?="")")]
    private static partial Regex SecretName();
}
