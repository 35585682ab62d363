using System.Collections.Immutable;
using Mysticeti.Engine.Networks;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Tests.Benchmark;

/// <summary>Fake nodes behind the interface that every network has.</summary>
internal sealed class FakeNetwork : INetwork
{
    private volatile NodeFailure[] _failures = [];

    public FakeNetwork(int nodes = 4) => Nodes = [.. Enumerable.Range(0, nodes).Select(i => new FakeNode(Chain, i))];

    public FakeChain Chain { get; } = new();

    public ImmutableArray<FakeNode> Nodes { get; }

    public bool Stopped { get; private set; }

    public string Flavor { get; set; } = NetworkOutputs.Mysticeti;

    public Exception? StartFailure { get; set; }

    public NetworkOutputs Outputs => new()
    {
        Name = "embedded",
        Type = "embedded",
        Flavor = Flavor,
        Nodes = [.. Nodes.Select(n => new NodeOutput { Index = n.Index, Name = n.Name, Host = "127.0.0.1", RpcUrl = n.RpcUrl })],
    };

    public void Fail(int node, string reason)
    {
        Nodes[node].Kill();
        _failures = [new NodeFailure(node, Nodes[node].Name, reason)];
    }

    public Task StartAsync(TimeSpan startupWait, IProgress<string> progress, CancellationToken cancellationToken)
    {
        progress.Report("network is up");
        return StartFailure is null ? Task.CompletedTask : Task.FromException(StartFailure);
    }

    public IReadOnlyList<NodeFailure> Failures() => _failures;

    public async Task CollectLogsAsync(string directory, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory);
        await File.WriteAllTextAsync(Path.Combine(directory, "node0.log"), "started\n", cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Stopped = true;
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes) await node.DisposeAsync();

        await Chain.DisposeAsync();
    }
}
