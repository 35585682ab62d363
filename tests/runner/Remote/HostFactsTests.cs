using System.Diagnostics;
using Mysticeti.Engine.Remote;
using Mysticeti.Engine.Reports;
using Mysticeti.Engine.Ssh;
using Mysticeti.Runner.Tests.Networks;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Tests.Remote;

public sealed class HostFactsTests
{
    private const string Good = """
        home /home/ubuntu
        system Linux
        machine x86_64
        clock 1000000000
        disk 10000000
        memory 4000000
        ports 0016 1F90
        root no
        docker no
        systemd yes
        bash yes
        openssl yes
        installed no
        running no
        """;

    private static readonly int[] Ports = [26657, 26670, 26700];

    [Fact]
    public void A_good_host_has_no_obstacle() => Assert.Null(Read(Good).Obstacle(HostRuntime.Process, [26657], 1));

    [Theory]
    [InlineData("machine x86_64", "machine riscv64", "it is Linux on riscv64")]
    [InlineData("disk 10000000", "disk 500000", "its disk has 488 MiB free in /home/ubuntu; 1024 MiB are needed")]
    [InlineData("memory 4000000", "memory 4000", "it has 3 MiB of free memory")]
    [InlineData("ports 0016", "ports 684C", "its port 26700 is in use by another program")]
    [InlineData("openssl yes", "openssl no", "install libssl3")]
    [InlineData("bash yes", "bash no", "no bash")]
    public void An_obstacle_is_named(string from, string to, string why) =>
        Assert.Contains(why, Read(Good.Replace(from, to, StringComparison.Ordinal)).Obstacle(HostRuntime.Process, Ports, 1), StringComparison.Ordinal);

    [Theory]
    [InlineData(HostRuntime.Systemd, "systemd yes", "systemd no", "does not run systemd")]
    [InlineData(HostRuntime.Systemd, "", "", "may not use sudo")]
    [InlineData(HostRuntime.Docker, "", "", "may not use sudo")]
    public void What_a_runtime_needs_is_asked_for(HostRuntime runtime, string from, string to, string why) => Assert.Contains(
        why, Read(from.Length == 0 ? Good : Good.Replace(from, to, StringComparison.Ordinal)).Obstacle(runtime, [1], 1), StringComparison.Ordinal);

    [Fact]
    public void The_ports_of_a_validator_that_runs_already_are_its_own() => Assert.Null(
        Read(Good.Replace("running no", "running yes", StringComparison.Ordinal).Replace("ports 0016", "ports 684C", StringComparison.Ordinal)).Obstacle(HostRuntime.Process, Ports, 1));

    [Fact]
    public void The_clock_is_compared_with_the_middle_of_the_question()
    {
        var facts = HostFacts.Read(Good, DateTimeOffset.UnixEpoch.AddSeconds(2), DateTimeOffset.UnixEpoch.AddSeconds(4));
        Assert.Equal((TimeSpan.FromSeconds(-2), TimeSpan.FromSeconds(2)), (facts.ClockOffset, facts.ClockError));
    }

    [Fact]
    public async Task An_engine_that_needs_sudo_tells_what_it_has_and_what_it_runs()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "hosts are Linux machines");
        using var host = new TemporaryDirectory();
        foreach (var (name, body) in ((string, string)[])
            [("id", "echo 1000"), ("sudo", "shift; ROOT=1 exec \"$@\""), ("docker", "[ -n \"$ROOT\" ] || { echo; exit 1; }; case $* in image*) echo abc ;; *) echo true ;; esac")])
        {
            await File.WriteAllTextAsync(host.File(name), $"#!/bin/sh\n{body}\n", TestContext.Current.CancellationToken);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(host.File(name), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        var (command, input) = HostFacts.Question("nowhere", "node", HostRuntime.Docker);
        using var shell = Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["PATH"] = $"{host.Path}:{Environment.GetEnvironmentVariable("PATH")}" },
        })!;
        await shell.StandardInput.WriteAsync(input);
        shell.StandardInput.Close();
        var facts = Read(await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.Equal(("abc", true), (facts.PayloadHash, facts.IsRunning));
    }

    [Fact]
    public void What_ssh_says_becomes_one_line_with_advice()
    {
        var target = new SshTarget("h", 2222, "u", "/k");
        Assert.Contains("does not let us in with the key /k", SshMessages.Explain(target, "u@h: Permission denied (publickey)."), StringComparison.Ordinal);
        Assert.Contains("--trust-new-hosts", SshMessages.Explain(target, "No ED25519 host key is known\nHost key verification failed."), StringComparison.Ordinal);
        Assert.Contains("ssh-keygen -R", SshMessages.Explain(target, "@ REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed."), StringComparison.Ordinal);
        Assert.Equal("no connection to u@h:2222: x", SshMessages.Explain(target, "\nx\n"));
    }

    [Fact]
    public void Logs_are_searched_for_what_should_not_be_there()
    {
        var evidence = LogEvidence.Of("n", ["t info: node[0] authority 1 of embedded serves RPC on u", "t warn: core[0] authority 2 equivocated in round 3", "t fail: core[0] a", "Unhandled exception. b", "error: c"]);
        Assert.Equal(new LogEvidence("n", 1, 1, 3, "t fail: core[0] a", 1), evidence);
    }

    private static HostFacts Read(string output) => HostFacts.Read(output, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch);
}
