using System.Diagnostics;
using System.Text.Json;
using Mysticeti.Topology;

namespace Mysticeti.EndToEnd.Tests;

/// <summary>Networks in containers of the real Docker engine, from the compose file in the source tree. They use its fixed names, addresses and ports.</summary>
public sealed class ContainerNetworkTests : IAsyncLifetime
{
    private static readonly string ComposeFile = SourceTree.PathOf("docker-compose.yml");
    private static readonly ContainerPlan Plan = ContainerPlan.Create("local", 4);
    private static readonly string[] Names = [.. Plan.Nodes.Select(node => node.Name).Prepend("mysticeti-init")];
    private bool _ours;

    public async ValueTask InitializeAsync()
    {
        await Containers.RequireAsync();
        _ours = true;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_ours) return;
        await Containers.DockerAsync(["rm", "--force", "--volumes", .. Names]);
        await Containers.DockerAsync(["volume", "rm", Plan.GenesisVolume, .. Plan.Nodes.Select(ContainerPlan.DataVolume)]);
        await Containers.DockerAsync("network", "rm", Plan.NetworkName);
    }

    [Fact]
    public async Task A_network_of_containers_is_built_loaded_loses_a_validator_is_loaded_again_and_leaves_nothing()
    {
        // The first command builds the image.
        using var sandbox = new Sandbox { Longest = TimeSpan.FromMinutes(8) };
        var load = sandbox.StartScript("local_network.sh", answers: "nowhere.yml\n\n200\n\n\n60\nn\ny\n", "--docker-compose-path", ComposeFile);
        await load.ExitAsync(sandbox.Longest);
        Assert.True(load.ExitCode == 0, load.ToString());
        Assert.Contains("Please try again: --docker-compose-path: there is no file 'nowhere.yml'", load.Out, StringComparison.Ordinal);
        Assert.Matches("Successful transactions: *200", load.Out);
        Assert.EndsWith("=== Example completed ===\n", load.Out, StringComparison.Ordinal);

        var nodes = Plan.Outputs().Nodes;
        foreach (var node in Plan.Nodes)
        {
            var (_, address) = await Containers.DockerAsync("inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", node.Name);
            Assert.Equal(node.Host, address.Trim());
        }

        // Without a clean-up they go on running, and other commands find them.
        Assert.Equal("up up up up", await StatesAsync(sandbox));
        var (_, secrets) = await Containers.DockerAsync("exec", "mysticeti-node0", "ls", "/network/node1");
        Assert.Empty(secrets);
        var (_, rights) = await Containers.DockerAsync("exec", "mysticeti-node0", "sh", "-c", "id -u; stat -c '%u %a' /network/node0/key.json; touch /network/genesis.json || echo read-only");
        Assert.Equal(["10001", "10001 600", "read-only"], rights.Trim().Split('\n'));
        Assert.Equal(0, (await Containers.DockerAsync("kill", "mysticeti-node3")).Code);
        Assert.Equal("up up up down", await StatesAsync(sandbox));
        foreach (var node in nodes[..3])
        {
            var transaction = Convert.ToBase64String(Guid.NewGuid().ToByteArray());
            using var content = new StringContent($$$"""{"jsonrpc":"2.0","id":1,"method":"broadcast_tx_commit","params":{"tx":"{{{transaction}}}"}}""");
            using var response = await Rpc.PostAsync(node, content);
            Assert.Contains("\"height\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        var logs = await sandbox.RunAsync("network", "logs", "3", "--lines", "5");
        Assert.True(logs.ExitCode == 0 && logs.Out.Length > 0, logs.ToString());

        // The next run takes the one that is down up again, and here clears everything away.
        string[] faults = ["slow 2 by 20ms at 0s for 1s", "pause 1 at 2s for 1s", "kill 3 at 4s for 1s"];
        var measured = await sandbox.MeasureAsync(
        [
            "--network-type", "local", "--docker-compose-path", ComposeFile, "--duration", "8", "--loads", "100", "--startup-wait", "60", "--cleanup-thorough",
            .. faults.SelectMany(fault => (string[])["--fault", fault]),
        ]);
        Assert.Contains("Network Type: local", measured.Out, StringComparison.Ordinal);
        using (var result = sandbox.Result())
        {
            Assert.Equal("local", result.RootElement.GetProperty("network_type").GetString());
            Assert.True(result.RootElement.GetProperty("safety").GetProperty("agreement").GetBoolean());
            Assert.Equal(0, result.RootElement.GetProperty("node_failures").GetArrayLength());
            Assert.Equal(faults, result.RootElement.GetProperty("faults").EnumerateArray().Select(fault => fault.GetProperty("description").GetString()));
            Assert.All(result.RootElement.GetProperty("faults").EnumerateArray(), fault => Assert.True(
                fault.GetProperty("took_effect").GetBoolean() && fault.GetProperty("time_to_recover").ValueKind == JsonValueKind.Number, fault.ToString()));
            // A sample of the moment in which a node is killed has next to nothing in it.
            var resources = result.RootElement.GetProperty("resources").EnumerateArray().GroupBy(sample => sample.GetProperty("node").GetString()).ToArray();
            Assert.Equal(4, resources.Length);
            Assert.All(resources, samples => Assert.Contains(samples, sample => sample.GetProperty("memory_bytes").GetInt64() > 1_000_000 && sample.GetProperty("sent_bytes").GetInt64() > 0));
        }

        Assert.Equal(4, Directory.GetFiles(sandbox.Results, "mysticeti-node*.log", SearchOption.AllDirectories).Length);
        Assert.Empty(await Containers.LeftAsync());
        Assert.Contains("no network is running here", (await sandbox.RunAsync("network", "status")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_is_prepared_runs_its_validator_in_a_container_as_a_service_and_is_left_as_it_was()
    {
        using var sandbox = new Sandbox();
        var (code, _) = await Containers.DockerAsync("image", "inspect", ContainerImages.Validator);
        Assert.SkipUnless(code == 0, "the validator's image is not built; the other test here does it");
        var specification = new CommitteeSpecification { Size = 4, Ports = PortPlan.FromPorts(FreePorts.Reserve(12)), Parameters = ParametersFile.Defaults };
        var files = LaunchPlan.Create(specification, LaunchPaths.Under(sandbox.Root), TimeProvider.System);
        var script = new InstallScript
        {
            Launch = ValidatorLaunch.All(specification, LaunchPaths.Alone(InstallScript.ContainerRoot))[0],
            Runtime = HostRuntime.Docker,
            Root = Path.Combine(sandbox.Root, "host"),
        };
        await ShellAsync(script.Prepare());
        await File.WriteAllBytesAsync(script.GenesisPath, files.Genesis.ToBytes());
        files.Keys[0].Write(script.KeyPath);
        await File.WriteAllBytesAsync(script.ParametersPath, files.Parameters!.ToBytes());
        await ShellAsync(script.Start());
        var (_, policy) = await Containers.DockerAsync("inspect", "--format", "{{.State.Status}} {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.CapDrop}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.PidsLimit}}", script.Launch.Name);
        Assert.Equal("running unless-stopped [ALL] true 1024", policy.Trim());
        Assert.NotEqual("0", (await Containers.DockerAsync("exec", script.Launch.Name, "id", "-u")).Output.Trim());
        await ShellAsync(script.Stop());
        await ShellAsync(script.Start());
        await ShellAsync(script.Remove());
        Assert.False(Directory.Exists(script.Root));
        Assert.Empty(await Containers.LeftAsync());
    }

    private static async Task ShellAsync(string script)
    {
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = shell.StandardError.ReadToEndAsync();
        _ = shell.StandardOutput.ReadToEndAsync();
        await shell.WaitForExitAsync();
        Assert.True(shell.ExitCode == 0, await error);
    }

    private static async Task<string> StatesAsync(Sandbox sandbox)
    {
        var status = await sandbox.RunAsync("network", "status", "--json");
        Assert.True(status.ExitCode == 0, status.ToString());
        using var json = JsonDocument.Parse(status.Out);
        return string.Join(' ', json.RootElement[0].GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("running").GetBoolean() ? "up" : "down"));
    }
}
