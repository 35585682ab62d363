namespace Mysticeti.Consensus.Core;

/// <summary>A moment as the core's owner saw it. The core has no clock of its own, so it runs the same under virtual time.</summary>
/// <param name="MonotonicNs">For delays and time-outs; never goes back.</param>
/// <param name="WallNs">For block timestamps: nanoseconds since the Unix epoch.</param>
public readonly record struct Instant(long MonotonicNs, long WallNs);

/// <summary>How a block reached this validator.</summary>
public enum BlockOrigin
{
    /// <summary>Pushed by its author.</summary>
    Stream,

    /// <summary>Answered to a request for missing ancestors.</summary>
    Fetched,

    /// <summary>Proposed by this validator.</summary>
    Own,

    /// <summary>Read back from this validator's own log.</summary>
    Recovered,
}

/// <summary>What became of an own block while a validator was away, as the checkpoint that it goes on from tells.</summary>
public enum OwnBlockFate
{
    /// <summary>It is in no commit up to the checkpoint, but may come into one.</summary>
    Open,

    /// <summary>It is in a commit.</summary>
    Sequenced,

    /// <summary>It lies at or below the garbage collection round: it is in a commit, or never will be.</summary>
    Unknown,
}

/// <summary>Where the proposer gets transactions.</summary>
public interface ITransactionPool
{
    /// <summary>Whether a transaction waits for a block.</summary>
    bool HasPending { get; }

    /// <summary>Moves the oldest transactions, within both limits, into <paramref name="into"/>.</summary>
    /// <param name="hashes">Gets the SHA-256 of each; a pool that does not have them leaves it empty.</param>
    void Take(int maxCount, int maxBytes, List<ReadOnlyMemory<byte>> into, List<Digest> hashes);

    /// <summary>
    /// Told of an own block that was not made of what <see cref="Take"/> just gave, but came from the log or from a peer, and may still be sequenced:
    /// until it was, or is given to <see cref="Requeue"/>, its transactions must not go into another block, even where they wait.
    /// </summary>
    void Restore(Block own);

    /// <summary>Takes back transactions of an own block that can never be sequenced, but for those that are in another one.</summary>
    void Requeue(Block dropped);
}

/// <summary>
/// What the core wants done. Called by the core's owner thread, inside the call that caused it; the implementation only
/// collects, and acts once the blocks it was given are durable.
/// </summary>
public interface ICoreOutput
{
    /// <summary>The block is in the DAG now; all its ancestors were reported before it. An own one must be durable before it is sent.</summary>
    void Accepted(Block block, BlockOrigin origin);

    /// <summary>Ask <paramref name="peer"/> for blocks.</summary>
    void Fetch(int peer, IReadOnlyList<BlockRef> references);

    /// <summary>A leader slot was decided, in sequence.</summary>
    void Decided(LeaderDecision decision);

    /// <summary>The next sub-DAG of the committed sequence.</summary>
    void Committed(CommittedSubDag subDag);

    /// <summary>Follows the <see cref="Committed"/> of every <see cref="ConsensusParameters.CheckpointCommits"/>-th commit.</summary>
    void Checkpoint(CoreState state);

    /// <summary>Something that is worth a metric and a line in the log.</summary>
    void Noticed(CoreNotice notice, int author, long round);
}

/// <summary>Unusual events in the core.</summary>
public enum CoreNotice
{
    /// <summary>A second block of one author and round.</summary>
    Equivocation,

    /// <summary>A block waits for missing ancestors.</summary>
    Suspended,

    /// <summary>A block was refused because its author has too many suspended ones.</summary>
    SuspendedOverflow,

    /// <summary>A block waits until its timestamp is due.</summary>
    HeldForClock,

    /// <summary>A round was left without all its leaders because the time-out passed.</summary>
    LeaderTimeout,

    /// <summary>The threshold clock moved on.</summary>
    RoundAdvanced,

    /// <summary>A missing block was asked for again, from another peer.</summary>
    FetchRetry,
}

/// <summary>
/// Where the core stands right after a commit: a function of the committed sequence alone, so equal on all validators.
/// With the blocks above the garbage collection round it is all that is needed to go on.
/// </summary>
/// <param name="NextRound">Round of the leader slot that is to be decided next.</param>
/// <param name="NextOffset">Offset of that slot; K for the first of the following leader round.</param>
public sealed record CoreState(LinearizerState Linearizer, long NextRound, int NextOffset)
{
    /// <summary>Before the first commit.</summary>
    public static CoreState Initial(Digest genesisHash) => new(new LinearizerState(0, genesisHash, 0, []), 1, 0);
}

/// <summary>Local settings of the core: they may differ between validators without harm to agreement.</summary>
public sealed record CoreOptions
{
    /// <summary>First leader time-out.</summary>
    public TimeSpan LeaderTimeout { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Cap of the leader time-out, which doubles with each consecutive one.</summary>
    public TimeSpan LeaderTimeoutCap { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>After this, a missing block is asked for again, from the next peer; later attempts wait up to eight times as long.</summary>
    public TimeSpan FetchTimeout { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Most suspended blocks of one author.</summary>
    public int MaxSuspendedBlocks { get; init; } = 2_000;

    /// <summary>Most bytes in suspended blocks of one author.</summary>
    public long MaxSuspendedBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>Most references in one request for missing blocks.</summary>
    public int MaxFetchReferences { get; init; } = 500;
}
