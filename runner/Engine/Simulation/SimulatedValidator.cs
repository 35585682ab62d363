using Mysticeti.Consensus;
using Mysticeti.Consensus.Core;
using Mysticeti.Protocol.Trace;
using Mysticeti.Engine.Load;

namespace Mysticeti.Engine.Simulation;

/// <summary>Something that waits for a validator's core.</summary>
internal readonly record struct Message(EventKind Kind, int Peer, object? Payload);

/// <summary>What all validators of a simulation share.</summary>
internal sealed record SimulatedWorld(
    SimulationSettings Settings, VirtualNetwork Network, Committee Committee, KeyedHash Keys, BlockChecker Checker, TransactionFactory Factory, LoadClock Clock, Digest Genesis);

/// <summary>
/// One validator: the real core in surroundings of virtual time. One server takes messages in batches, as the core's
/// thread does; what the core wants done is carried out when the batch has had its service time.
/// </summary>
internal sealed class SimulatedValidator : ICoreOutput
{
    /// <summary>As the core's thread takes them in.</summary>
    private const int BatchLength = 256;

    private const int FrameBytes = 5;

    private readonly SimulatedWorld _world;
    private readonly VirtualNetwork _network;
    private readonly Adversary? _adversary;
    private readonly long _blockServiceNs;
    private readonly long _transactionServiceNs;
    private readonly Queue<Message> _inbox = new();
    private readonly List<Block> _proposed = [];
    private readonly List<(int Peer, BlockRef[] References)> _fetches = [];
    private readonly OwnStream _own = new();
    private readonly CommittedTransactions _committed;
    private readonly NodeTrace? _trace;
    private readonly SnapshotSync _snapshots;
    private readonly bool[] _pushing;
    private ValidatorCore? _core;
    private int _batch;
    private bool _busy;
    private bool _recovering;
    private int _life;
    private long _wakeAtNs = long.MaxValue;

    // What a crash leaves: the blocks since the newest checkpoint, and that.
    private readonly List<Block> _log = [];
    private Snapshot[] _checkpoints = [];

    public SimulatedValidator(SimulatedWorld world, int index, Adversary? adversary, CommittedTransactions committed, NodeTrace? trace)
    {
        (_world, _network, Index, _adversary, _committed, _trace) = (world, world.Network, index, adversary, committed, trace);
        var settings = world.Settings;
        _blockServiceNs = settings.BlockServiceTime.Ticks * TimeSpan.NanosecondsPerTick;
        _transactionServiceNs = settings.TransactionServiceTime.Ticks * TimeSpan.NanosecondsPerTick;
        Mempool = new SimulatedMempool(world.Factory, settings.MempoolTransactions, committed);
        _pushing = new bool[settings.Committee];
        _snapshots = new SnapshotSync(world.Committee);
    }

    public int Index { get; }

    public bool IsCorrect => _adversary is null;

    public bool IsUp => _core is not null;

    public SimulatedMempool Mempool { get; }

    /// <summary>What the core reported, over all lives.</summary>
    public CoreTally Tally { get; } = new();

    public long Round => _core?.Round ?? 0;

    /// <summary>Starts, or starts again from the last checkpoint and the log.</summary>
    public void Start()
    {
        _life++;
        _trace?.Started("simulated");
        _checkpoints = [.. _checkpoints.TakeLast(1)];
        var state = _checkpoints is [var checkpoint] ? checkpoint.State : CoreState.Initial(_world.Genesis);
        _committed.RollBack(state.Linearizer.Index);
        _own.Clear();
        _recovering = true;
        _core = CreateCore(state);
        foreach (var block in _log)
        {
            _core.Recover(block);
            if (block.Author == Index) _own.Add(block, _adversary?.TwinOf(block));
        }

        _recovering = false;
        Plan();
    }

