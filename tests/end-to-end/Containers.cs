using System.ComponentModel;
using System.Diagnostics;

namespace Mysticeti.EndToEnd.Tests;

/// <summary>The real Docker engine and Compose.</summary>
internal static class Containers
{
    private const int NoSuchProgram = 127;

    /// <summary>Containers, networks and volumes of networks like ours.</summary>
    public static async Task<IReadOnlyList<string>> LeftAsync()
    {
        (int, string Output)[] answers =
        [
            await DockerAsync("ps", "--all", "--format", "{{.Names}}"),
            await DockerAsync("network", "ls", "--format", "{{.Name}}"),
            await DockerAsync("volume", "ls", "--format", "{{.Name}}"),
        ];
        return [.. answers.SelectMany(answer => answer.Output.Split('\n')).Where(name => name.StartsWith("mysticeti-", StringComparison.Ordinal))];
    }

    /// <summary>Skips the test unless there is an engine with no such network on it: one that is there already is not ours to remove.</summary>
    public static async Task RequireAsync()
    {
        var (code, _) = await DockerAsync("version");
        Assert.SkipUnless(code == 0, "no Docker engine runs here");
        Assert.SkipUnless(await LeftAsync() is [], "a network in containers is there already, and is not ours to remove");
    }

    public static Task<(int Code, string Output)> DockerAsync(params string[] arguments) => RunAsync("docker", arguments, directory: "");

    /// <summary>Compose as it is installed here, v2 before v1, on the files of a directory.</summary>
    public static async Task<(int Code, string Output)> ComposeAsync(string directory, params string[] arguments)
    {
        var (code, _) = await DockerAsync("compose", "version");
        return code == 0 ? await RunAsync("docker", ["compose", .. arguments], directory) : await RunAsync("docker-compose", arguments, directory);
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>Its exit code, and what it printed on both streams where it failed, else on standard output.</returns>
    public static async Task<(int Code, string Output)> RunAsync(string program, string[] arguments, string directory)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = directory })!;
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (process.ExitCode, process.ExitCode == 0 ? await output : await output + await error);
        }
        catch (Win32Exception)
        {
            return (NoSuchProgram, "");
        }
    }
}
