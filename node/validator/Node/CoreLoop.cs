using System.Threading.Channels;
using Mysticeti.Consensus;
using Mysticeti.Consensus.Core;
using Mysticeti.Protocol.Trace;
using Mysticeti.Topology;
using Mysticeti.Validator.Application;
using Mysticeti.Validator.Commits;
using Mysticeti.Validator.Faults;
using Mysticeti.Validator.Links;
using Mysticeti.Validator.Storage;

namespace Mysticeti.Validator.Node;

/// <summary>
/// The one thread that owns the <see cref="ValidatorCore"/> and the block log. Events come in through a bounded queue;
/// what the core wants done is collected, made durable, and only then carried out.
/// </summary>
internal sealed partial class CoreLoop : ILinkEvents, ICoreOutput, IDisposable
{
    private const int QueueLength = 4_096;

    /// <summary>Events handled before their effects are made durable and carried out together.</summary>
    private const int BatchLength = 256;

    private const long LongestWaitNs = 1_000_000_000;

    private abstract record Event;

    private sealed record Received(Block Block, int Peer, BlockOrigin Origin) : Event;

    private sealed record FetchAsked(BlockRef[] References, int Peer) : Event;

    private sealed record PeerChanged(int Peer, bool Up) : Event;

    private sealed record HistoryGone(int Peer, IReadOnlyList<CheckpointOffer> Offers) : Event;

    private sealed record PartReceived(int Peer, CheckpointPart Part) : Event;

    private readonly Channel<Event> _events = Channel.CreateBounded<Event>(new BoundedChannelOptions(QueueLength) { SingleReader = true });
    private readonly CoreSignal _wake = new();
    private readonly Func<CoreState, ValidatorCore> _createCore;
    private readonly CheckpointSync _checkpointSync;
    private readonly CheckpointWriter _checkpointWriter;
    private readonly Genesis _genesis;
    private ValidatorCore _core;
    private readonly string _directory;
    private readonly bool _fsync;
    private readonly int _self;
    private readonly Mempool _mempool;
    private readonly CommitLog _commitLog;
    private readonly IApplication _application;
    private CommitFinalizer _finalizer;
    private readonly OwnBlocks _ownBlocks;
    private readonly CoreMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly NodeTrace? _trace;
    private readonly FaultInjection? _faults;
    private readonly BlockLog _blockLog;
    private readonly List<(CommittedSubDag SubDag, CoreState? Checkpoint)> _committed = [];
    private readonly List<Block> _proposed = [];
    private readonly ResidentBlocks _resident;
    private readonly List<(int Peer, IReadOnlyList<BlockRef> References)> _fetches = [];
    private readonly List<(int Peer, List<Block> Blocks)> _answers = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long[] _nextRound;
    private readonly bool[] _up;
    private PeerNetwork? _peers;
    private bool _recovering;
    private long _droppedRound;
    private long _collectedRound;
    private volatile bool _stopping;
    private long _round;
    private long _proposedRound;
    private volatile bool _catchingUp;

