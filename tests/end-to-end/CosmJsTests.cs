using System.ComponentModel;
using System.Diagnostics;

namespace Mysticeti.EndToEnd.Tests;

/// <summary>An unmodified client library from npm talks to real validators. Needs Node.js 18 or newer with npm.</summary>
public sealed class CosmJsTests : IAsyncDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);

    private readonly ValidatorProcesses _network = new();

    public ValueTask DisposeAsync() => _network.DisposeAsync();

    [Fact]
    public async Task CosmJS_connects_submits_finds_its_transaction_and_subscribes_to_blocks()
    {
        var directory = SourceTree.PathOf("tests", "end-to-end", "cosmjs");
        var installed = new FileInfo(Path.Combine(directory, "node_modules", ".package-lock.json"));
        if (installed.LastWriteTimeUtc < File.GetLastWriteTimeUtc(Path.Combine(directory, "package-lock.json")))
            await RunAsync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], directory);

        await _network.StartAllAsync();
        var output = await RunAsync("node", ["check.mjs", _network.Url(0).ToString().TrimEnd('/')], directory);
        Assert.EndsWith("ok", output.TrimEnd(), StringComparison.Ordinal);
    }

    private static async Task<string> RunAsync(string program, string[] arguments, string directory)
    {
        using var process = Start(program, arguments, directory);
        using var limit = new CancellationTokenSource(Longest);
        try
        {
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}\n{output}\n{await error}");
            return output;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} did not end within {Longest.TotalMinutes} minutes");
        }
    }

    private static Process Start(string program, string[] arguments, string directory)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (Win32Exception)
        {
            TestTools.Missing($"{program} is not installed (Debian, Ubuntu: apt-get install nodejs npm)");
            throw;
        }
    }
}
