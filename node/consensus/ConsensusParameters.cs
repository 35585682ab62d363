namespace Mysticeti.Consensus;

/// <summary>
/// What all validators of a network must agree on. It stands in the genesis file, so that no two can differ.
/// </summary>
public sealed record ConsensusParameters
{
    /// <summary>K, leader slots a round: 1 to the committee's size.</summary>
    public int LeadersPerRound { get; init; } = 2;

    /// <summary>W, rounds from a leader to its decision round, both counted: at least 3.</summary>
    public int WaveLength { get; init; } = 3;

    /// <summary>Whether a wave starts in every round; otherwise leader rounds are the positive multiples of W.</summary>
    public bool Pipelined { get; init; } = true;

    /// <summary>Rounds below the last committed leader that are kept for sequencing: at least 10.</summary>
    public int GcDepth { get; init; } = 2_000;

    /// <summary>Most transactions in a block.</summary>
    public int MaxBlockTransactions { get; init; } = 20_000;

    /// <summary>Most transaction bytes in a block.</summary>
    public int MaxBlockBytes { get; init; } = 2 * 1024 * 1024;

    /// <summary>Most bytes of one transaction; never above <see cref="MaxBlockBytes"/>.</summary>
    public int MaxTransactionBytes { get; init; } = 1024 * 1024;

    /// <summary>How far in the future, in milliseconds, a block's timestamp may lie before the block is held back until it is due.</summary>
    public int MaxClockDriftMs { get; init; } = 500;

    /// <summary>Shortest time between two own blocks, in milliseconds, while the last rounds carry transactions.</summary>
    public int MinRoundDelayMs { get; init; } = 2;

    /// <summary>Shortest time between two own blocks, in milliseconds, while there is nothing to sequence.</summary>
    public int IdleRoundDelayMs { get; init; } = 50;

    /// <summary>
    /// Transactions in the window over which repeated ones are recognised: 1 to 10,000,000. The window are the newest commits that hold at most
    /// as many transactions, repeated ones not counted, but never fewer commits than gc_depth * K: what a block may take
    /// to be sequenced rules where the two differ, so that a transaction in blocks of two validators never takes effect twice because one of the
    /// blocks was late. It follows from the committed sequence alone, and holds no more transactions than this many, or than can be committed within
    /// <see cref="GcDepth"/> rounds.
    /// </summary>
    public int DuplicateWindowTransactions { get; init; } = 100_000;

    /// <summary>Commits between two checkpoints; the same on all validators, so that one can take over another's.</summary>
    public int CheckpointCommits { get; init; } = 1_000;

    /// <summary>
    /// Fewest commits before a commit that its transactions are compared with: gc_depth * K. A block of round r is in a commit whose predecessor's
    /// leader is of a round below r + gc_depth, or in none, so between the two there are no more commits with leaders of r or later.
    /// </summary>
    private long LeastDuplicateWindowCommits => (long)GcDepth * LeadersPerRound;

    /// <summary>Whether commit <paramref name="oldest"/> no longer belongs to the window that commit <paramref name="index"/> is compared with.</summary>
    /// <param name="held">Transactions of the commits from <paramref name="oldest"/> up to the one before <paramref name="index"/>.</param>
    public bool IsBeyondDuplicateWindow(long oldest, long held, long index) =>
        held > DuplicateWindowTransactions && oldest < index - LeastDuplicateWindowCommits;

    /// <summary>Whether <paramref name="round"/> has leaders.</summary>
    public bool IsLeaderRound(long round) => round >= 1 && (Pipelined || round % WaveLength == 0);

    /// <summary>The round whose blocks vote for or blame the leaders of <paramref name="leaderRound"/>.</summary>
    public long VotingRound(long leaderRound) => leaderRound + WaveLength - 2;

    /// <summary>The round whose blocks can be certificates for the leaders of <paramref name="leaderRound"/>.</summary>
    public long DecisionRound(long leaderRound) => leaderRound + WaveLength - 1;

    /// <summary>The garbage collection round that follows from the last committed leader's round: max(0, round - gc_depth).</summary>
    public long GcRound(long lastLeaderRound) => Math.Max(0, lastLeaderRound - GcDepth);

    /// <summary>Checks every range.</summary>
    /// <exception cref="ArgumentException">A value is out of range; the message names it, its range and its value.</exception>
    public ConsensusParameters Validated(int committeeSize)
    {
        Require(nameof(LeadersPerRound), LeadersPerRound, 1, committeeSize);
        Require(nameof(WaveLength), WaveLength, 3, 1_000);
        Require(nameof(GcDepth), GcDepth, 10, 1_000_000);
        Require(nameof(MaxBlockTransactions), MaxBlockTransactions, 1, 1_000_000);
        Require(nameof(MaxBlockBytes), MaxBlockBytes, 1024, 64 * 1024 * 1024);
        Require(nameof(MaxTransactionBytes), MaxTransactionBytes, 1, MaxBlockBytes);
        Require(nameof(MaxClockDriftMs), MaxClockDriftMs, 0, 3_600_000);
        Require(nameof(MinRoundDelayMs), MinRoundDelayMs, 0, 60_000);
        Require(nameof(IdleRoundDelayMs), IdleRoundDelayMs, MinRoundDelayMs, 60_000);
        Require(nameof(DuplicateWindowTransactions), DuplicateWindowTransactions, 1, 10_000_000);
        Require(nameof(CheckpointCommits), CheckpointCommits, 1, 10_000_000);
        return this;
    }

    private static void Require(string name, int value, int least, int most)
    {
        if (value < least || value > most)
            throw new ArgumentException($"consensus parameter {name} is {value}; it must be from {least} to {most}");
    }
}
