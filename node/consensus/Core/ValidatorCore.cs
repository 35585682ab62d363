namespace Mysticeti.Consensus.Core;

/// <summary>
/// A validator without its surroundings: takes valid blocks and moments in time, proposes, asks for what is missing,
/// commits. Deterministic; owned by one thread at a time; performs no I/O (see <see cref="ICoreOutput"/>).
/// </summary>
public sealed class ValidatorCore
{
    /// <summary>A validator counts as catching up when a correct authority is this many rounds ahead of it.</summary>
    internal const int CatchUpRounds = 20;

    private readonly Committee _committee;
    private readonly ConsensusParameters _parameters;
    private readonly int _self;
    private readonly ICoreOutput _output;
    private readonly ITransactionPool _pool;

    private readonly Dag _dag;
    private readonly ThresholdClock _clock;
    private readonly CommitRule _rule;
    private readonly Linearizer _linearizer;
    private readonly SuspendedBlocks _suspended;
    private readonly MissingBlocks _missing;
    private readonly Proposer _proposer;
    private readonly HeldBlocks _held;
    private readonly Queue<(Block Block, BlockOrigin Origin)> _ready = [];
    private readonly List<BlockRef> _absent = [];
    private readonly SortedDictionary<BlockRef, Block> _unsequencedOwn = [];
    private readonly long[] _seenRound;

    // Of the last two checkpoints: whoever starts from one of them needs the blocks above.
    private (long Previous, long Last) _checkpointGcRounds;

    /// <param name="state">Where to start: <see cref="CoreState.Initial"/>, or a checkpoint.</param>
    public ValidatorCore(
        Committee committee, ConsensusParameters parameters, CoreOptions options, int self, CoreState state,
        IBlockSigner signer, ITransactionPool pool, ICoreOutput output)
    {
        _committee = committee;
        _parameters = parameters;
        _self = self;
        _pool = pool;
        _output = output;
        _dag = new Dag(committee);
        _clock = new ThresholdClock(committee);
        _rule = new CommitRule(_dag, committee, parameters, state.NextRound, state.NextOffset);
        _linearizer = new Linearizer(_dag, parameters, state.Linearizer);
        _dag.CollectGarbage(_linearizer.GcRound);
        _checkpointGcRounds = (_linearizer.GcRound, _linearizer.GcRound);
        _suspended = new SuspendedBlocks(committee, options);
        _missing = new MissingBlocks(committee, self, options);
        _held = new HeldBlocks(committee, options, parameters);
        _seenRound = new long[committee.Size];
        var leaderWait = new LeaderWait(_dag, _rule, committee, parameters, self);
        _proposer = new Proposer(_dag, leaderWait, committee, parameters, options, self, signer, pool);
    }

    /// <summary>The round that this validator may propose in next: one past the highest round with a quorum.</summary>
    public long Round => _clock.Round;

    /// <summary>Round of the newest own block; 0 before the first.</summary>
    public long ProposedRound => _proposer.LastRound;

    /// <summary>Blocks at or below it are gone: peers cannot have them from here any more.</summary>
    public long DroppedRound => _dag.DroppedRound;

    /// <summary>Blocks in memory.</summary>
    public int BlockCount => _dag.BlockCount;

    /// <summary>Blocks that wait for missing ancestors.</summary>
    public int SuspendedCount => _suspended.Count;

    /// <summary>Whether at least one correct authority is far ahead. Own blocks are held back meanwhile: they would come too late to count.</summary>
    public bool IsCatchingUp
    {
        get
        {
            long ahead = 0;
            for (var author = 0; author < _seenRound.Length; author++)
            {
                if (_seenRound[author] > _clock.Round + CatchUpRounds) ahead += _committee.Stake(author);
            }

            return ahead >= _committee.Validity;
        }
    }

    /// <summary>When <see cref="Advance"/> has something to do at the latest, on the monotonic clock; <see cref="long.MaxValue"/> for never.</summary>
    public long NextWakeNs { get; private set; }

    /// <summary>The first round of which this validator needs the blocks of <paramref name="author"/>: where to subscribe from after a break.</summary>
    public long NeededRound(int author) => Math.Max(_dag.NewestRound(author), _dag.GcRound) + 1;

    /// <summary>Looks up a block that a peer asks for; null where it is unknown or gone.</summary>
    public Block? Find(BlockRef reference) => _dag.Find(reference);

