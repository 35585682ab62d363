using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Ssh;

namespace Mysticeti.Engine.Remote;

/// <summary>
/// Hears from the hosts when a validator ends by itself: a command on each waits for that there, so that nobody has to ask again and again
/// during a measurement. A host that cannot be reached for a while says so when it can be again.
/// </summary>
internal sealed class RemoteWatch(IReadOnlyList<RemoteNode> nodes, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Wait before a host is asked again after its connection was lost.</summary>
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Watch?[] _watches = new Watch?[nodes.Count];

    /// <summary>The validators that have ended since their watch began, though nobody ended them.</summary>
    public IReadOnlyList<NodeFailure> Failures
    {
        get
        {
            lock (_lock) return [.. _watches.Select(watch => watch?.Failure).OfType<NodeFailure>()];
        }
    }

    /// <summary>Watches all validators.</summary>
    public Task BeginAllAsync() => Task.WhenAll(Enumerable.Range(0, nodes.Count).Select(BeginAsync));

    /// <summary>Watches a validator that runs; what was heard of it before is forgotten.</summary>
    public async Task BeginAsync(int node)
    {
        await EndAsync(node);
        var watch = new Watch(nodes[node], time);
        lock (_lock) _watches[node] = watch;
    }

    /// <summary>Watches a validator no more, because it is to end.</summary>
    public async Task EndAsync(int node)
    {
        Watch? watch;
        lock (_lock) (watch, _watches[node]) = (_watches[node], null);
        if (watch is not null) await watch.DisposeAsync();
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(Enumerable.Range(0, nodes.Count).Select(EndAsync));

    private sealed class Watch : IAsyncDisposable
    {
        private readonly CancellationTokenSource _ending = new();
        private readonly Task _watching;
        private volatile NodeFailure? _failure;

        public Watch(RemoteNode node, TimeProvider time) => _watching = WatchAsync(node, time, _ending.Token);

        public NodeFailure? Failure => _failure;

        public async ValueTask DisposeAsync()
        {
            await _ending.CancelAsync();
            await _watching;
            _ending.Dispose();
        }

        private async Task WatchAsync(RemoteNode node, TimeProvider time, CancellationToken cancellationToken)
        {
            try
            {
                while (true)
                {
                    try
                    {
                        var log = await node.AwaitEndAsync(cancellationToken);
                        _failure = new NodeFailure(node.Index, node.Name, log.Count == 0 ? "ended with an empty log" : $"ended: {string.Join(" | ", log)}");
                        return;
                    }
                    catch (Exception error) when (error is NetworkException or SshException)
                    {
                        await Task.Delay(Retry, time, cancellationToken);
                    }
                }
            }
            catch (OperationCanceledException)
            {
                // Nobody wants to know any more.
            }
        }
    }
}