    /// <summary>Loses its memory.</summary>
    public void Crash()
    {
        _life++;
        _core = null;
        _busy = false;
        _wakeAtNs = long.MaxValue;
        _inbox.Clear();
        _proposed.Clear();
        _fetches.Clear();
        Mempool.Clear();
        Array.Clear(_pushing);
        _snapshots.Reset();
    }

    public void Connected(int peer)
    {
        _pushing[peer] = false;
        Enqueue(new Message(EventKind.PeerUp, peer, null));
        Subscribe(peer);
    }

    public void Disconnected(int peer) => _pushing[peer] = false;

    /// <summary>Takes a client's transaction. False where there is no room.</summary>
    public bool Submit(int sequence)
    {
        var wasEmpty = !Mempool.HasPending;
        if (!Mempool.TryAdd(sequence)) return false;
        if (_trace is not null) TraceReceived(sequence);
        if (wasEmpty && !_busy) Advance();
        return true;
    }

    public void Enqueue(Message message)
    {
        if (_core is null) return;
        if (message.Payload is Block block) _trace?.Received(block, message.Peer, OriginOf(message));
        _inbox.Enqueue(message);
        if (!_busy) BeginBatch(_network.Time.NowNs);
    }

    /// <summary>The batch has had its service time.</summary>
    public void Finish(int life)
    {
        if (life != _life) return;
        for (; _batch > 0; _batch--) Handle(_inbox.Dequeue());
        _busy = false;
        Advance();
    }

    public void Wake(int life)
    {
        if (life != _life || _wakeAtNs > _network.Time.NowNs) return;
        _wakeAtNs = long.MaxValue;
        // The end of the batch advances anyway.
        if (!_busy) Advance();
    }

    private void BeginBatch(long atNs)
    {
        _busy = true;
        _batch = Math.Min(_inbox.Count, BatchLength);
        long serviceNs = 0;
        var left = _batch;
        foreach (var message in _inbox)
        {
            if (left-- == 0) break;
            serviceNs += ServiceNs(message);
        }

        _network.Plan(atNs + serviceNs, EventKind.Finish, Index, _life);
    }

    private long ServiceNs(in Message message) => message.Payload switch
    {
        Block block => ServiceNs(block),
        BlockRef[] references => _blockServiceNs * references.Length,
        _ => 0,
    };

    private long ServiceNs(Block block) => _blockServiceNs + (_transactionServiceNs * block.TransactionCount);

    private void Handle(in Message message)
    {
        switch (message.Kind)
        {
            case EventKind.OwnBlock or EventKind.FetchedBlock:
                var block = (Block)message.Payload!;
                _trace?.Handling(block);
                _core!.Receive(block, message.Peer, OriginOf(message), _network.Time.Instant);
                break;
            case EventKind.Fetch:
                Answer((BlockRef[])message.Payload!, message.Peer);
                break;
            case EventKind.Subscribe:
                Serve(message.Peer, (long)message.Payload!);
                break;
            case EventKind.Gone:
                if (_snapshots.Offered(message.Peer, (Snapshot[])message.Payload!, Tally.CommitIndex, _network.Time.NowNs) is var (source, wanted))
                    _network.Send(Index, source, EventKind.CheckpointAsk, wanted, FrameBytes + sizeof(long), _network.Time.NowNs);
                break;
            case EventKind.CheckpointAsk:
                var asked = (Snapshot)message.Payload!;
                if (_checkpoints.Contains(asked)) _network.Send(Index, message.Peer, EventKind.Checkpoint, asked, FrameBytes + asked.Bytes, _network.Time.NowNs);
                break;
            case EventKind.Checkpoint:
                Install((Snapshot)message.Payload!);
                break;
            case EventKind.PeerUp:
                _trace?.PeerChanged(message.Peer, up: true);
                _core!.PeerUp(message.Peer);
                break;
            case EventKind.PeerDown:
                _trace?.PeerChanged(message.Peer, up: false);
                _core!.PeerDown(message.Peer);
                break;
        }
    }

