namespace Mysticeti.Consensus;

/// <summary>What is known of a leader slot.</summary>
public enum LeaderStatus
{
    /// <summary>Blocks that may still come can decide it either way.</summary>
    Undecided,

    /// <summary>Certificates for one leader block carry the stake of a quorum.</summary>
    DirectCommit,

    /// <summary>Blames carry the stake of a quorum.</summary>
    DirectSkip,

    /// <summary>The anchor has a certificate for the leader block among its ancestors.</summary>
    IndirectCommit,

    /// <summary>The anchor has no certificate for the slot among its ancestors.</summary>
    IndirectSkip,
}

/// <summary>The status of one leader slot.</summary>
/// <param name="Round">The leader round, at least 1.</param>
/// <param name="Offset">Place of the slot in its round, from 0 to K-1.</param>
/// <param name="Authority">The elected authority, (round + offset) mod n.</param>
/// <param name="Block">The committed leader block; null unless committed.</param>
public sealed record LeaderDecision(long Round, int Offset, int Authority, LeaderStatus Status, Block? Block);
