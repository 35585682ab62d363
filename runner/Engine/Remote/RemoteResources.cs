using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Resources;
using Mysticeti.Engine.Ssh;

namespace Mysticeti.Engine.Remote;

/// <summary>
/// Reads what validators use of their hosts over SSH. It must not disturb what is measured: a host that takes long to answer is left alone for a
/// while, and the more hosts there are the more rarely each is asked.
/// </summary>
internal sealed class RemoteResources(IReadOnlyList<RemoteNode> nodes, TimeProvider time) : INodeResources
{
    /// <summary>Hosts that may be asked each second: each question is a process of the SSH client beside the load generator.</summary>
    private const int HostsPerSecond = 10;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);

    private readonly string[] _processes = [.. nodes.Select(_ => "")];
    private readonly long?[] _slowAt = new long?[nodes.Count];
    private readonly bool _areShared = nodes.DistinctBy(node => node.Host, StringComparer.OrdinalIgnoreCase).Count() < nodes.Count;

    /// <inheritdoc/>
    public TimeSpan Interval => TimeSpan.FromSeconds(Math.Max(1, (double)nodes.Count / HostsPerSecond));

    /// <inheritdoc/>
    public string Note => _areShared
        ? "what a validator receives and sends is not known: several share a host, which counts for all together"
        : "received and sent are those of the validator's whole host, SSH included";

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ResourceCounters?>> ReadAsync(CancellationToken cancellationToken)
    {
        var counters = await Task.WhenAll(Enumerable.Range(0, nodes.Count).Select(i => ReadAsync(i, cancellationToken)));
        cancellationToken.ThrowIfCancellationRequested();
        return counters;
    }

    private async Task<ResourceCounters?> ReadAsync(int i, CancellationToken cancellationToken)
    {
        if (_slowAt[i] is { } slow && time.GetElapsedTime(slow) < Rest) return null;
        _slowAt[i] = null;
        using var late = new CancellationTokenSource(Longest, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            var seen = await nodes[i].ReadCountersAsync(_processes[i], end.Token);
            _processes[i] = seen?.Process ?? "";
            return _areShared && seen is not null ? seen.Counters with { ReceivedBytes = null, SentBytes = null } : seen?.Counters;
        }
        catch (Exception error) when (error is SshException or NetworkException or OperationCanceledException)
        {
            if (!cancellationToken.IsCancellationRequested) _slowAt[i] = time.GetTimestamp();
            return null;
        }
    }
}
