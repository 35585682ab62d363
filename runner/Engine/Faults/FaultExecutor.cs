using System.Collections.Immutable;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Networks;

namespace Mysticeti.Engine.Faults;

/// <summary>
/// Carries a timeline out while a load runs: brings each fault about at its time, looks whether it took effect, undoes it at its
/// end or at the end of the load, and watches until its nodes are well again. If this process dies, the targets undo the
/// faults themselves: validators forget what is not renewed, frozen processes go on by a timer beside them.
/// </summary>
internal sealed class FaultExecutor : IDisposable
{
    /// <summary>How long a validator keeps up a fault that nobody renews.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(5);

    /// <summary>Every so many renewals the hosts are told again that killed nodes are to stay down.</summary>
    private const int KillRenewals = 6;

    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestUndoing = TimeSpan.FromSeconds(30);

    /// <summary>Longest watch, after the end of the load, for nodes that are to come back.</summary>
    private static readonly TimeSpan LongestRecovery = TimeSpan.FromSeconds(30);

    private readonly INetwork _network;
    private readonly IReadOnlyList<NodeEndpoint> _nodes;
    private readonly LoadClock _clock;
    private readonly long _originNs;
    private readonly Action<string> _say;
    private readonly TimeProvider _time;
    private readonly FaultClient _client;
    private readonly FaultProbe _probe;
    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly List<FaultEvent> _active = [];

    private FaultExecutor(INetwork network, IReadOnlyList<NodeEndpoint> nodes, LoadClock clock, long originNs, Action<string> say, TimeProvider time)
    {
        (_network, _nodes, _clock, _originNs, _say, _time) = (network, nodes, clock, originNs, say, time);
        _client = new FaultClient(nodes);
        _probe = new FaultProbe(nodes, _client, time);
    }

    /// <summary>Carries out the faults; returns when all are undone and their nodes are well, or have not become so in time.</summary>
    /// <param name="originNs">The start of the measured window on the load's clock.</param>
    /// <param name="say">Takes one line an event, for people.</param>
    /// <param name="loadEnded">Undoes what is still in force, and brings nothing more about.</param>
    /// <returns>What was seen of each fault that was begun.</returns>
    public static async Task<ImmutableArray<FaultObservation>> RunAsync(
        ImmutableArray<FaultEvent> faults, INetwork network, IReadOnlyList<NodeEndpoint> nodes, LoadClock clock, long originNs,
        Action<string> say, TimeProvider time, CancellationToken loadEnded)
    {
        if (faults.IsEmpty) return [];
        using var executor = new FaultExecutor(network, nodes, clock, originNs, say, time);
        var renewing = executor.RenewAsync(loadEnded);
        var observations = await Task.WhenAll(faults.Select(fault => executor.CarryOutAsync(fault, loadEnded)));
        await renewing;
        return [.. observations.OfType<FaultObservation>().OrderBy(observation => observation.StartNs)];
    }

    public void Dispose()
    {
        _probe.Dispose();
        _client.Dispose();
        _changing.Dispose();
    }

