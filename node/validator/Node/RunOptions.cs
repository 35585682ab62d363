using System.Net;

namespace Mysticeti.Validator.Node;

/// <summary>The arguments of <c>mysticeti-validator run</c>.</summary>
internal sealed record RunOptions
{
    public required int AuthorityIndex { get; init; }

    public required string GenesisPath { get; init; }

    public required string KeyPath { get; init; }

    public required string WorkingDirectory { get; init; }

    public required IPAddress Bind { get; init; }

    public required int RpcPort { get; init; }

    public required int PeerPort { get; init; }

    /// <summary>Null: every parameter has its default.</summary>
    public string? ParametersPath { get; init; }

    /// <summary>Own blocks survive a power failure before they are sent, at the price of one disk flush a round.</summary>
    public bool Fsync { get; init; }

    /// <summary>Where to send a heartbeat every few seconds; null: nowhere.</summary>
    public Uri? HeartbeatUrl { get; init; }

    /// <summary>File with the bearer token that goes with heartbeats; null: none is needed.</summary>
    public string? HeartbeatTokenPath { get; init; }

    /// <summary>Whoever reaches the RPC port may make the validator misbehave.</summary>
    public bool UnsafeFaultInjection { get; init; }
}
