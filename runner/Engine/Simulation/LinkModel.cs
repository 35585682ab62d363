using Mysticeti.Engine.Load;

namespace Mysticeti.Engine.Simulation;

/// <summary>
/// How long messages take. Each direction between two validators is a TCP-like stream: in order, reliable, half the
/// round trip away, with jitter, a bandwidth, and losses that show as a later arrival of everything behind.
/// </summary>
internal sealed class LinkModel
{
    private const ulong JitterPurpose = 101;
    private const double MostJitter = 10;
    private const long LeastRetransmissionNs = 10_000_000;

    private readonly int _size;
    private readonly double _jitterNs;
    private readonly double _loss;
    private readonly double _linkNsPerByte;
    private readonly double _uplinkNsPerByte;
    private readonly long[] _latencyNs;
    private readonly long[] _extraNs;
    private readonly long[] _linkFreeNs;
    private readonly long[] _lastArrivalNs;
    private readonly long[] _uplinkFreeNs;
    private SplitMix64 _random;

    public LinkModel(SimulationSettings settings)
    {
        _size = settings.Committee;
        _jitterNs = Ns(settings.Jitter);
        _loss = settings.Loss;
        _linkNsPerByte = NsPerByte(settings.LinkBitsPerSecond);
        _uplinkNsPerByte = NsPerByte(settings.UplinkBitsPerSecond);
        _latencyNs = new long[_size * _size];
        _extraNs = new long[_size * _size];
        _linkFreeNs = new long[_size * _size];
        _lastArrivalNs = new long[_size * _size];
        _uplinkFreeNs = new long[_size];
        _random = new SplitMix64(SplitMix64.Derive(settings.Seed, JitterPurpose));
        for (var from = 0; from < _size; from++)
        {
            for (var to = 0; to < _size; to++) _latencyNs[(from * _size) + to] = from == to ? 0 : Ns(settings.OneWay(from, to));
        }
    }

    /// <summary>Messages and bytes that were sent.</summary>
    public long Messages { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>One-way time without jitter.</summary>
    public long LatencyNs(int from, int to) => _latencyNs[(from * _size) + to] + _extraNs[(from * _size) + to];

    /// <summary>Makes a link slower (or faster again, with a negative time).</summary>
    public void AddLatency(int from, int to, long extraNs) => _extraNs[(from * _size) + to] += extraNs;

    /// <summary>When a message arrives that is handed to the connection at <paramref name="departNs"/>.</summary>
    public long ArrivalNs(int from, int to, int bytes, long departNs)
    {
        Messages++;
        Bytes += bytes;
        var link = (from * _size) + to;
        var leavesUplink = _uplinkFreeNs[from] = Math.Max(departNs, _uplinkFreeNs[from]) + (long)(bytes * _uplinkNsPerByte);
        var onTheWay = _linkFreeNs[link] = Math.Max(leavesUplink, _linkFreeNs[link]) + (long)(bytes * _linkNsPerByte);
        var latency = _latencyNs[link] + _extraNs[link];
        var arrival = onTheWay + latency + Jitter() + Retransmissions(latency);
        return _lastArrivalNs[link] = Math.Max(arrival, _lastArrivalNs[link]);
    }

    private long Jitter() => _jitterNs == 0 ? 0 : (long)(_jitterNs * Math.Min(MostJitter, -Math.Log(1 - _random.NextDouble())));

    private long Retransmissions(long latencyNs)
    {
        long delay = 0;
        while (_loss > 0 && _random.NextDouble() < _loss) delay += Math.Max(LeastRetransmissionNs, 2 * latencyNs);
        return delay;
    }

    private static double NsPerByte(long bitsPerSecond) => bitsPerSecond == 0 ? 0 : 8e9 / bitsPerSecond;

    private static long Ns(TimeSpan time) => time.Ticks * TimeSpan.NanosecondsPerTick;
}