    public CoreLoop(
        Genesis genesis, Committee committee, CoreOptions options, int self, IBlockSigner signer,
        Mempool mempool, CommitLog commitLog, IApplication application, OwnBlocks ownBlocks, long residentBlockBytes,
        string directory, bool fsync, CoreMetrics metrics,
        TimeProvider time, ILogger log, NodeTrace? trace, FaultInjection? faults)
    {
        _genesis = genesis;
        _directory = directory;
        _fsync = fsync;
        _self = self;
        _mempool = mempool;
        _commitLog = commitLog;
        _application = application;
        _ownBlocks = ownBlocks;
        _resident = new ResidentBlocks(residentBlockBytes);
        _metrics = metrics;
        _time = time;
        _log = log;
        _trace = trace;
        _faults = faults;
        _nextRound = new long[committee.Size];
        _up = new bool[committee.Size];
        _mempool.Awakened = _wake.Set;
        _mempool.WasCommitted = hash => _finalizer!.WasCommitted(hash) || _commitLog.RecentlyCommitted(hash);

        var checkpoint = CheckpointFile.Load(directory, genesis.Hash);
        _finalizer = new CommitFinalizer(genesis.Consensus, checkpoint.Finalizer, application);
        _createCore = state => new ValidatorCore(committee, genesis.Consensus, options, self, state, signer, mempool, this);
        _checkpointSync = new CheckpointSync(committee, time);
        _core = _createCore(checkpoint.Core);
        if (checkpoint.Core.Linearizer.Index > 0)
        {
            _commitLog.RestartAfter(checkpoint.Core.Linearizer.Index);
            Checkpoints.Add(checkpoint.Core.Linearizer.Index, checkpoint.Encode(genesis.Hash));
        }

        _recovering = true;
        _blockLog = BlockLog.Open(directory, genesis.Hash, fsync, Recover);
        _recovering = false;
        _ownBlocks.Load = _blockLog.Read;
        _checkpointWriter = new CheckpointWriter(directory, genesis, fsync, Checkpoints);
        if (_blockLog.TornBytes > 0) log.LogWarning("the block log ended in an unfinished record: {Bytes} bytes were cut off", _blockLog.TornBytes);
        if (_blockLog.Blocks > 0) log.LogInformation("recovered {Blocks} blocks: round {Round}, commit {Commit}", _blockLog.Blocks, _core.Round, _commitLog.LastIndex);
        PublishState();
    }

    public long Round => Volatile.Read(ref _round);

    public long ProposedRound => Volatile.Read(ref _proposedRound);

    public bool IsCatchingUp => _catchingUp;

    /// <summary>Own blocks at or below this round are gone.</summary>
    public long DroppedRound => Volatile.Read(ref _droppedRound);

    /// <summary>For peers that need one.</summary>
    public CheckpointShelf Checkpoints { get; } = new();

    /// <summary>Completes when the loop has ended; faulted where it failed.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Starts the thread. Call once.</summary>
    public void Start(PeerNetwork peers)
    {
        _peers = peers;
        new Thread(Run) { Name = "core", IsBackground = true }.Start();
    }

    /// <summary>Ends the loop after the events that are queued already.</summary>
    public Task StopAsync()
    {
        _stopping = true;
        _wake.Set();
        return _ended.Task;
    }

    /// <summary>Has the loop look at the faults of the moment.</summary>
    public void Wake() => _wake.Set();

    public void Dispose()
    {
        _checkpointWriter.Dispose();
        _blockLog.Dispose();
        _wake.Dispose();
    }

    public ValueTask BlockReceivedAsync(Block block, int peer, BlockOrigin origin, CancellationToken cancellationToken)
    {
        _trace?.Received(block, peer, origin);
        return EnqueueAsync(new Received(block, peer, origin), cancellationToken);
    }

    public void BlockRejected(Block? block, int peer, string reason) => _trace?.Rejected(block, peer, reason);

    public ValueTask FetchAskedAsync(BlockRef[] references, int peer, CancellationToken cancellationToken) =>
        EnqueueAsync(new FetchAsked(references, peer), cancellationToken);

    public ValueTask PeerUpAsync(int peer, CancellationToken cancellationToken) => EnqueueAsync(new PeerChanged(peer, true), cancellationToken);

    public ValueTask PeerDownAsync(int peer, CancellationToken cancellationToken) => EnqueueAsync(new PeerChanged(peer, false), cancellationToken);

    public long NextRoundOf(int peer) => Volatile.Read(ref _nextRound[peer]);

    public ValueTask GoneAsync(int peer, IReadOnlyList<CheckpointOffer> offers, CancellationToken cancellationToken) =>
        EnqueueAsync(new HistoryGone(peer, offers), cancellationToken);

    public ValueTask CheckpointPartAsync(int peer, CheckpointPart part, CancellationToken cancellationToken) =>
        EnqueueAsync(new PartReceived(peer, part), cancellationToken);

