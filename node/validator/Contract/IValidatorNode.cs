using Mysticeti.Consensus;
using Mysticeti.Protocol;
using Mysticeti.Topology;
using Mysticeti.Validator.Application;

namespace Mysticeti.Validator.Contract;

/// <summary>What the RPC server sees of the validator. Every member may be called by any thread.</summary>
internal interface IValidatorNode
{
    Genesis Genesis { get; }

    /// <summary>Own index in the committee.</summary>
    int AuthorityIndex { get; }

    /// <summary>Offers a transaction to the mempool, which copies it.</summary>
    SubmitResult Submit(ReadOnlySpan<byte> transaction);

    /// <summary>A snapshot of where the validator stands.</summary>
    NodeStatus Status { get; }

    /// <summary>A snapshot of the peer links, one for each other authority.</summary>
    IReadOnlyList<PeerStatus> Peers { get; }

    /// <summary>The committed sequence as far as it is retained.</summary>
    Commits.CommitLog CommitLog { get; }

    /// <summary>What the committed transactions have made of the application's state.</summary>
    IApplicationQueries Application { get; }
}

/// <param name="Hash">SHA-256 of the transaction.</param>
/// <param name="Reason">Why it was refused, for people; null where it was accepted.</param>
/// <param name="Code">The application's code; other than 0 only where it refused.</param>
internal readonly record struct SubmitResult(SubmitOutcome Outcome, Digest Hash, string? Reason, uint Code = TransactionCodes.Ok);

/// <param name="Ready">Connected to a quorum, the validator itself counted.</param>
/// <param name="CatchingUp">Blocks of peers are known to be missing still.</param>
/// <param name="Round">The threshold clock's round.</param>
/// <param name="MempoolCount">Transactions waiting for a block.</param>
internal sealed record NodeStatus(
    bool Ready, bool CatchingUp, long Round, long ProposedRound, long MempoolCount, long MempoolBytes, string BootId, DateTimeOffset StartedAt);

/// <param name="Address">host:port of the peer's link, as in the genesis file.</param>
/// <param name="RoundTrip">Last measured round trip; null before the first.</param>
internal sealed record PeerStatus(
    int AuthorityIndex, string Name, string Address, bool Connected, bool Outbound, TimeSpan? RoundTrip,
    long BytesSent, long BytesReceived, long BlocksReceived, DateTimeOffset? ConnectedAt);
