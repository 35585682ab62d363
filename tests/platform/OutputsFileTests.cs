using Mysticeti.Platform.Hosting;
using Mysticeti.Platform.Orchestrator;
using Mysticeti.Topology;

namespace Mysticeti.Platform.Tests;

/// <summary>The network's outputs may come after the services, and change while they run.</summary>
public sealed class OutputsFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("outputs-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task What_is_wrong_with_the_file_is_told_until_it_is_whole_and_what_was_known_holds()
    {
        var file = Path.Combine(_directory, "outputs.json");
        var own = PlatformNetwork.InFile(file, HostOverrides.None);
        var networks = new ExperimentNetworks(own, HostOverrides.None, _ => throw new InvalidOperationException(), TimeProvider.System);
        Assert.Equal($"there is no network: there is no file '{file}' yet", await ProblemAsync());

        Write("""{"nodes":[{"name":"a"}]}""", 1);
        Assert.Contains(file, await ProblemAsync(), StringComparison.Ordinal);

        var node = new NodeOutput { Index = 0, Name = "a", Host = "127.0.0.1", RpcUrl = new Uri("http://127.0.0.1:26657") };
        Write(new NetworkOutputs { Name = "n", Type = "local", Flavor = NetworkOutputs.Mysticeti, Nodes = [node] }.ToJson(), 2);
        Assert.Equal(["a"], (await networks.FindAsync(null, default)).Validators);
        Assert.Null(own.Problem);

        Write("half", 3);
        Assert.Equal(["a"], (await networks.FindAsync(null, default)).Validators);
        Assert.Contains(file, own.Problem, StringComparison.Ordinal);

        async Task<string> ProblemAsync() => (await Assert.ThrowsAsync<TopologyException>(() => networks.FindAsync(null, default))).Message;

        // Files are told apart by the time of their writing, which may not differ within a test.
        void Write(string text, int second)
        {
            File.WriteAllText(file, text);
            File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch.AddSeconds(second));
        }
    }
}
