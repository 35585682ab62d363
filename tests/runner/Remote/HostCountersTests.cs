using System.Diagnostics;
using System.Globalization;
using Mysticeti.Engine.Remote;
using Mysticeti.Runner.Tests.Networks;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Tests.Remote;

public sealed class HostCountersTests
{
    [Fact]
    public void An_answer_is_read_and_what_the_host_does_not_tell_is_null()
    {
        var seen = HostCounters.Read("123 4567 99.25 250 2048 - - 700 800\n")!;
        Assert.Equal(("123 4567", 2.5, 2048 * 1024L, 99.25), (seen.Process, seen.Counters.CpuSeconds, seen.Counters.MemoryBytes, seen.Counters.AtSeconds));
        Assert.Equal((null, null, 700, 800), (seen.Counters.DiskReadBytes, seen.Counters.DiskWrittenBytes, seen.Counters.ReceivedBytes, seen.Counters.SentBytes));
        Assert.Null(HostCounters.Read(""));
        Assert.Null(HostCounters.Read("sh: out of memory"));
    }

    [Fact]
    public async Task A_host_tells_of_the_process_that_its_file_names_and_then_of_the_same_one_without_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "it reads /proc");
        using var home = new TemporaryDirectory();
        var file = home.File("validator.pid");
        var own = $"{Environment.ProcessId} {File.ReadAllText("/proc/self/stat").Split(") ")[^1].Split(' ')[19]}";
        await File.WriteAllTextAsync(file, $"{own}\n", TestContext.Current.CancellationToken);
        var first = await AskAsync(home, "");
        Assert.Equal(own, first!.Process);
        Assert.InRange(first.Counters.MemoryBytes, 10_000_000, 4_000_000_000);
        Assert.True(first.Counters is { CpuSeconds: > 0, DiskWrittenBytes: >= 0, ReceivedBytes: >= 0, SentBytes: >= 0, AtSeconds: > 0 }, first.ToString());

        File.Delete(file);
        var second = await AskAsync(home, first.Process);
        Assert.True(second!.Process == own && second.Counters.CpuSeconds >= first.Counters.CpuSeconds, second.ToString());
        Assert.Null(await AskAsync(home, ""));
    }

    [Fact]
    public async Task Another_process_with_the_same_id_is_not_taken_for_the_validator()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "it reads /proc");
        using var home = new TemporaryDirectory();
        var stranger = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId} 1");
        await File.WriteAllTextAsync(home.File("validator.pid"), $"{stranger}\n", TestContext.Current.CancellationToken);
        Assert.Null(await AskAsync(home, stranger));
    }

    private static async Task<HostCounters?> AskAsync(TemporaryDirectory home, string process)
    {
        var (command, input) = HostCounters.Question(".", "mysticeti-node0", HostRuntime.Process, process);
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["HOME"] = Path.GetDirectoryName(home.File("validator.pid"));
        using var shell = Process.Start(start)!;
        await shell.StandardInput.WriteAsync(input);
        shell.StandardInput.Close();
        var error = shell.StandardError.ReadToEndAsync();
        var output = await shell.StandardOutput.ReadToEndAsync();
        Assert.Equal("", await error);
        return HostCounters.Read(output);
    }
}