    private ValidatorCore CreateCore(CoreState state) => new(
        _world.Committee, _world.Settings.Consensus, _world.Settings.Core, Index, state, _world.Keys.SignerOf(Index), Mempool, this);

    private void Subscribe(int peer) =>
        _network.Send(Index, peer, EventKind.Subscribe, _core!.NeededRound(peer), FrameBytes + sizeof(long), _network.Time.NowNs);

    private void Serve(int peer, long fromRound)
    {
        _pushing[peer] = true;
        if (fromRound <= _core!.DroppedRound) OfferCheckpoints(peer);
        foreach (var (block, twin) in _own.From(fromRound)) Push(block, twin, peer, _network.Time.NowNs);
    }

    private void OfferCheckpoints(int peer) =>
        _network.Send(Index, peer, EventKind.Gone, _checkpoints, FrameBytes + (_checkpoints.Length * (sizeof(long) + Digest.Size)), _network.Time.NowNs);

    /// <summary>Goes on from a checkpoint that peers agreed on, and from the own last block, which must not be proposed beside.</summary>
    private void Install(Snapshot snapshot)
    {
        _snapshots.Reset();
        if (snapshot.Index <= Tally.CommitIndex) return;
        CarryOut();
        var last = _core!.LastOwnBlock;
        var unsequenced = _core.UnsequencedOwnBlocks.ToList();
        _log.Clear();
        if (last is not null) _log.Add(last);
        _committed.CopyFrom(snapshot.Committed, snapshot.Index);
        _checkpoints = [new Snapshot(snapshot.State, _committed)];
        Tally.CommitIndex = snapshot.Index;
        Tally.Snapshots++;
        _core = CreateCore(snapshot.State);
        foreach (var block in unsequenced)
        {
            // What the snapshot's owner had committed tells the rest.
            if (_core.Adopt(block) != OwnBlockFate.Open) Mempool.Requeue(block);
        }

        _recovering = true;
        if (last is not null) _core.Recover(last);
        _recovering = false;
        for (var peer = 0; peer < _pushing.Length; peer++)
        {
            if (!_network.IsConnected(Index, peer)) continue;
            _core.PeerUp(peer);
            Subscribe(peer);
        }
    }

    private void RefreshOffers()
    {
        if (_network.Time.NowNs < _snapshots.DueNs) return;
        _snapshots.Reset();
        for (var peer = 0; peer < _pushing.Length; peer++) Subscribe(peer);
    }

    private void Answer(BlockRef[] references, int peer)
    {
        if (_adversary is { IgnoresRequests: true }) return;
        // A peer whose connection outlived its absence does not subscribe anew: without this it would ask for ever.
        if (Array.Exists(references, reference => reference.Round <= _core!.DroppedRound)) OfferCheckpoints(peer);
        foreach (var reference in references)
        {
            // Genesis blocks have no encoding: nobody needs them sent.
            if (_core!.Find(reference) is { Encoded.IsEmpty: false } block)
                _network.Send(Index, peer, EventKind.FetchedBlock, block, FrameBytes + block.Encoded.Length, _network.Time.NowNs);
        }
    }

    private void Advance()
    {
        RefreshOffers();
        _core!.Advance(_network.Time.Instant);
        _trace?.FlushEquivocation();
        _own.CollectGarbage(_core.DroppedRound);
        var freeAtNs = CarryOut();
        if (_inbox.Count > 0 || freeAtNs > _network.Time.NowNs) BeginBatch(freeAtNs);
        Plan();
    }

