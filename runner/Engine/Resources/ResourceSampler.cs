using System.Collections.Immutable;
using Mysticeti.Engine.Load;

namespace Mysticeti.Engine.Resources;

/// <summary>Samples what the nodes use, about once a second for the time of a load. A node that cannot be seen leaves a gap, never an error.</summary>
internal sealed class ResourceSampler : IAsyncDisposable
{
    private readonly INodeResources? _nodes;
    private readonly IReadOnlyList<string> _names;
    private readonly LoadClock _clock;
    private readonly long _windowStartNs;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _closing = new();
    private readonly ImmutableArray<ResourceSample>.Builder _samples = ImmutableArray.CreateBuilder<ResourceSample>();
    private readonly Task _running;
    private (long Ns, IReadOnlyList<ResourceCounters?> Counters)? _last;

    /// <summary>Begins to sample.</summary>
    /// <param name="nodes">Null: there is nothing to see.</param>
    public ResourceSampler(INodeResources? nodes, IReadOnlyList<string> names, LoadClock clock, long windowStartNs, TimeProvider time)
    {
        (_nodes, _names, _clock, _windowStartNs, _time) = (nodes, names, clock, windowStartNs, time);
        _running = nodes is null ? Task.CompletedTask : RunAsync();
    }

    /// <summary>Ends sampling; the last stretch is as long as it came to be.</summary>
    public async Task<ImmutableArray<ResourceSample>> StopAsync()
    {
        await _closing.CancelAsync();
        await _running;
        return _samples.ToImmutable();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _closing.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            var begin = _time.GetTimestamp();
            await SampleAsync(_closing.Token);
            var rest = _nodes!.Interval - _time.GetElapsedTime(begin);
            await Task.Delay(rest > TimeSpan.Zero ? rest : TimeSpan.Zero, _time, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await SampleAsync(CancellationToken.None);
    }

    private async Task SampleAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<ResourceCounters?> counters;
        try
        {
            counters = await _nodes!.ReadAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        var now = _clock.MonotonicNs;
        var at = Math.Round((_clock.NowNs - _windowStartNs) / 1e9, 3);
        if (_last is { } last && now > last.Ns)
        {
            for (var i = 0; i < Math.Min(_names.Count, counters.Count); i++)
            {
                if (i < last.Counters.Count && Between(_names[i], last.Counters[i], counters[i], (now - last.Ns) / 1e9) is { } sample)
                {
                    _samples.Add(sample with { T = at });
                }
            }
        }

        _last = (now, counters);
    }

    /// <summary>Null where one end is missing, or the node started again in between: its counters began anew.</summary>
    /// <param name="apart">Seconds between the readings here, for counters that do not say when they were read.</param>
    private static ResourceSample? Between(string name, ResourceCounters? before, ResourceCounters? after, double apart)
    {
        var seconds = after?.AtSeconds - before?.AtSeconds ?? apart;
        return before is null || after is null || after.CpuSeconds < before.CpuSeconds || seconds <= 0
            ? null
            : new ResourceSample(
                0, name, Math.Round((after.CpuSeconds - before.CpuSeconds) / seconds, 4), after.MemoryBytes, after.DiskReadBytes - before.DiskReadBytes,
                after.DiskWrittenBytes - before.DiskWrittenBytes, after.ReceivedBytes - before.ReceivedBytes, after.SentBytes - before.SentBytes);
    }
}
