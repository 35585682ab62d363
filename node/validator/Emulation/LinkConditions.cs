namespace Mysticeti.Validator.Emulation;

/// <summary>What an emulated path does to what one validator sends to another.</summary>
/// <param name="OneWay">Propagation delay.</param>
/// <param name="Jitter">Up to so much is added at random, evenly.</param>
/// <param name="Loss">Probability that a packet is lost, from 0 to below 1. Each loss costs a <see cref="Repetition"/>, as TCP's fast retransmit does.</param>
/// <param name="BytesPerSecond">Bandwidth; 0 for no limit.</param>
internal sealed record LinkConditions(TimeSpan OneWay, TimeSpan Jitter, double Loss, double BytesPerSecond)
{
    /// <summary>Bytes arrive as soon as they are sent.</summary>
    public static LinkConditions None { get; } = new(TimeSpan.Zero, TimeSpan.Zero, 0, 0);

    /// <summary>What the loss of a packet costs; a round trip, unless something else is said.</summary>
    public TimeSpan Repetition { get; init; } = OneWay * 2;
}

/// <summary>
/// When bytes arrive at the other end under <see cref="LinkConditions"/>: they wait for the line, take their time on it, travel, and
/// never overtake what was sent before. A function of the seed and the calls alone; one thread only.
/// </summary>
/// <param name="current">The conditions at the time of each call.</param>
internal sealed class LinkSchedule(Func<LinkConditions> current, int seed)
{
    /// <summary>Payload of a TCP segment in an Ethernet frame.</summary>
    private const int PacketBytes = 1448;

    private readonly Random _random = new(seed);
    private TimeSpan _lineFree;
    private TimeSpan _lastArrival;

    public LinkSchedule(LinkConditions conditions, int seed)
        : this(() => conditions, seed)
    {
    }

    /// <param name="now">Since any fixed moment, never going back.</param>
    /// <returns>The arrival, since the same moment.</returns>
    public TimeSpan Arrival(TimeSpan now, int bytes)
    {
        var conditions = current();
        var start = now > _lineFree ? now : _lineFree;
        _lineFree = conditions.BytesPerSecond > 0 ? start + TimeSpan.FromSeconds(bytes / conditions.BytesPerSecond) : start;
        var arrival = _lineFree + conditions.OneWay + (conditions.Jitter * _random.NextDouble()) + (conditions.Repetition * Losses(bytes, conditions.Loss));
        return _lastArrival = arrival > _lastArrival ? arrival : _lastArrival;
    }

    // Packets are repeated side by side: the one that is lost most often decides.
    private int Losses(int bytes, double loss)
    {
        if (loss <= 0) return 0;
        var most = 0;
        for (var packet = 0; packet < bytes; packet += PacketBytes)
        {
            var losses = 0;
            while (_random.NextDouble() < loss) losses++;
            most = Math.Max(most, losses);
        }

        return most;
    }
}
