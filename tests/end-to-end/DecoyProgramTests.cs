using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Mysticeti.EndToEnd.Tests;

/// <summary>Files of the working directory that bear the names of programs are not run, whatever directories PATH names.</summary>
public sealed class DecoyProgramTests
{
    private const string CurrentDirectoryFirst = ":.:./relative:";

    private static readonly string[] Names =
    [
        "docker", "docker-compose", "pulumi", "ssh", "ssh-keygen", "wrk", "npm", "node", "git", "dotnet", "mysticeti", "mysticeti-validator",
        "sh", "bash", "env", "setsid", "renice", "sleep", "kill", "find", "head", "tail", "cksum", "cat", "flock", "mkdir", "mv", "dirname", "readlink",
        "grep", "sed", "awk", "sort", "paste", "cut", "tee", "base64", "gzip", "tar",
    ];

    public static TheoryData<string, string> Commands()
    {
        var commands = new TheoryData<string, string>();
        foreach (var path in (string[])["", CurrentDirectoryFirst])
        {
            commands.Add(path, "doctor");
            commands.Add(path, "calibrate --wrk --submission single --duration 1");
            commands.Add(path, "benchmark --stack x");
            commands.Add(path, "local-network --docker-compose-path empty.yml");
            commands.Add(path, "remote-network --ssh-client openssh");
            commands.Add(path, "embedded-network --base-port 0 --num-transactions 10 --cleanup");
        }

        return commands;
    }

    [Theory, MemberData(nameof(Commands))]
    public async Task A_program_in_the_working_directory_is_not_run(string pathPrefix, string command)
    {
        using var sandbox = new Sandbox();
        PlaceDecoys(sandbox.Root);
        await File.WriteAllTextAsync(Path.Combine(sandbox.Root, "empty.yml"), "services: {}\n");
        var variables = Enumerable.Range(0, 4)
            .SelectMany(node => (KeyValuePair<string, string>[])[new($"MYSTICETI_NODE{node}_HOST", "127.0.0.1"), new($"MYSTICETI_NODE{node}_SSH_PORT", "1")])
            .Append(new("MYSTICETI_SSH_PASSPHRASE", "opens the key"))
            .Append(new("PATH", pathPrefix + Environment.GetEnvironmentVariable("PATH")))
            .ToDictionary();
        var runner = sandbox.Start(variables, command.Split(' '));
        await runner.ExitAsync();
        Assert.True(DecoysRun(sandbox.Root).Length == 0, $"ran {DecoysRun(sandbox.Root)}{runner}");
    }

    [Fact]
    public async Task The_launcher_does_not_run_a_program_in_the_working_directory()
    {
        using var sandbox = new Sandbox();
        PlaceDecoys(sandbox.Root);
        // A tree in which nothing can be built: the launcher gets as far as that.
        var tree = Directory.CreateDirectory(Path.Combine(sandbox.Root, "tree"));
        foreach (var directory in (string[])["node", "runner"]) tree.CreateSubdirectory(directory);
        foreach (var file in (string[])["mysticeti", "global.json", "Directory.Build.props", ".editorconfig"]) File.Copy(SourceTree.PathOf(file), Path.Combine(tree.FullName, file));
        var start = new ProcessStartInfo("bash", [Path.Combine(tree.FullName, "mysticeti"), "doctor"])
        {
            WorkingDirectory = sandbox.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["PATH"] = CurrentDirectoryFirst + Environment.GetEnvironmentVariable("PATH") },
        };
        using var launcher = new RunnerProcess(Process.Start(start)!);
        await launcher.ExitAsync();
        Assert.True(DecoysRun(sandbox.Root).Length == 0, $"ran {DecoysRun(sandbox.Root)}{launcher}");
        Assert.Contains("the build failed", launcher.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_SDK_is_looked_for_as_the_project_needs_it_whatever_the_working_directory_says()
    {
        using var sandbox = new Sandbox();
        // A global.json there could name another SDK, even one of its own.
        var tools = Directory.CreateDirectory(Path.Combine(sandbox.Root, "tools")).FullName;
        Script(Path.Combine(tools, "dotnet"), "pwd -P");
        var runner = sandbox.Start(new Dictionary<string, string> { ["PATH"] = $"{tools}:{Environment.GetEnvironmentVariable("PATH")}" }, "doctor");
        await runner.ExitAsync();
        Assert.Matches($@"ok +\.NET SDK +{Regex.Escape(SourceTree.Root)}\s", runner.Out);
    }

    private static void PlaceDecoys(string directory)
    {
        foreach (var name in Names) Script(Path.Combine(directory, name), $"echo {name} >>'{Record(directory)}'\nexit 1");
    }

    private static void Script(string path, string text)
    {
        File.WriteAllText(path, $"#!/bin/sh\n{text}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>The names of those that ran, a line each.</summary>
    private static string DecoysRun(string directory) => File.Exists(Record(directory)) ? File.ReadAllText(Record(directory)) : "";

    private static string Record(string directory) => Path.Combine(directory, "decoys-run");
}
