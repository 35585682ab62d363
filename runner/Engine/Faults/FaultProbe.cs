using Mysticeti.Engine.Load;
using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Nodes;
using Mysticeti.Protocol;

namespace Mysticeti.Engine.Faults;

/// <summary>Looks from outside whether a fault has taken effect, and whether nodes are well again.</summary>
internal sealed class FaultProbe(IReadOnlyList<NodeEndpoint> nodes, FaultClient client, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly NodeClient _client = new();

    /// <summary>Waits a little until the fault shows.</summary>
    /// <returns>Whether it did, and what was seen.</returns>
    public async Task<(bool TookEffect, string Seen)> LookAsync(FaultEvent fault, IReadOnlyList<int> concerned, CancellationToken cancellationToken)
    {
        var begin = time.GetTimestamp();
        while (true)
        {
            var looks = await Task.WhenAll(
                fault.NeedsControl ? fault.Nodes.Select(node => AnswerAsync(fault, node, cancellationToken)) : concerned.Select(node => StateAsync(node, cancellationToken)));
            var missing = looks.Where(look => !look.Shows).ToArray();
            if (missing.Length == 0) return (true, string.Join(", ", looks.Select(look => look.Seen)));
            if (time.GetElapsedTime(begin) > Longest) return (false, string.Join(", ", missing.Select(look => look.Seen)));
            await Task.Delay(Interval, time, cancellationToken);
        }
    }

    /// <summary>The newest commit of each node; null where a node does not say, and of those that are known to be silent.</summary>
    public Task<long?[]> CommitsAsync(IReadOnlyCollection<int> silent, CancellationToken cancellationToken) => Task.WhenAll(nodes.Select(async (node, i) =>
        silent.Contains(i) ? null : (await NodeProbe.AskAsync(_client, node.RpcUrl, cancellationToken)).CommitIndex));

    /// <summary>Waits until the nodes are ready and have committed at least <paramref name="target"/>.</summary>
    public async Task WaitUntilWellAsync(IEnumerable<int> affected, long target, CancellationToken cancellationToken)
    {
        foreach (var node in affected)
        {
            while (true)
            {
                var report = await NodeProbe.AskAsync(_client, nodes[node].RpcUrl, cancellationToken);
                if (report.Ready && report.CommitIndex >= target) break;
                await Task.Delay(Interval, time, cancellationToken);
            }
        }
    }

    public void Dispose() => _client.Dispose();

    /// <summary>A dead node refuses connections; a frozen one takes them and says nothing.</summary>
    private async Task<(bool Shows, string Seen)> AnswerAsync(FaultEvent fault, int node, CancellationToken cancellationToken)
    {
        var answer = await Readiness.AskAsync(_client, nodes[node].RpcUrl, NodePaths.Ready, cancellationToken) ?? "is ready";
        var expected = fault.Kind == FaultKind.Pause ? "no answer" : "no connection";
        return (answer.StartsWith(expected, StringComparison.Ordinal), $"{nodes[node].Name}: {answer}");
    }

    private async Task<(bool Shows, string Seen)> StateAsync(int node, CancellationToken cancellationToken)
    {
        try
        {
            var remaining = await client.RemainingAsync(node, cancellationToken);
            return (remaining > TimeSpan.Zero, $"{nodes[node].Name}: {(remaining > TimeSpan.Zero ? "reports the fault" : "reports no fault")}");
        }
        catch (NetworkException error)
        {
            return (false, error.Message);
        }
    }
}
