namespace Mysticeti.Engine.Load;

/// <summary>The one clock of a load: monotonic nanoseconds since its start. Both ends of every latency are taken from it.</summary>
public sealed class LoadClock(TimeProvider time)
{
    private readonly double _nsPerTick = 1e9 / time.TimestampFrequency;
    private long? _origin;

    /// <summary>The wall clock at the load's start.</summary>
    public DateTimeOffset StartedAt { get; private set; }

    /// <summary>The same in Unix nanoseconds.</summary>
    public long StartedAtUnixNs => (StartedAt - DateTimeOffset.UnixEpoch).Ticks * 100;

    /// <summary>At least 1, so that 0 can stand for "never"; 1 until the start.</summary>
    public long NowNs => _origin is long origin ? Math.Max(1, (long)((time.GetTimestamp() - origin) * _nsPerTick)) : 1;

    /// <summary>Nanoseconds on the same clock with an arbitrary zero: for waits that begin before the load does.</summary>
    public long MonotonicNs => (long)(time.GetTimestamp() * _nsPerTick);

    /// <summary>The start on <see cref="MonotonicNs"/>.</summary>
    public long OriginNs => _origin is long origin ? (long)(origin * _nsPerTick) : throw new InvalidOperationException("the clock has not been started");

    /// <summary>Sets the zero, before anything is sent: connections are open by then.</summary>
    /// <param name="lead">How far ahead the zero lies.</param>
    public void Start(TimeSpan lead = default)
    {
        StartedAt = time.GetUtcNow() + lead;
        _origin = time.GetTimestamp() + (long)(lead.TotalSeconds * time.TimestampFrequency);
    }

    /// <summary>Sets a zero that others have agreed on.</summary>
    /// <param name="originNs">On <see cref="MonotonicNs"/>.</param>
    /// <param name="startedAt">The wall clock then.</param>
    public void StartAt(long originNs, DateTimeOffset startedAt) => (_origin, StartedAt) = ((long)(originNs / _nsPerTick), startedAt);
}