    private async ValueTask EnqueueAsync(Event next, CancellationToken cancellationToken)
    {
        try
        {
            await _events.Writer.WriteAsync(next, cancellationToken);
            _wake.Set();
        }
        catch (ChannelClosedException)
        {
            // The loop has ended: there is nobody left to tell.
        }
    }

    private void Recover(Block block)
    {
        _core.Recover(block);
        if (block.Author == _self) _ownBlocks.Add(block);
        CarryOut();
    }

    private void Run()
    {
        try
        {
            while (!_stopping)
            {
                _wake.Reset();
                if (_faults is { IsPaused: true })
                {
                    _wake.Wait(LongestWaitNs);
                    continue;
                }

                var handled = HandleEvents();
                _core.Advance(Now());
                _trace?.FlushEquivocation();
                MakeDurable();
                CarryOut();
                PublishState();
                if (_checkpointSync.MustRefresh()) Resubscribe();
                if (handled < BatchLength) Wait();
            }

            _ended.SetResult();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What could not be stored was not sent either: a restart goes on from what is there.
            _ended.SetException(new StorageException($"cannot write to '{_directory}': {error.Message}; make room or mend the disk, and start the validator again", error));
        }
        catch (Exception error)
        {
            _log.LogCritical(error, "the core failed");
            _ended.SetException(error);
        }
        finally
        {
            // Nobody may wait for room in a queue that nobody empties any more.
            _events.Writer.TryComplete();
        }
    }

    private int HandleEvents()
    {
        var handled = 0;
        var now = Now();
        while (handled < BatchLength && _events.Reader.TryRead(out var next))
        {
            handled++;
            switch (next)
            {
                case Received received:
                    _trace?.Handling(received.Block);
                    _core.Receive(received.Block, received.Peer, received.Origin, now);
                    break;
                case FetchAsked asked:
                    _answers.Add((asked.Peer, Answer(asked.References, asked.Peer)));
                    // A peer whose connection outlived its absence does not subscribe again: it learns here that it needs a checkpoint.
                    if (Array.Exists(asked.References, reference => reference.Round <= _core.DroppedRound)) _peers![asked.Peer].OfferCheckpoints();
                    break;
                case PeerChanged changed:
                    _up[changed.Peer] = changed.Up;
                    _trace?.PeerChanged(changed.Peer, changed.Up);
                    if (changed.Up) _core.PeerUp(changed.Peer);
                    else _core.PeerDown(changed.Peer);
                    break;
                case HistoryGone gone:
                    _checkpointSync.Offered(gone.Peer, gone.Offers);
                    AskForCheckpoint();
                    break;
                case PartReceived received:
                    if (_checkpointSync.Received(received.Peer, received.Part) is { } encoded) Install(encoded);
                    break;
            }
        }

        return handled;
    }

    private List<Block> Answer(BlockRef[] references, int peer)
    {
        var blocks = new List<Block>(references.Length);
        foreach (var reference in references)
        {
            var block = _core.Find(reference);
            // Genesis blocks have no encoding, and are in no log: nobody needs them sent.
            if (block is { Encoded.IsEmpty: true }) block = _blockLog.Read(reference);
            if (block is not null && _faults?.Withholds(block, peer) != true) blocks.Add(block);
        }

        return blocks;
    }

    private void MakeDurable()
    {
        _faults?.CheckDisk();
        _blockLog.Flush();
    }

    private void CarryOut()
    {
        foreach (var block in _proposed)
        {
            _faults?.Proposed(block);
            _ownBlocks.Add(block);
            _metrics.BlocksProposed.Increment();
        }

        if (_proposed.Count > 0)
        {
            _proposed.Clear();
            foreach (var link in _peers!.Links) link.Wake();
        }

        foreach (var (peer, references) in _fetches)
        {
            _trace?.SyncRequested(peer, references.Count);
            _peers![peer].Fetch(references);
        }

        _fetches.Clear();
        foreach (var (peer, blocks) in _answers) _peers![peer].SendBlocks(blocks);
        _answers.Clear();
        for (var i = 0; i < _committed.Count; i++)
        {
            var (subDag, checkpoint) = _committed[i];
            Publish(subDag, more: i < _committed.Count - 1);
            if (checkpoint is not null && !_recovering) _checkpointWriter.Add(new Checkpoint(checkpoint, _finalizer.Capture()));
        }

        _committed.Clear();
        _mempool.ReturnDropped();
        if (!_recovering) CollectSegments();
        _ownBlocks.CollectGarbage(_core.DroppedRound);
        while (_resident.TryEvict(_core.DroppedRound, out var evicted))
        {
            _core.Strip(evicted);
            if (evicted.Author == _self) _ownBlocks.Strip(evicted);
        }
    }

