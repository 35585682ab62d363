using Mysticeti.Protocol.Trace;
using Mysticeti.Metrics;
using Mysticeti.Validator.Faults;

namespace Mysticeti.Validator.Rpc;

/// <summary>The bounds that keep one client from taking the RPC server from the others.</summary>
internal sealed record RpcOptions
{
    /// <summary>Largest request body, in bytes; a larger one is answered with 413.</summary>
    public int MaxBodyBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Most requests in a JSON-RPC batch.</summary>
    public int MaxBatch { get; init; } = 1_000;

    /// <summary>Response bytes after which the remaining requests of a batch are refused.</summary>
    public int MaxResponseBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>Open connections; further ones are closed at once.</summary>
    public int MaxConnections { get; init; } = 900;

    /// <summary>Open commit streams, and open submission streams; further ones get 503.</summary>
    public int MaxStreams { get; init; } = 64;

    /// <summary>Open WebSocket connections; further ones get 503.</summary>
    public int MaxWebSockets { get; init; } = 100;

    /// <summary>Subscriptions on one WebSocket connection.</summary>
    public int MaxSubscriptions { get; init; } = 5;

    /// <summary>Calls of broadcast_tx_commit that wait at the same time.</summary>
    public int MaxCommitWaiters { get; init; } = 100;

    /// <summary>Longest wait of broadcast_tx_commit.</summary>
    public TimeSpan CommitTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Silence on a commit stream after which a heartbeat is sent.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A client that takes nothing of a response for so long is disconnected.</summary>
    public TimeSpan StalledReaderTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest time for a request's headers to arrive.</summary>
    public TimeSpan HeadersTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a stop waits for requests under way.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Where the server registers its metrics, and what <c>GET /metrics</c> writes; one server for one registry. Null: its own.</summary>
    public MetricRegistry? Metrics { get; init; }

    /// <summary>What <c>GET /v1/trace</c> shows. Null: tracing is off.</summary>
    public TraceLog? Trace { get; init; }

    /// <summary>What <c>/v1/faults</c> controls. Null: it is refused.</summary>
    internal FaultControl? Faults { get; init; }
}
