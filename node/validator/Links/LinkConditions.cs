namespace Mysticeti.Validator.Links;

/// <summary>What an emulated path does to what one validator sends to another.</summary>
/// <param name="OneWay">Propagation delay.</param>
/// <param name="Jitter">Up to so much is added at random, evenly.</param>
/// <param name="Loss">Probability that a packet is lost, from 0 to below 1. Each loss costs a round trip, as TCP's fast retransmit does.</param>
/// <param name="BytesPerSecond">Bandwidth; 0 for no limit.</param>
public sealed record LinkConditions(TimeSpan OneWay, TimeSpan Jitter, double Loss, double BytesPerSecond);

/// <summary>
/// When bytes arrive at the other end under <see cref="LinkConditions"/>: they wait for the line, take their time on it, travel, and
/// never overtake what was sent before. A function of the seed and the calls alone; one thread only.
/// </summary>
internal sealed class LinkSchedule(LinkConditions conditions, int seed)
{
    /// <summary>Payload of a TCP segment in an Ethernet frame.</summary>
    private const int PacketBytes = 1448;

    private readonly Random _random = new(seed);
    private TimeSpan _lineFree;
    private TimeSpan _lastArrival;

    /// <param name="now">Since any fixed moment, never going back.</param>
    /// <returns>The arrival, since the same moment.</returns>
    public TimeSpan Arrival(TimeSpan now, int bytes)
    {
        var start = now > _lineFree ? now : _lineFree;
        _lineFree = conditions.BytesPerSecond > 0 ? start + TimeSpan.FromSeconds(bytes / conditions.BytesPerSecond) : start;
        var arrival = _lineFree + conditions.OneWay + (conditions.Jitter * _random.NextDouble()) + (conditions.OneWay * 2 * Losses(bytes));
        return _lastArrival = arrival > _lastArrival ? arrival : _lastArrival;
    }

    // Packets are repeated side by side: the one that is lost most often decides.
    private int Losses(int bytes)
    {
        if (conditions.Loss <= 0) return 0;
        var most = 0;
        for (var packet = 0; packet < bytes; packet += PacketBytes)
        {
            var losses = 0;
            while (_random.NextDouble() < conditions.Loss) losses++;
            most = Math.Max(most, losses);
        }

        return most;
    }
}