    private void Publish(CommittedSubDag subDag, bool more)
    {
        foreach (var block in subDag.Blocks) _resident.Committed(block);
        var commit = _finalizer.Finalize(subDag, Now().WallNs);
        _commitLog.Append(commit, more);
        foreach (ref readonly var transaction in commit.Transactions.AsSpan()) _mempool.Committed(transaction.Hash);
        if (!_recovering)
        {
            _metrics.Committed(subDag, commit.CommittedAtNs);
            if (_trace is not null) Trace(commit);
        }

        _metrics.Commits.Increment();
        _metrics.TransactionsCommitted.Add(commit.Transactions.Length);
    }

    private void Trace(Commit commit)
    {
        long bytes = 0;
        foreach (ref readonly var transaction in commit.Transactions.AsSpan())
        {
            bytes += transaction.Bytes.Length;
            _trace!.TransactionCommitted(transaction.Hash, commit.Index, transaction.Duplicate);
        }

        _trace!.Committed(commit.Index, commit.Leader, commit.Blocks, commit.Transactions.Length, bytes, commit.ChainDigest);
    }

    private void PublishState()
    {
        Volatile.Write(ref _droppedRound, _core.DroppedRound);
        Volatile.Write(ref _round, _core.Round);
        Volatile.Write(ref _proposedRound, _core.ProposedRound);
        _catchingUp = _core.IsCatchingUp;
        _metrics.Suspended = _core.SuspendedCount;
        _metrics.BlocksInMemory = _core.BlockCount;
        _metrics.LogBytes = _blockLog.Bytes;
        _metrics.LogSegments = _blockLog.Segments;
        for (var author = 0; author < _nextRound.Length; author++)
            Volatile.Write(ref _nextRound[author], _core.NeededRound(author));
    }

    private void Wait()
    {
        var waitNs = _core.NextWakeNs == long.MaxValue ? long.MaxValue : _core.NextWakeNs - Now().MonotonicNs;
        if (waitNs > 0) _wake.Wait(Math.Min(waitNs, LongestWaitNs));
    }

    private Instant Now() => new(
        (long)(_time.GetTimestamp() * (1e9 / _time.TimestampFrequency)),
        (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick);

    void ICoreOutput.Accepted(Block block, BlockOrigin origin)
    {
        _trace?.Accepted(block, origin);
        if (_recovering) return;
        _blockLog.Append(block);
        _metrics.BlocksAccepted.Increment();
        if (origin == BlockOrigin.Own) _proposed.Add(block);
    }

    void ICoreOutput.Fetch(int peer, IReadOnlyList<BlockRef> references)
    {
        _metrics.BlocksFetched.Add(references.Count);
        _fetches.Add((peer, references));
    }

    void ICoreOutput.Decided(LeaderDecision decision)
    {
        _metrics.Decided(decision);
        if (!_recovering) _trace?.Decided(decision);
    }

    void ICoreOutput.Committed(CommittedSubDag subDag) => _committed.Add((subDag, null));

    void ICoreOutput.Checkpoint(CoreState state) => _committed[^1] = (_committed[^1].SubDag, state);

    void ICoreOutput.Noticed(CoreNotice notice, int author, long round)
    {
        _metrics.Noticed(notice, author, round, _log);
        if (!_recovering && notice == CoreNotice.RoundAdvanced) _metrics.RoundAdvanced(Now().MonotonicNs);
        if (!_recovering) _trace?.Noticed(notice, author, round);
    }
}