    /// <returns>When the own blocks are built: they leave then, and the server is free again.</returns>
    private long CarryOut()
    {
        var atNs = _network.Time.NowNs;
        foreach (var block in _proposed)
        {
            atNs += ServiceNs(block);
            var twin = _adversary?.TwinOf(block);
            if (twin is not null) Admit(twin);
            _own.Add(block, twin);
            // Everybody begins with another peer, so that nobody is always last on all uplinks.
            for (var step = 1; step < _pushing.Length; step++)
            {
                var peer = (Index + step) % _pushing.Length;
                if (_pushing[peer]) Push(block, twin, peer, atNs);
            }
        }

        _proposed.Clear();
        foreach (var (peer, references) in _fetches)
        {
            _trace?.SyncRequested(peer, references.Length);
            _network.Send(Index, peer, EventKind.Fetch, references, FrameBytes + (BlockCodec.ReferenceSize * references.Length), _network.Time.NowNs);
        }

        _fetches.Clear();
        return atNs;
    }

    private void Push(Block block, Block? twin, int peer, long departNs)
    {
        var sent = _adversary is null ? block : _adversary.Bend(block, twin, peer);
        if (sent is not null) _network.Send(Index, peer, EventKind.OwnBlock, sent, FrameBytes + sent.Encoded.Length, departNs);
    }

    private void Plan()
    {
        var at = Math.Max(Math.Min(_core!.NextWakeNs, _snapshots.DueNs), _network.Time.NowNs + 1);
        if (at >= _wakeAtNs || at == long.MaxValue) return;
        _wakeAtNs = at;
        _network.Plan(at, EventKind.Wake, Index, _life);
    }

    /// <summary>Each block is decoded and checked once, when it is made: its bytes are the same for all who get it.</summary>
    private void Admit(Block block)
    {
        var decoded = BlockCodec.TryDecode(block.Encoded, out var error);
        error ??= decoded!.Reference == block.Reference ? _world.Checker.Check(decoded) : "its bytes are another block's";
        if (error is not null) throw new InvalidOperationException($"validator {Index} made the invalid block {block}: {error}");
    }

    private static BlockOrigin OriginOf(in Message message) => message.Kind == EventKind.FetchedBlock ? BlockOrigin.Fetched : BlockOrigin.Stream;

    private void TraceReceived(int sequence)
    {
        var transaction = new byte[_world.Factory.SizeOf(sequence)];
        _world.Factory.Write(sequence, transaction);
        _trace!.TransactionReceived(Digest.Of(transaction), transaction.Length);
    }

    void ICoreOutput.Accepted(Block block, BlockOrigin origin)
    {
        _trace?.Accepted(block, origin);
        if (_recovering) return;
        _log.Add(block);
        _adversary?.Saw(block);
        if (origin != BlockOrigin.Own) return;
        Admit(block);
        Tally.Proposed++;
        _proposed.Add(block);
    }

    void ICoreOutput.Fetch(int peer, IReadOnlyList<BlockRef> references)
    {
        Tally.Fetched += references.Count;
        _fetches.Add((peer, [.. references]));
    }

    void ICoreOutput.Decided(LeaderDecision decision)
    {
        if (_recovering) return;
        Tally.Decided[(int)decision.Status]++;
        _trace?.Decided(decision);
    }

    void ICoreOutput.Committed(CommittedSubDag subDag)
    {
        Tally.CommitIndex = subDag.Index;
        if (!_recovering) Tally.LastCommitNs = _network.Time.NowNs;
        _committed.Add(subDag, _world.Clock.NowNs, _recovering ? null : _trace);
    }

    void ICoreOutput.Checkpoint(CoreState state)
    {
        // While it recovers, the log is being read.
        if (_recovering) return;
        _checkpoints = [.. _checkpoints.TakeLast(1), new Snapshot(state, _committed)];
        var gcRound = _world.Settings.Consensus.GcRound(state.Linearizer.LastLeaderRound);
        if (gcRound > 0) _log.RemoveAll(block => block.Round <= gcRound);
    }

    void ICoreOutput.Noticed(CoreNotice notice, int author, long round)
    {
        if (_recovering) return;
        Tally.Notices[(int)notice]++;
        _trace?.Noticed(notice, author, round);
    }
}
