using System.Collections.Immutable;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Networks;

/// <summary>What is left of an embedded network's directory when it has stopped. The next network of the name clears it anyway.</summary>
public enum Cleanup
{
    /// <summary>Everything stays.</summary>
    Nothing,

    /// <summary>Genesis, keys and logs stay; what the validators stored goes.</summary>
    Storage,

    /// <summary>The directory goes.</summary>
    Everything,
}

/// <summary>How an embedded network is brought up.</summary>
public sealed record EmbeddedNetworkSettings
{
    /// <summary>Number of validators, at least 4.</summary>
    public required int Committee { get; init; }

    /// <summary>First port; 0: any free ports; null: the default ports.</summary>
    public int? BasePort { get; init; }

    /// <summary>Name wanted; null: <c>embedded</c>, or the first free one after it.</summary>
    public string? Name { get; init; }

    /// <summary>Whether the validators outlive this process.</summary>
    public bool Detached { get; init; }

    /// <summary>Local parameters of every validator; null: each has its default.</summary>
    public ParametersFile? Parameters { get; init; }

    /// <summary>Regions, assigned to the validators in turn; empty: all are in one.</summary>
    public ImmutableArray<string> Regions { get; init; } = [];

    /// <summary>Whether the validators can be asked to misbehave.</summary>
    public bool FaultInjection { get; init; }

    /// <summary>Where the validators post their heartbeats; null: nowhere.</summary>
    public Uri? HeartbeatUrl { get; init; }

    /// <summary>File with the token that goes with them; null: none is needed.</summary>
    public string? HeartbeatTokenFile { get; init; }

    public Cleanup Cleanup { get; init; } = Cleanup.Nothing;

    /// <summary>The directory under which each network has its own.</summary>
    public required string NetworksDirectory { get; init; }

    /// <summary>Path of the validator; null: <see cref="ValidatorExecutable.Find()"/>.</summary>
    public string? Validator { get; init; }

    /// <summary>Time between the request to stop and the end by force.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(5);
}
