using System.Net;
using System.Text.Json;
using Mysticeti.Topology;

namespace Mysticeti.EndToEnd.Tests;

/// <summary>Compose alone, in what a clone of the repository has and no more. It uses the fixed names, addresses and ports of the compose file.</summary>
public sealed class FreshCloneTests : IAsyncLifetime
{
    private const string Second = "fresh-clone-second";
    private static readonly ContainerPlan First = ContainerPlan.Create("local", 4);
    private static readonly ContainerPlan Beside = ContainerPlan.Create(Second, 4, place: NetworkPlace.Of(Second));
    private readonly string _clone = Directory.CreateTempSubdirectory("mysticeti-clone-").FullName;
    private bool _ours;

    public async ValueTask InitializeAsync()
    {
        await Containers.RequireAsync();
        _ours = true;
    }

    public async ValueTask DisposeAsync()
    {
        Directory.Delete(_clone, recursive: true);
        if (!_ours) return;
        foreach (var plan in (ContainerPlan[])[First, Beside])
        {
            await Containers.DockerAsync(["rm", "--force", "--volumes", plan.InitName, .. plan.Nodes.Select(node => node.Name)]);
            await Containers.DockerAsync(["volume", "rm", plan.GenesisVolume, .. plan.Nodes.Select(ContainerPlan.DataVolume)]);
            await Containers.DockerAsync("network", "rm", plan.NetworkName);
        }
    }

    [Fact]
    public async Task A_clone_comes_up_by_compose_up_and_a_network_of_another_name_beside_it_and_both_go_without_a_trace()
    {
        var archive = Path.Combine(_clone, "clone.tar");
        var (code, error) = await Containers.RunAsync("git", ["archive", "--output", archive, "HEAD"], SourceTree.Root);
        Assert.SkipUnless(code == 0, $"the tests do not run in a clone: {error}");
        await System.Formats.Tar.TarFile.ExtractToDirectoryAsync(archive, _clone, overwriteFiles: false, TestContext.Current.CancellationToken);
        // So that it has to be built; what the builder knows of it may stay.
        await Containers.DockerAsync("image", "rm", ContainerImages.Validator);
        await ComposeAsync("up", "--detach");
        await ReadyAsync(First);
        Assert.Equal(0, (await Containers.DockerAsync("image", "inspect", ContainerImages.Validator)).Code);
        await AreConfinedAsync(First);

        // The second one comes up by our own command, which knows its name from the containers.
        using var sandbox = new Sandbox { Longest = TimeSpan.FromMinutes(8) };
        var written = await sandbox.RunAsync("network", "compose", "--name", Second);
        Assert.True(written.ExitCode == 0, written.ToString());
        Assert.Contains($"\n      context: \"{SourceTree.Root}\"\n", written.Out, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(sandbox.Root, "second.yml"), written.Out, TestContext.Current.CancellationToken);
        var load = await sandbox.RunAsync("local-network", "--docker-compose-path", "second.yml", "--num-transactions", "50", "--startup-wait", "120");
        Assert.True(load.ExitCode == 0, load.ToString());
        Assert.Contains($"stop them with: mysticeti network stop --name {Second}", load.Out, StringComparison.Ordinal);
        await AreConfinedAsync(Beside);
        await ReadyAsync(First);

        // Each goes alone.
        await ComposeAsync("down", "--volumes");
        Assert.DoesNotContain(await Containers.LeftAsync(), name => !name.StartsWith($"mysticeti-{Second}", StringComparison.Ordinal));
        await Rpc.CommitsGoOnAsync(Beside.Outputs());
        var stopped = await sandbox.RunAsync("network", "stop", "--name", Second);
        Assert.Contains($"network '{Second}' is stopped: 4 containers", stopped.Out, StringComparison.Ordinal);
        var (removed, why) = await Containers.ComposeAsync(sandbox.Root, "--file", "second.yml", "down", "--volumes");
        Assert.True(removed == 0, why);
        Assert.Empty(await Containers.LeftAsync());
    }

    private static async Task ReadyAsync(ContainerPlan plan)
    {
        foreach (var node in plan.Outputs().Nodes)
            await Eventually.HoldsAsync(async () => await Rpc.StatusCodeAsync(node, "ready") == HttpStatusCode.OK, $"{node.Name} was ready", TimeSpan.FromMinutes(3));
        await Rpc.CommitsGoOnAsync(plan.Outputs());
    }

    /// <summary>What the engine made of the file's limits, for every container.</summary>
    private static async Task AreConfinedAsync(ContainerPlan plan)
    {
        var (code, output) = await Containers.DockerAsync(["inspect", plan.InitName, .. plan.Nodes.Select(node => node.Name)]);
        Assert.True(code == 0, output);
        using var containers = JsonDocument.Parse(output);
        foreach (var container in containers.RootElement.EnumerateArray())
        {
            var host = container.GetProperty("HostConfig");
            Assert.True(host.GetProperty("ReadonlyRootfs").GetBoolean());
            Assert.Equal((ContainerPlan.MemoryMb * 1024L * 1024, (long)ContainerPlan.MaxProcesses), (host.GetProperty("Memory").GetInt64(), host.GetProperty("PidsLimit").GetInt64()));
            Assert.Equal("ALL", Assert.Single(host.GetProperty("CapDrop").EnumerateArray()).GetString());
            Assert.StartsWith("no-new-privileges", Assert.Single(host.GetProperty("SecurityOpt").EnumerateArray()).GetString(), StringComparison.Ordinal);
        }

        var (_, confined) = await Containers.DockerAsync(
            "exec", plan.Nodes[0].Name, "sh", "-c", "touch /x 2>/dev/null || echo read-only; grep -E '^(NoNewPrivs|CapEff)' /proc/1/status | tr -s '\\t' ' '; touch /tmp/x && echo scratch");
        Assert.Equal(["read-only", "CapEff: 0000000000000000", "NoNewPrivs: 1", "scratch"], confined.Trim().Split('\n'));
    }

    private async Task ComposeAsync(params string[] arguments)
    {
        var (code, output) = await Containers.ComposeAsync(_clone, arguments);
        Assert.True(code == 0, output);
    }
}
