namespace Mysticeti.Engine.Observation;

/// <summary>What one node's commit stream showed of a load's transactions.</summary>
public sealed record CommitTally
{
    public required string Node { get; init; }

    /// <summary>Commits read from its stream.</summary>
    public required long Commits { get; init; }

    /// <summary>Transactions that took effect for the first time.</summary>
    public required long Transactions { get; init; }

    /// <summary>Transactions that took effect again: each breaks "at most once".</summary>
    public required long Duplicates { get; init; }

    /// <summary>Repeated ones that the validator flagged as without effect.</summary>
    public required long FlaggedDuplicates { get; init; }

    /// <summary>Transactions that this run never sent, or that came back changed.</summary>
    public required long Foreign { get; init; }

    /// <summary>What the first foreign one was.</summary>
    public required string? FirstForeign { get; init; }

    /// <summary>Transactions of earlier loads of this run, which came late.</summary>
    public required long Late { get; init; }

    /// <summary>Times that the stream had to be opened again.</summary>
    public required int Reconnects { get; init; }

    /// <summary>Commit indexes that the stream left out.</summary>
    public required long Missed { get; init; }

    /// <summary>Whether the stream was ever open.</summary>
    public required bool Connected { get; init; }

    /// <summary>What went wrong last with the stream.</summary>
    public required string? Error { get; init; }
}
