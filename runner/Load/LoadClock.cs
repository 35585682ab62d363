namespace Mysticeti.Runner.Load;

/// <summary>The one clock of a load: monotonic nanoseconds since its start. Both ends of every latency are taken from it.</summary>
public sealed class LoadClock
{
    private readonly TimeProvider _time;
    private readonly long _origin;
    private readonly double _nsPerTick;

    public LoadClock(TimeProvider time)
    {
        _time = time;
        _nsPerTick = 1e9 / time.TimestampFrequency;
        StartedAt = time.GetUtcNow();
        _origin = time.GetTimestamp();
    }

    /// <summary>The wall clock at the load's start.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>The same in Unix nanoseconds.</summary>
    public long StartedAtUnixNs => (StartedAt - DateTimeOffset.UnixEpoch).Ticks * 100;

    /// <summary>At least 1, so that 0 can stand for "never".</summary>
    public long NowNs => Math.Max(1, (long)((_time.GetTimestamp() - _origin) * _nsPerTick));
}
