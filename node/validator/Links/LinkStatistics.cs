using System.Globalization;
using Mysticeti.Metrics;
using Mysticeti.Validator.Emulation;

namespace Mysticeti.Validator.Links;

/// <summary>Figures of one link over all its connections. Safe for use by several threads.</summary>
internal sealed class LinkStatistics
{
    private long _bytesSent;
    private long _bytesReceived;
    private long _blocksReceived;
    private long _roundTripTicks = -1;
    private volatile Connection? _connection;

    private sealed record Connection(bool Outbound, DateTimeOffset At);

    public long BytesSent => Volatile.Read(ref _bytesSent);

    public long BytesReceived => Volatile.Read(ref _bytesReceived);

    public long BlocksReceived => Volatile.Read(ref _blocksReceived);

    public bool Outbound => _connection?.Outbound ?? false;

    public DateTimeOffset? ConnectedAt => _connection?.At;

    /// <summary>The last one measured; null before the first.</summary>
    public TimeSpan? RoundTrip
    {
        get => Volatile.Read(ref _roundTripTicks) is >= 0 and var ticks ? TimeSpan.FromTicks(ticks) : null;
        set => Volatile.Write(ref _roundTripTicks, value?.Ticks ?? -1);
    }

    public void Connected(bool outbound, DateTimeOffset at) => _connection = new Connection(outbound, at);

    public void AddSent(long bytes) => Interlocked.Add(ref _bytesSent, bytes);

    public void AddReceived(long bytes) => Interlocked.Add(ref _bytesReceived, bytes);

    public void AddBlock() => Interlocked.Increment(ref _blocksReceived);
}

/// <summary>Metrics of all links together.</summary>
internal sealed class LinkMetrics(MetricRegistry registry)
{
    private readonly MetricFamily<Gauge> _roundTrips = registry.Gauges(
        "mysticeti_peer_round_trip_seconds", "Last measured round trip to a peer, by its authority index; emulated delays included.", "peer");

    private readonly MetricFamily<Gauge> _emulated = registry.Gauges(
        "mysticeti_peer_emulated_round_trip_seconds", "Round trip to a peer that WAN emulation is configured for, without jitter and loss.", "peer");

    public void RoundTrip(int peer, TimeSpan measured) => _roundTrips.With(Label(peer)).Set(measured.TotalSeconds);

    public void Emulated(int peer, LinkConditions path) => _emulated.With(Label(peer)).Set(path.OneWay.TotalSeconds * 2);

    private static string Label(int peer) => peer.ToString(CultureInfo.InvariantCulture);

    public Counter BytesSent { get; } = registry.Counter("mysticeti_peer_sent_bytes_total", "Bytes sent to peers, framing included, TLS excluded.");

    public Counter BytesReceived { get; } = registry.Counter("mysticeti_peer_received_bytes_total", "Bytes received from peers, framing included, TLS excluded.");

    public Counter FramesDropped { get; } = registry.Counter("mysticeti_peer_frames_dropped_total", "Frames that a full queue to a peer refused.");

    public Counter BlocksInvalid { get; } = registry.Counter("mysticeti_blocks_invalid_total", "Blocks of peers that failed a check.");

    public Counter HandshakesFailed { get; } = registry.Counter("mysticeti_peer_handshakes_failed_total", "Incoming connections that proved no committee key.");

    public Counter ProtocolErrors { get; } = registry.Counter("mysticeti_peer_protocol_errors_total", "Connections closed because the peer broke the protocol.");
}