    /// <summary>
    /// Forgets the bytes of a committed block, which nothing here needs any more. From then on <see cref="Find"/> gives its
    /// <see cref="Block.Bare"/>: the owner has to read the bytes back where a peer asks for them.
    /// </summary>
    public void Strip(BlockRef committed) => _dag.Strip(committed);

    /// <summary>Transactions of own blocks that are in no commit yet.</summary>
    public IEnumerable<Block> UnsequencedOwnBlocks => _unsequencedOwn.Values;

    /// <summary>The newest own block; null before the first.</summary>
    public Block? LastOwnBlock { get; private set; }

    /// <summary>
    /// Has a core that goes on from a checkpoint watch over an own block from before: its transactions go back to the pool once the block can never be
    /// sequenced. The pool must know them already. Call before the first <see cref="Recover"/>.
    /// </summary>
    /// <returns>Anything but <see cref="OwnBlockFate.Open"/> is final, and nothing is done.</returns>
    public OwnBlockFate Adopt(Block own) => Adopt(own, out _);

    /// <summary>Puts back a block from this validator's own log, in the order in which it was accepted.</summary>
    public void Recover(Block block)
    {
        if (_dag.Contains(block.Reference))
        {
            if (block.Author == _self) RememberOwn(block);
        }
        else if (block.Author == _self && !block.Ancestors.All(_dag.Contains))
        {
            // The last own block from before a snapshot: nothing may be proposed beside it, and before its ancestors are
            // here again nothing is proposed at all.
            RememberOwn(block);
            Receive(block, _self, BlockOrigin.Recovered, default);
        }
        else
        {
            Accept(block, BlockOrigin.Recovered);
        }

        Commit();
    }

    public void PeerUp(int peer)
    {
        _missing.SetConnected(peer, true);
        _proposer.LeaderWait.SetConnected(peer, true);
    }

    public void PeerDown(int peer)
    {
        _missing.SetConnected(peer, false);
        _proposer.LeaderWait.SetConnected(peer, false);
    }

    /// <summary>Takes a block that passed <see cref="BlockChecker"/>. Call <see cref="Advance"/> after the last one of a batch.</summary>
    /// <param name="peer">Who sent it.</param>
    public void Receive(Block block, int peer, BlockOrigin origin, Instant now)
    {
        if (IsKnown(block.Reference)) return;
        if (origin == BlockOrigin.Stream)
        {
            _seenRound[block.Author] = Math.Max(_seenRound[block.Author], block.Round);
            _proposer.LeaderWait.Heard(block, now);
            if (_dag.BlocksAt(block.Round, block.Author).Count > 0 && !_suspended.IsAwaited(block.Reference))
            {
                _output.Noticed(CoreNotice.Equivocation, block.Author, block.Round);
                return;
            }
        }
        else if (origin == BlockOrigin.Fetched && !_suspended.IsAwaited(block.Reference))
        {
            return;
        }

        if (origin != BlockOrigin.Recovered && _held.MustWait(block, now))
        {
            if (_held.TryAdd(block, peer, origin)) _output.Noticed(CoreNotice.HeldForClock, block.Author, block.Round);
            return;
        }

        _missing.Got(block.Reference);
        _absent.Clear();
        foreach (var ancestor in block.Ancestors)
        {
            if (!_dag.Contains(ancestor)) _absent.Add(ancestor);
        }

        if (_absent.Count == 0)
        {
            _ready.Enqueue((block, origin));
            AcceptReady();
        }
        else
        {
            Suspend(block, peer, origin, now);
        }
    }

    /// <summary>Lets time pass: commits what can be decided, proposes if it is time, repeats overdue requests.</summary>
    public void Advance(Instant now)
    {
        while (_held.TryTake(now, out var held)) Receive(held.Block, held.Peer, held.Origin, now);
        Commit();
        var proposeAt = long.MaxValue;
        if (CanPropose && _proposer.TryPropose(_clock.Round, now, out proposeAt) is { } proposal)
        {
            if (proposal.TimedOut) _output.Noticed(CoreNotice.LeaderTimeout, _self, proposal.Block.Round - 1);
            Accept(proposal.Block, BlockOrigin.Own);
            AcceptReady();
            Commit();
            // The own block may have completed a quorum: the next round may be open already.
            if (_clock.Round > _proposer.LastRound) proposeAt = now.MonotonicNs;
        }

        _missing.Flush(_output, now.MonotonicNs);
        NextWakeNs = Math.Min(Math.Min(proposeAt, _missing.NextDueNs), _held.NextDueNs(now));
    }

