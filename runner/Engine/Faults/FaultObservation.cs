using System.Collections.Immutable;

namespace Mysticeti.Engine.Faults;

/// <summary>How far one node got while a fault was in force.</summary>
/// <param name="FirstCommit">Its commit index when the fault had taken effect; null: it did not say.</param>
/// <param name="LastCommit">Its commit index just before the fault was undone; null: it did not say.</param>
public sealed record NodeProgress(int Node, long? FirstCommit, long? LastCommit);

/// <summary>What was seen of one fault while it was carried out. Times are in nanoseconds of the load's clock.</summary>
internal sealed record FaultObservation
{
    public required FaultEvent Fault { get; init; }

    /// <summary>When it was brought about.</summary>
    public long StartNs { get; init; }

    /// <summary>When the probe saw it; null: it never did.</summary>
    public long? SeenNs { get; init; }

    /// <summary>What the probe found, in words.</summary>
    public string Probe { get; init; } = "";

    /// <summary>When it was undone; null: it could not be.</summary>
    public long? EndNs { get; init; }

    /// <summary>When all its nodes were ready again and had caught up with the others; null: not while they were watched.</summary>
    public long? RecoveredNs { get; init; }

    /// <summary>Why it could not be brought about or undone.</summary>
    public string? Error { get; init; }

    public ImmutableArray<NodeProgress> Progress { get; init; } = [];
}
