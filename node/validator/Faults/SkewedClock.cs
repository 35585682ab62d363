namespace Mysticeti.Validator.Faults;

/// <summary>A clock whose wall time is wrong by what the faults of the moment say. Delays and time-outs are not affected.</summary>
internal sealed class SkewedClock(FaultControl control, TimeProvider inner) : TimeProvider
{
    public override TimeZoneInfo LocalTimeZone => inner.LocalTimeZone;

    public override long TimestampFrequency => inner.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => inner.GetUtcNow().AddMilliseconds(control.Current.ClockSkewMs);

    public override long GetTimestamp() => inner.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        inner.CreateTimer(callback, state, dueTime, period);
}