    /// <summary>
    /// Whether the blocks that a proposal builds on are here: the own previous one, and those of the round below it (or of
    /// the one below that), which right after a start from a checkpoint only count as present.
    /// </summary>
    private bool CanPropose => !IsCatchingUp && _dag.Contains(_proposer.Last) && (_dag.GcRound == 0 || _clock.Round - 2 > _dag.GcRound);

    private bool IsKnown(BlockRef reference) => _dag.Contains(reference) || _suspended.Contains(reference);

    private void Suspend(Block block, int peer, BlockOrigin origin, Instant now)
    {
        if (!_suspended.HasRoom(block))
        {
            // It is not lost: the first accepted block that builds on it has it fetched.
            _output.Noticed(CoreNotice.SuspendedOverflow, block.Author, block.Round);
            return;
        }

        _suspended.Add(block, origin, _absent);
        _output.Noticed(CoreNotice.Suspended, block.Author, block.Round);
        foreach (var reference in _absent)
        {
            if (!_suspended.Contains(reference)) _missing.Want(reference, peer, now.MonotonicNs);
        }
    }

    private void AcceptReady()
    {
        while (_ready.TryDequeue(out var next))
        {
            if (!_dag.Contains(next.Block.Reference)) Accept(next.Block, next.Origin);
        }
    }

    private void Accept(Block block, BlockOrigin origin)
    {
        if (_dag.BlocksAt(block.Round, block.Author).Count > 0) _output.Noticed(CoreNotice.Equivocation, block.Author, block.Round);
        _dag.Add(block);
        _output.Accepted(block, origin);
        _proposer.Accepted(block);
        if (block.Author == _self)
        {
            // Own blocks come from outside where the log was lost: what peers still know must not be proposed against.
            RememberOwn(block);
            // After a restart the log still has blocks that were sequenced before the checkpoint; at or below its garbage collection round nobody
            // knows any more which they were.
            if (Adopt(block, out var isNew) == OwnBlockFate.Open && isNew && origin != BlockOrigin.Own) _pool.Restore(block);
        }

        if (_clock.Add(block.Reference)) _output.Noticed(CoreNotice.RoundAdvanced, _self, _clock.Round);
        _suspended.Resolve(block.Reference, _ready);
    }

    private OwnBlockFate Adopt(Block own, out bool isNew)
    {
        isNew = false;
        if (own.Round <= _linearizer.GcRound) return OwnBlockFate.Unknown;
        if (_linearizer.IsSequenced(own.Reference)) return OwnBlockFate.Sequenced;
        isNew = _unsequencedOwn.TryAdd(own.Reference, own);
        return OwnBlockFate.Open;
    }

    private void RememberOwn(Block block)
    {
        if (LastOwnBlock is null || block.Round > LastOwnBlock.Round) LastOwnBlock = block;
        _proposer.Remember(block);
    }

    private void Commit()
    {
        foreach (var decision in _rule.TryDecide())
        {
            _output.Decided(decision);
            if (decision.Block is not { } leader) continue;
            var subDag = _linearizer.Commit(leader);
            foreach (var block in subDag.Blocks)
            {
                if (block.Author == _self) _unsequencedOwn.Remove(block.Reference);
            }

            _output.Committed(subDag);
            if (subDag.Index % _parameters.CheckpointCommits == 0)
            {
                _checkpointGcRounds = (_checkpointGcRounds.Last, _linearizer.GcRound);
                _output.Checkpoint(new CoreState(_linearizer.Capture(), decision.Round, decision.Offset + 1));
            }
        }

        if (_linearizer.GcRound > _dag.GcRound) CollectGarbage(_linearizer.GcRound);
    }

    private void CollectGarbage(long gcRound)
    {
        _dag.CollectGarbage(gcRound, _checkpointGcRounds.Previous);
        _missing.CollectGarbage(gcRound);
        _suspended.CollectGarbage(gcRound, _ready);
        while (_unsequencedOwn.Count > 0 && _unsequencedOwn.First() is var (reference, own) && reference.Round <= gcRound)
        {
            _unsequencedOwn.Remove(reference);
            _pool.Requeue(own);
        }

        AcceptReady();
    }
}
