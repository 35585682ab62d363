using System.Collections.Immutable;
using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Networks.External;
using Mysticeti.Engine.Resources;
using Mysticeti.Topology;

namespace Mysticeti.Platform.Hosting;

/// <summary>The network that the platform serves: embedded in it, or named by outputs that somebody else writes. There may be none.</summary>
internal sealed class PlatformNetwork
{
    private readonly string? _outputsFile;
    private readonly HostOverrides _overrides;
    private readonly INetwork? _started;
    private ImmutableArray<NetworkOutputs> _joined = [];
    private NetworkOutputs? _outputs;
    private DateTime _readAt;

    private PlatformNetwork(INetwork? started, NetworkOutputs? outputs, string? outputsFile, HostOverrides overrides) =>
        (_started, _outputs, _outputsFile, _overrides) = (started, outputs, outputsFile, overrides);

    /// <summary>No network is known: nodes make themselves known by their heartbeats.</summary>
    public static PlatformNetwork None() => new(null, null, null, HostOverrides.None);

    /// <summary>A network that this process started.</summary>
    public static PlatformNetwork Started(INetwork network) => new(network, network.Outputs, null, HostOverrides.None);

    /// <summary>A network that runs already.</summary>
    public static PlatformNetwork Of(NetworkOutputs outputs) => new(null, outputs, null, HostOverrides.None);

    /// <summary>A network that a file describes; it is read again when it changes, and need not be there yet.</summary>
    /// <exception cref="TopologyException">The file is there and wrong.</exception>
    public static PlatformNetwork InFile(string path, HostOverrides overrides)
    {
        var network = new PlatformNetwork(null, null, path, overrides);
        network.Reload();
        return network;
    }

    /// <summary>Where the nodes are; null: no network.</summary>
    public NetworkOutputs? Outputs
    {
        get
        {
            try
            {
                Reload();
            }
            catch (TopologyException error)
            {
                // Half written, or gone while the network is redeployed: what was known holds until it is whole again.
                Problem = error.Message;
            }

            return _outputs;
        }
    }

    /// <summary>What was wrong with the file when <see cref="Outputs"/> was asked for; null: nothing, or there is none.</summary>
    public string? Problem { get; private set; }

    /// <summary>The network, and those that experiments use at the moment.</summary>
    public ImmutableArray<NetworkOutputs> All => Outputs is { } outputs ? [outputs, .. _joined] : _joined;

    /// <summary>Takes another network along until the answer is disposed of.</summary>
    public IDisposable Join(NetworkOutputs outputs)
    {
        ImmutableInterlocked.Update(ref _joined, all => all.Add(outputs));
        return new Joined(this, outputs);
    }

    /// <summary>The network for one experiment. Whoever gets it disposes of it; that stops nothing.</summary>
    public INetwork? Lend(TimeProvider time) => _started is not null ? new Lent(_started) : Outputs is { } outputs ? new ExternalNetwork(outputs, time) : null;

    private void Reload()
    {
        if (_outputsFile is null) return;
        if (!File.Exists(_outputsFile))
        {
            Problem = $"there is no file '{_outputsFile}' yet";
            return;
        }

        var written = File.GetLastWriteTimeUtc(_outputsFile);
        if (written != _readAt) _outputs = _overrides.Of(NetworkOutputs.Load(_outputsFile));
        (_readAt, Problem) = (written, null);
    }

    private sealed class Joined(PlatformNetwork network, NetworkOutputs outputs) : IDisposable
    {
        public void Dispose() => ImmutableInterlocked.Update(ref network._joined, all => all.Remove(outputs));
    }

    /// <summary>A running network that goes on when its borrower is done.</summary>
    private sealed class Lent(INetwork network) : INetwork
    {
        public NetworkOutputs Outputs => network.Outputs;

        public INodeControl? Control => network.Control;

        public INodeResources? Resources => network.Resources;

        public Task StartAsync(TimeSpan startupWait, IProgress<string> progress, CancellationToken cancellationToken) => Task.CompletedTask;

        public IReadOnlyList<NodeFailure> Failures() => network.Failures();

        public Task CollectLogsAsync(string directory, CancellationToken cancellationToken) => network.CollectLogsAsync(directory, cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
