using System.Collections.Immutable;

namespace Mysticeti.Consensus.Core;

/// <summary>An own block, and whether the leader time-out had to pass before it.</summary>
internal sealed record Proposal(Block Block, bool TimedOut);

/// <summary>Decides when to propose and on what to build.</summary>
internal sealed class Proposer(
    IDagView dag, LeaderWait leaderWait, Committee committee, ConsensusParameters parameters, CoreOptions options,
    int self, IBlockSigner signer, ITransactionPool pool)
{
    /// <summary>
    /// Shortest round while a connected validator catches up: it has to work through rounds faster than the others make them, which on a busy machine
    /// it never would. Blocks are larger meanwhile; no transaction waits longer than a few such rounds.
    /// </summary>
    private const int CatchUpRoundDelayMs = 20;

    /// <summary>Rounds after one with transactions that it takes until these are committed, so that idling may begin.</summary>
    private int SettlingRounds => parameters.WaveLength + 1;

    private readonly long[] _newestRound = new long[committee.Size];
    private readonly long[] _includedRound = new long[committee.Size];
    private readonly List<ReadOnlyMemory<byte>> _transactions = [];
    private readonly List<Digest> _transactionHashes = [];
    private BlockRef _ownPrevious = Block.GenesisReference(self);
    private long _busyUntilRound;
    private long _lastTimestampNs;
    private long _lastProposedAtNs = long.MinValue / 2;
    private long _pendingRound;
    private long _pendingSinceNs;
    private int _consecutiveTimeouts;

    public LeaderWait LeaderWait => leaderWait;

    /// <summary>The newest own block.</summary>
    public BlockRef Last => _ownPrevious;

    /// <summary>Round of the newest own block.</summary>
    public long LastRound => _ownPrevious.Round;

    public void Accepted(Block block)
    {
        _newestRound[block.Author] = Math.Max(_newestRound[block.Author], block.Round);
        if (block.TransactionCount > 0) _busyUntilRound = Math.Max(_busyUntilRound, block.Round + SettlingRounds);
    }

    /// <summary>Takes up after a restart: no round of an own block in the log may ever be proposed in again.</summary>
    public void Remember(Block own)
    {
        if (own.Round <= LastRound) return;
        _ownPrevious = own.Reference;
        _lastTimestampNs = Math.Max(_lastTimestampNs, own.TimestampNs);
        foreach (var ancestor in own.Ancestors)
            _includedRound[ancestor.Author] = Math.Max(_includedRound[ancestor.Author], ancestor.Round);
    }

    /// <summary>Proposes, if it is time, in the threshold clock's round, or in the one before where that passed without an own block.</summary>
    /// <param name="wakeNs">When to try again at the latest, on the monotonic clock.</param>
    public Proposal? TryPropose(long clockRound, Instant now, out long wakeNs)
    {
        wakeNs = long.MaxValue;
        if (LastRound < clockRound - 1)
        {
            // The others were faster, and may wait for this block now, as a leader's or for its votes: no delay, no wait.
            _lastProposedAtNs = now.MonotonicNs;
            return new Proposal(Build(clockRound - 1, now), TimedOut: false);
        }

        if (clockRound <= LastRound) return null;
        if (_pendingRound != clockRound) (_pendingRound, _pendingSinceNs) = (clockRound, now.MonotonicNs);

        var delayMs = clockRound <= _busyUntilRound || pool.HasPending ? parameters.MinRoundDelayMs : parameters.IdleRoundDelayMs;
        if (leaderWait.SomebodyCatchesUp(clockRound - 1, now)) delayMs = Math.Max(delayMs, CatchUpRoundDelayMs);
        var earliestNs = _lastProposedAtNs + (delayMs * 1_000_000L);
        if (now.MonotonicNs < earliestNs)
        {
            wakeNs = earliestNs;
            return null;
        }

        var satisfied = leaderWait.IsSatisfied(clockRound - 1, now);
        if (!satisfied)
        {
            var timeoutNs = _pendingSinceNs + TimeoutNs;
            if (now.MonotonicNs < timeoutNs)
            {
                wakeNs = timeoutNs;
                return null;
            }
        }

        _consecutiveTimeouts = satisfied ? 0 : _consecutiveTimeouts + 1;
        _lastProposedAtNs = now.MonotonicNs;
        return new Proposal(Build(clockRound, now), !satisfied);
    }

    /// <summary>min(first * 2^(consecutive time-outs), cap).</summary>
    private long TimeoutNs
    {
        get
        {
            var first = options.LeaderTimeout.Ticks * TimeSpan.NanosecondsPerTick;
            var cap = options.LeaderTimeoutCap.Ticks * TimeSpan.NanosecondsPerTick;
            return Math.Min(first << Math.Min(_consecutiveTimeouts, 16), cap);
        }
    }

    private Block Build(long round, Instant now)
    {
        _transactions.Clear();
        _transactionHashes.Clear();
        pool.Take(parameters.MaxBlockTransactions, parameters.MaxBlockBytes, _transactions, _transactionHashes);
        // Timestamps of one author never go back, whatever its wall clock does.
        _lastTimestampNs = Math.Max(_lastTimestampNs + 1, now.WallNs);
        var block = BlockCodec.Create(self, round, _lastTimestampNs, Ancestors(round), _transactions, signer, _transactionHashes.Count == 0 ? null : [.. _transactionHashes]);
        _transactions.Clear();
        _ownPrevious = block.Reference;
        return block;
    }

    /// <summary>The own previous block first, then the newest block of each other author that no own block has referred to.</summary>
    private ImmutableArray<BlockRef> Ancestors(long round)
    {
        var ancestors = ImmutableArray.CreateBuilder<BlockRef>(committee.Size);
        ancestors.Add(_ownPrevious);
        for (var author = 0; author < committee.Size; author++)
        {
            if (author == self) continue;
            if (round == 1)
            {
                ancestors.Add(Block.GenesisReference(author));
                continue;
            }

            for (var r = Math.Min(_newestRound[author], round - 1); r > _includedRound[author]; r--)
            {
                if (dag.BlocksAt(r, author) is not [var block, ..]) continue;
                ancestors.Add(block.Reference);
                _includedRound[author] = r;
                break;
            }
        }

        return ancestors.DrainToImmutable();
    }
}
