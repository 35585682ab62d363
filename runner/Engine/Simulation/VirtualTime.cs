using Mysticeti.Consensus.Core;

namespace Mysticeti.Engine.Simulation;

/// <summary>The clock of a simulation: it stands still until the simulation moves it.</summary>
internal sealed class VirtualTime : TimeProvider
{
    /// <summary>The wall clock at virtual time 0, the same in every run.</summary>
    public static readonly DateTimeOffset Epoch = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly long EpochNs = (Epoch - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;

    /// <summary>Nanoseconds since the network was switched on.</summary>
    public long NowNs { get; set; }

    /// <summary>The same as a time span, in whole ticks.</summary>
    public TimeSpan Elapsed => TimeSpan.FromTicks(NowNs / TimeSpan.NanosecondsPerTick);

    /// <summary>Now, as a core sees it.</summary>
    public Instant Instant => new(NowNs, EpochNs + NowNs);

    public override long TimestampFrequency => 1_000_000_000;

    public override long GetTimestamp() => NowNs;

    public override DateTimeOffset GetUtcNow() => Epoch.AddTicks(NowNs / TimeSpan.NanosecondsPerTick);
}
