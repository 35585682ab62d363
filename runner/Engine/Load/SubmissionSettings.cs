namespace Mysticeti.Engine.Load;

/// <summary>How the generator speaks to nodes.</summary>
public sealed record SubmissionSettings
{
    public SubmissionMode Mode { get; init; } = SubmissionMode.Batch;

    /// <summary>What <see cref="Connections"/> is where nothing was asked for.</summary>
    public static int DefaultConnections(SubmissionMode mode) => mode switch
    {
        SubmissionMode.Single => 16,
        SubmissionMode.Stream => 1,
        _ => 4,
    };

    /// <summary>Connections to each node; 0: as many as suit the mode.</summary>
    public int Connections { get; init; }

    /// <summary>
    /// Most requests without an answer on one connection. Idle connections are used first; 1 never sends a request behind another
    /// (no HTTP pipelining), at the price that transactions wait while all connections do.
    /// </summary>
    public int InFlight { get; init; } = SubmissionConnection.MostRequestsInFlight;

    /// <summary>Processes that send the load together, each its share; 1: this process alone.</summary>
    public int Workers { get; init; } = 1;

    /// <summary><c>broadcast_tx_sync</c> or <c>broadcast_tx_async</c>.</summary>
    public string Method { get; init; } = "broadcast_tx_sync";

    internal int ConnectionsToEach => Connections > 0 ? Connections : DefaultConnections(Mode);
}
