using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Mysticeti.Topology.Tests;

public sealed class InstallScriptTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("mysticeti-install-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(HostRuntime.Docker)]
    [InlineData(HostRuntime.Systemd)]
    [InlineData(HostRuntime.Process)]
    public async Task Every_part_is_something_that_a_shell_can_read(HostRuntime runtime)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no sh");
        var script = Sample(runtime, "/srv/it's here/node0") with { TtlHours = 3 };
        foreach (var part in (string[])[script.AwaitUserData(), script.Prepare(), script.Start(), script.Stop(), script.Remove(), script.Logs(10)])
        {
            var (code, _, error) = await RunAsync(part, "-n");
            Assert.True(code == 0, $"{error}\n{part}");
        }
    }

    [Fact]
    public void A_container_gets_no_rights_and_the_hosts_network()
    {
        var start = Sample(HostRuntime.Docker, "/opt/mysticeti").Start();
        foreach (var expected in (string[])["--cap-drop ALL", "--security-opt no-new-privileges", "--network host", "--volume /opt/mysticeti:/mysticeti mysticeti-validator:local run --authority-index 2"])
            Assert.Contains(expected, start, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_runs_as_whoever_logs_in_or_as_the_images_own_user_instead_of_root_and_files_are_its()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "hosts are Linux machines");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerAsync(listener);
        var (root, docker, said) = (Path.Combine(_directory, "node"), Path.Combine(_directory, "docker"), Path.Combine(_directory, "said"));
        await File.WriteAllTextAsync(docker, $"#!/bin/sh\necho \"$@\" >>{said}\n", TestContext.Current.CancellationToken);
        MakeExecutable(docker);
        var script = Sample(HostRuntime.Docker, root, ((IPEndPoint)listener.LocalEndpoint).Port);
        // As the host would find them, were it one: a Docker of ours, and a root of ours where the test is not run by root.
        var host = $"PATH={_directory}:$PATH; sudo() {{ shift; \"$@\"; }}\n";
        Directory.CreateDirectory(root);
        foreach (var path in (string[])[script.GenesisPath, script.KeyPath]) await File.WriteAllTextAsync(path, "{}", TestContext.Current.CancellationToken);
        await SucceedsAsync(host + script.Start());

        var own = (await SucceedsAsync("echo $(id -u):$(id -g)")).Trim();
        var user = own == "0:0" ? ContainerImages.ValidatorUser : own;
        Assert.Contains($"--user {user} ", await File.ReadAllTextAsync(said, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        foreach (var path in (string[])[root, script.GenesisPath, script.KeyPath, $"{root}/data"]) Assert.Equal(user, (await SucceedsAsync($"stat -c %u:%g {path}")).Trim());
        Assert.Equal("600", (await SucceedsAsync($"stat -c %a {script.KeyPath}")).Trim());
        listener.Stop();
        await answering;
    }

    [Fact]
    public async Task A_service_is_the_packaged_unit_with_a_drop_in_that_says_where_and_whose_it_is()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "hosts are Linux machines");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerAsync(listener);
        var root = Path.Combine(_directory, "100% of $HOME");
        var script = Sample(HostRuntime.Systemd, root, ((IPEndPoint)listener.LocalEndpoint).Port) with { Executable = "/bin/true" };
        // A systemd of ours, which takes its files here.
        foreach (var (name, body) in ((string, string)[])
            [("systemctl", "echo \"$@\" >>said"), ("tee", "cat >$(basename \"$1\")"), ("mkdir", "case $2 in /etc/*) ;; *) /bin/mkdir \"$@\" ;; esac")])
        {
            await File.WriteAllTextAsync(Path.Combine(_directory, name), $"#!/bin/sh\n{body}\n", TestContext.Current.CancellationToken);
            MakeExecutable(Path.Combine(_directory, name));
        }

        Directory.CreateDirectory(root);
        foreach (var path in (string[])[script.GenesisPath, script.KeyPath]) await File.WriteAllTextAsync(path, "{}", TestContext.Current.CancellationToken);
        await SucceedsAsync($"cd {_directory}; PATH={_directory}:$PATH; sudo() {{ shift; \"$@\"; }}\n{script.Start()}");

        string Written(string name) => File.ReadAllText(Path.Combine(_directory, name));
        Assert.Equal(File.ReadAllText(Path.Combine(SourceRoot(), "node", "validator", "packaging", "mysticeti-validator.service")), Written("mysticeti-node2.service"));
        Assert.Equal(
            ["daemon-reload", "enable mysticeti-node2.service", "reset-failed mysticeti-node2.service", "restart mysticeti-node2.service"],
            Written("said").Split('\n', StringSplitOptions.RemoveEmptyEntries));
        var place = Written("place.conf");
        var escaped = root.Replace("%", "%%", StringComparison.Ordinal);
        Assert.Contains($"\nBindPaths=\"{escaped}\"\n", place, StringComparison.Ordinal);
        Assert.Contains("\nExecStart=\nExecStart=\"/bin/true\" \"run\" ", place, StringComparison.Ordinal);
        Assert.Contains($"\"--genesis\" \"{escaped.Replace("$", "$$", StringComparison.Ordinal)}/genesis.json\"", place, StringComparison.Ordinal);
        Assert.EndsWith($"\nUser={(await SucceedsAsync("id -un")).Trim()}\n", place, StringComparison.Ordinal);
        listener.Stop();
        await answering;
    }

    [Fact]
    public async Task A_parameters_file_that_the_launch_names_has_to_be_there()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "hosts are Linux machines");
        var sample = Sample(HostRuntime.Process, Path.Combine(_directory, "node"));
        var script = sample with { Launch = sample.Launch with { ParametersPath = $"{sample.Root}/parameters.json" } };
        await SucceedsAsync(script.Prepare());
        foreach (var path in (string[])[script.GenesisPath, script.KeyPath]) await File.WriteAllTextAsync(path, "{}", TestContext.Current.CancellationToken);
        var (code, _, error) = await RunAsync(script.Start());
        Assert.Equal((1, $"error: {script.Root}/parameters.json is missing: it has to be put there first"), (code, error.Trim()));
    }

    [Fact]
    public void What_user_data_runs_names_no_key()
    {
        var prepare = (Sample(HostRuntime.Docker, "/opt/mysticeti") with { TtlHours = 5 }).Prepare();
        Assert.DoesNotContain("key", prepare, StringComparison.Ordinal);
        Assert.Contains("+5 hours", prepare, StringComparison.Ordinal);
        Assert.DoesNotContain("hours", Sample(HostRuntime.Docker, "/opt/mysticeti").Prepare(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_is_started_outlives_its_shell_and_is_removed_with_its_files()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "hosts are Linux machines");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerAsync(listener);
        var root = Path.Combine(_directory, "node two");
        var program = Path.Combine(_directory, "validator");
        await File.WriteAllTextAsync(program, "#!/bin/sh\necho started \"$@\"\nexec sleep 300\n", TestContext.Current.CancellationToken);
        MakeExecutable(program);
        var script = Sample(HostRuntime.Process, root, ((IPEndPoint)listener.LocalEndpoint).Port) with { Executable = program };

        await SucceedsAsync(script.Prepare());
        var (code, _, error) = await RunAsync(script.Start());
        Assert.Equal((1, $"error: {root}/genesis.json is missing: it has to be put there first"), (code, error.Trim()));
        foreach (var path in (string[])[script.GenesisPath, script.KeyPath]) await File.WriteAllTextAsync(path, "{}", TestContext.Current.CancellationToken);
        await SucceedsAsync(script.Start());
        var first = Pid(root);
        Assert.True(Runs(first));

        // Once more, as an update does: in place of the first, on what it stored.
        var stored = Path.Combine(root, "data", "blocks");
        await File.WriteAllTextAsync(stored, "", TestContext.Current.CancellationToken);
        await SucceedsAsync(script.Start());
        Assert.True(File.Exists(stored));
        Assert.NotEqual(first, Pid(root));
        Assert.False(Runs(first));
        Assert.Contains($"started run --authority-index 2 --genesis {root}/genesis.json", await SucceedsAsync(script.Logs(5)), StringComparison.Ordinal);

        // As another committee's: what the first one stored is gone.
        var second = Pid(root);
        await File.WriteAllTextAsync(script.GenesisPath, "{ }", TestContext.Current.CancellationToken);
        await SucceedsAsync(script.Start());
        Assert.False(Runs(second));
        Assert.False(File.Exists(stored));

        var third = Pid(root);
        await SucceedsAsync(script.Remove());
        Assert.False(Runs(third));
        Assert.False(Directory.Exists(root));
        await SucceedsAsync(script.Remove());
        listener.Stop();
        await answering;
    }

    [Fact]
    public async Task A_validator_that_does_not_answer_is_named_with_its_log()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "hosts are Linux machines");
        var root = Path.Combine(_directory, "node");
        var script = Sample(HostRuntime.Process, root, port: 1) with { Executable = Path.Combine(_directory, "validator"), HealthSeconds = 0 };
        await File.WriteAllTextAsync(script.Executable, "#!/bin/sh\necho no memory\n", TestContext.Current.CancellationToken);
        MakeExecutable(script.Executable);
        await SucceedsAsync(script.Prepare());
        foreach (var path in (string[])[script.GenesisPath, script.KeyPath]) await File.WriteAllTextAsync(path, "{}", TestContext.Current.CancellationToken);
        var (code, _, error) = await RunAsync(script.Start());
        Assert.Equal(1, code);
        Assert.Contains("mysticeti-node2 does not answer on port 1", error, StringComparison.Ordinal);
    }

    private static InstallScript Sample(HostRuntime runtime, string root, int port = 26657)
    {
        var specification = new CommitteeSpecification
        {
            Size = 4,
            Hosts = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"],
            Ports = PortPlan.FromPorts([.. Enumerable.Range(0, 4).Select(i => port + i), .. Enumerable.Range(0, 8).Select(i => 40_000 + i)]),
        };
        var launch = ValidatorLaunch.All(specification, LaunchPaths.Alone(runtime == HostRuntime.Docker ? InstallScript.ContainerRoot : root))[2];
        return new InstallScript { Launch = launch with { RpcPort = port }, Runtime = runtime, Root = root };
    }

    private static string SourceRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Mysticeti.sln"))) directory = directory.Parent!;
        return directory.FullName;
    }

    private static async Task AnswerAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync();
                await client.GetStream().WriteAsync("HTTP/1.0 200 OK\r\n\r\n"u8.ToArray());
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    // What has ended is a zombie until whoever inherited it looks.
    private static bool Runs(int pid)
    {
        try
        {
            return !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static void MakeExecutable(string path)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    private static int Pid(string root) => int.Parse(File.ReadAllText(Path.Combine(root, "validator.pid")).Split(' ')[0], provider: null);

    private static async Task<string> SucceedsAsync(string script)
    {
        var (code, output, error) = await RunAsync(script);
        Assert.True(code == 0, $"{error}\n{script}");
        return output;
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(string script, params string[] options)
    {
        using var shell = Process.Start(new ProcessStartInfo("sh", [.. options, "-s"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        await shell.StandardInput.WriteAsync(script);
        shell.StandardInput.Close();
        var output = shell.StandardOutput.ReadToEndAsync();
        var error = shell.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await shell.WaitForExitAsync(limit.Token);
        return (shell.ExitCode, await output, await error);
    }
}