    private async Task<FaultObservation?> CarryOutAsync(FaultEvent fault, CancellationToken loadEnded)
    {
        if (!await SleepUntilAsync(fault.At, loadEnded)) return null;
        var seen = new FaultObservation { Fault = fault, StartNs = _clock.NowNs };
        _say($"fault: {fault}");
        try
        {
            await BringAboutAsync(fault);
            seen = await LookAsync(seen);
            if (fault.Kind != FaultKind.Restart)
            {
                if (fault.Until is { } until) await SleepUntilAsync(until, loadEnded);
                else await Task.Delay(Timeout.InfiniteTimeSpan, _time, loadEnded).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        catch (NetworkException error)
        {
            seen = seen with { Error = error.Message, Probe = error.Message };
        }

        seen = seen with { Progress = await ProgressAsync(seen) };
        return await UndoAsync(seen, loadEnded);
    }

    private async Task BringAboutAsync(FaultEvent fault)
    {
        switch (fault.Kind)
        {
            case FaultKind.Kill or FaultKind.Restart:
                await ChangeAsync(fault, () => _active.Add(fault), CancellationToken.None);
                await KillAsync(fault);
                break;
            case FaultKind.Pause:
                var longest = (fault.Until is { } until ? until - fault.At : Lease * 40) + Slack;
                await Task.WhenAll(fault.Nodes.Select(node => Control(fault).PauseAsync(node, longest, CancellationToken.None)));
                break;
            default:
                await ChangeAsync(fault, () => _active.Add(fault), CancellationToken.None);
                break;
        }
    }

    private async Task<FaultObservation> LookAsync(FaultObservation seen)
    {
        var (tookEffect, what) = await _probe.LookAsync(seen.Fault, FaultStates.Concerned(seen.Fault, _nodes.Count), CancellationToken.None);
        var commits = await _probe.CommitsAsync(Silent(seen.Fault), CancellationToken.None);
        return seen with
        {
            Probe = what,
            SeenNs = tookEffect ? _clock.NowNs : null,
            Progress = [.. commits.Select((commit, node) => new NodeProgress(node, commit, null))],
        };
    }

    private async Task<ImmutableArray<NodeProgress>> ProgressAsync(FaultObservation seen)
    {
        if (seen.Progress.IsEmpty) return [];
        var commits = await _probe.CommitsAsync(Silent(seen.Fault), CancellationToken.None);
        return [.. seen.Progress.Select((progress, node) => progress with { LastCommit = commits[node] })];
    }

    private static ImmutableArray<int> Silent(FaultEvent fault) => fault.NeedsControl ? fault.Nodes : [];

    private async Task<FaultObservation> UndoAsync(FaultObservation seen, CancellationToken loadEnded)
    {
        var fault = seen.Fault;
        using var limit = new CancellationTokenSource(LongestUndoing, _time);
        try
        {
            switch (fault.Kind)
            {
                case FaultKind.Kill or FaultKind.Restart or FaultKind.DiskFull:
                    await ForgetAsync(fault, limit.Token);
                    await Task.WhenAll(fault.Nodes.Select(node => StartAsync(fault, node, limit.Token)));
                    break;
                case FaultKind.Pause:
                    await Task.WhenAll(fault.Nodes.Select(node => Control(fault).ResumeAsync(node, limit.Token)));
                    break;
                default:
                    await ChangeAsync(fault, () => _active.Remove(fault), limit.Token);
                    break;
            }
        }
        catch (Exception error) when (error is NetworkException or OperationCanceledException)
        {
            return seen with { Error = $"it could not be undone: {error.Message}" };
        }

        seen = seen with { EndNs = _clock.NowNs };
        _say($"undone: {fault}");
        return await RecoverAsync(seen, loadEnded);
    }

    private async Task<FaultObservation> RecoverAsync(FaultObservation seen, CancellationToken loadEnded)
    {
        var affected = !seen.Fault.NeedsControl ? FaultStates.Concerned(seen.Fault, _nodes.Count) : seen.Fault.Nodes;
        using var limit = new CancellationTokenSource();
        using var registration = loadEnded.Register(() => limit.CancelAfter(LongestRecovery));
        try
        {
            // Caught up: where the others were when the fault was undone.
            var target = (await _probe.CommitsAsync([], limit.Token)).Max() ?? 0;
            await _probe.WaitUntilWellAsync(affected, target, limit.Token);
            return seen with { RecoveredNs = _clock.NowNs };
        }
        catch (OperationCanceledException)
        {
            return seen;
        }
    }

    /// <summary>A validator that starts anew has forgotten its faults.</summary>
    private async Task StartAsync(FaultEvent fault, int node, CancellationToken cancellationToken)
    {
        await Control(fault).StartAsync(node, cancellationToken);
        if (!_active.Any(other => FaultStates.Concerned(other, _nodes.Count).Contains(node))) return;
        await _probe.WaitUntilWellAsync([node], 0, cancellationToken);
        await _changing.WaitAsync(cancellationToken);
        try
        {
            await PutAsync(node, cancellationToken);
        }
        finally
        {
            _changing.Release();
        }
    }

    private async Task ChangeAsync(FaultEvent fault, Action change, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            change();
            await Task.WhenAll(FaultStates.Concerned(fault, _nodes.Count).Select(node => PutAsync(node, cancellationToken)));
        }
        finally
        {
            _changing.Release();
        }
    }

    private Task PutAsync(int node, CancellationToken cancellationToken) =>
        _client.SetAsync(node, FaultStates.Of(node, _nodes.Count, _active) with { ExpiresAfterMs = (int)Lease.TotalMilliseconds }, cancellationToken);

    private Task KillAsync(FaultEvent fault) => Task.WhenAll(fault.Nodes.Select(node => Control(fault).KillAsync(node, CancellationToken.None)));

    /// <summary>Nobody asks for the fault any more; its nodes are down and cannot be told.</summary>
    private async Task ForgetAsync(FaultEvent fault, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        _active.Remove(fault);
        _changing.Release();
    }

    private async Task RenewAsync(CancellationToken loadEnded)
    {
        for (var round = 1; ; round++)
        {
            await Task.Delay(Renewal, _time, loadEnded).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (loadEnded.IsCancellationRequested) return;
            await _changing.WaitAsync(CancellationToken.None);
            try
            {
                await Task.WhenAll(_active.SelectMany(fault => FaultStates.Concerned(fault, _nodes.Count)).Distinct().Select(RenewAsync));
                if (round % KillRenewals == 0) await Task.WhenAll(_active.Where(fault => fault.Kind == FaultKind.Kill).Select(RenewKillAsync));
            }
            finally
            {
                _changing.Release();
            }
        }
    }

    private async Task RenewAsync(int node)
    {
        try
        {
            await PutAsync(node, CancellationToken.None);
        }
        catch (NetworkException)
        {
            // Down by another fault; whoever starts it again puts its state.
        }
    }

    private async Task RenewKillAsync(FaultEvent fault)
    {
        try
        {
            await KillAsync(fault);
        }
        catch (NetworkException)
        {
            // It will be tried again; until then the host's own timer runs.
        }
    }

    private INodeControl Control(FaultEvent fault) =>
        _network.Control ?? throw new NetworkException($"'{fault}' needs a network whose nodes can be stopped and started from here");

    /// <returns>False: the load ended before.</returns>
    private async Task<bool> SleepUntilAsync(TimeSpan at, CancellationToken loadEnded)
    {
        while (!loadEnded.IsCancellationRequested)
        {
            var left = TimeSpan.FromMicroseconds((_originNs - _clock.NowNs) / 1e3) + at;
            if (left <= TimeSpan.Zero) return true;
            await Task.Delay(left, _time, loadEnded).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return false;
    }
}
