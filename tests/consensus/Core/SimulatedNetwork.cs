using Mysticeti.Consensus.Core;

namespace Mysticeti.Consensus.Tests.Core;

/// <summary>Cores joined by links under virtual time: everything follows from the seed.</summary>
internal sealed class SimulatedNetwork
{
    private const long Millisecond = 1_000_000;

    private readonly PriorityQueue<Action, (long AtNs, long Order)> _events = new();
    private readonly Random _random;
    private readonly HashSet<(int, int)> _cut = [];
    private long _order;

    public SimulatedNetwork(int size, int seed, ConsensusParameters? parameters = null, long maxLatencyMs = 20)
    {
        Committee = Committee.OfEqualStake(size);
        Parameters = (parameters ?? new ConsensusParameters()).Validated(size);
        Seed = seed;
        _random = new Random(seed);
        MaxLatencyNs = maxLatencyMs * Millisecond;
        Nodes = [.. Enumerable.Range(0, size).Select(index => new SimulatedNode(this, index))];
    }

    public Committee Committee { get; }

    public ConsensusParameters Parameters { get; }

    public int Seed { get; }

    public long MaxLatencyNs { get; set; }

    /// <summary>How long a pushed block takes; null for a random time.</summary>
    public Func<Block, int, long>? PushLatencyNs { get; set; }

    public long NowNs { get; private set; }

    public SimulatedNode[] Nodes { get; }

    public IEnumerable<SimulatedNode> Honest => Nodes.Where(node => node.IsHonest);

    public static long Ms(long milliseconds) => milliseconds * Millisecond;

    /// <summary>Brings every node up and connects all that are up.</summary>
    public void Start()
    {
        foreach (var node in Nodes) node.Start();
    }

    public void After(long delayNs, Action action) => _events.Enqueue(action, (NowNs + delayNs, _order++));

    /// <summary>A message takes a random time; one over a cut link waits for the cut to end, as TCP would.</summary>
    public void Send(int from, int to, Action deliver) => After(1 + _random.NextInt64(MaxLatencyNs), () => Arrive(from, to, deliver));

    /// <summary>Pushes a block of <paramref name="from"/>'s own stream.</summary>
    public void Push(Block block, int from, int to)
    {
        void Deliver() => Nodes[to].Receive(block, from, BlockOrigin.Stream);
        if (PushLatencyNs is { } latency) After(latency(block, to), () => Arrive(from, to, Deliver));
        else Send(from, to, Deliver);
    }

    public void Cut(int a, int b)
    {
        _cut.Add((Math.Min(a, b), Math.Max(a, b)));
        Nodes[a].Disconnect(b);
        Nodes[b].Disconnect(a);
    }

    public void Heal()
    {
        var healed = _cut.ToList();
        _cut.Clear();
        foreach (var (a, b) in healed)
        {
            Nodes[a].Connect(b);
            Nodes[b].Connect(a);
        }
    }

    /// <summary>Lets virtual time pass.</summary>
    public void Run(long durationNs)
    {
        var until = NowNs + durationNs;
        while (_events.TryPeek(out _, out var next) && next.AtNs <= until)
        {
            var action = _events.Dequeue();
            NowNs = next.AtNs;
            action();
        }

        NowNs = until;
    }

    /// <summary>Fails unless all honest nodes' committed prefixes agree, each transaction at most once.</summary>
    public void AssertAgreement()
    {
        var longest = Honest.MaxBy(node => node.Chain.Count)!.Chain;
        foreach (var node in Honest)
        {
            for (var i = 0; i < node.Chain.Count; i++)
                Assert.True(node.Chain[i] == longest[i], $"seed {Seed}: node {node.Index} differs at commit {i + 1}");
            Assert.True(node.Sequenced.Count == node.Sequenced.Distinct().Count(), $"seed {Seed}: node {node.Index} sequenced a block twice");
        }
    }

    public bool AreConnected(int a, int b) => Nodes[a].IsUp && Nodes[b].IsUp && !_cut.Contains((Math.Min(a, b), Math.Max(a, b)));

    private void Arrive(int from, int to, Action deliver)
    {
        if (AreConnected(from, to)) deliver();
        else if (_cut.Count > 0 && Nodes[to].IsUp) After(Ms(50), () => Arrive(from, to, deliver));
    }
}

/// <summary>A validator in a <see cref="SimulatedNetwork"/>; what it sends can be bent to make it a faulty one.</summary>
internal sealed class SimulatedNode(SimulatedNetwork network, int index) : ICoreOutput, ITransactionPool
{
    private readonly List<Block> _log = [];
    private readonly List<Block> _toSend = [];
    private readonly BlockChecker _checker = new(network.Committee, network.Parameters, KeyedHashSigner.Instance);
    private readonly Queue<ReadOnlyMemory<byte>> _waiting = new();
    private readonly HashSet<int> _linked = [];
    private ValidatorCore? _core;
    private Saved? _checkpoint;
    private int _life;
    private long _wakeAtNs = long.MaxValue;

    private sealed record Saved(CoreState State, int Commits, int Blocks, int Transactions);

    public int Index => index;

    public bool IsUp { get; private set; }

    public bool IsHonest { get; set; } = true;

    public ValidatorCore Core => _core!;

    /// <summary>Chain digest of each commit.</summary>
    public List<Digest> Chain { get; private set; } = [];

    public List<BlockRef> Sequenced { get; private set; } = [];

    public List<string> Transactions { get; private set; } = [];

    public Dictionary<CoreNotice, int> Notices { get; } = [];

    public int Requeued { get; private set; }

    /// <summary>Times that this validator went on from a peer's checkpoint.</summary>
    public int Snapshots { get; private set; }

    /// <summary>What is sent to a peer in place of an own block, and how much later; null block for nothing.</summary>
    public Func<Block, int, (Block? Block, long DelayNs)> Bend { get; set; } = (block, _) => (block, 0);

    public bool HasPending => _waiting.Count > 0;

    private Instant Now => new(network.NowNs, network.NowNs + 1_700_000_000_000_000_000);

    /// <summary>The own block of a round, for an adversary that sees everything at once.</summary>
    public Block? Sent(long round) => _log.Find(block => block.Author == index && block.Round == round);

    public void Submit(string transaction)
    {
        _waiting.Enqueue(System.Text.Encoding.UTF8.GetBytes(transaction));
        if (IsUp) Step();
    }

    /// <summary>Starts, or restarts from its last checkpoint and its log.</summary>
    public void Start() => Start(unsequenced: []);

    private void Start(IReadOnlyList<Block> unsequenced)
    {
        var from = _checkpoint ?? new Saved(CoreState.Initial(default), 0, 0, 0);
        Chain.RemoveRange(from.Commits, Chain.Count - from.Commits);
        Sequenced.RemoveRange(from.Blocks, Sequenced.Count - from.Blocks);
        Transactions.RemoveRange(from.Transactions, Transactions.Count - from.Transactions);
        _linked.Clear();
        _life++;
        // What was planned belongs to the life before.
        _wakeAtNs = long.MaxValue;
        IsUp = true;
        _core = new ValidatorCore(
            network.Committee, network.Parameters, new CoreOptions(), index, from.State, new KeyedHashSigner(index), this, this);
        // What may have been committed meanwhile is given up.
        foreach (var block in unsequenced) _core.Adopt(block);
        foreach (var block in _log) _core.Recover(block);
        _toSend.Clear();
        var life = _life;
        network.After(1, () =>
        {
            if (life != _life) return;
            for (var peer = 0; peer < network.Nodes.Length; peer++)
            {
                if (peer == index || !network.AreConnected(index, peer)) continue;
                Connect(peer);
                network.Nodes[peer].Connect(index);
            }
        });
    }

    public void Crash()
    {
        IsUp = false;
        _life++;
        foreach (var node in network.Nodes)
        {
            if (node != this) node.Disconnect(index);
        }
    }

    public void Connect(int peer)
    {
        if (!IsUp || !network.AreConnected(index, peer) || !_linked.Add(peer)) return;
        _core!.PeerUp(peer);
        var from = _core.NeededRound(peer);
        if (network.Nodes[peer].Core.DroppedRound >= from)
        {
            Install(network.Nodes[peer]);
            return;
        }

        network.Send(index, peer, () => network.Nodes[peer].PushFrom(index, from));
        Step();
    }

    public void Disconnect(int peer)
    {
        if (!IsUp || !_linked.Remove(peer)) return;
        _core!.PeerDown(peer);
        Step();
    }

    /// <summary>Goes on from a peer's checkpoint, and from the own last block, which must not be proposed beside.</summary>
    private void Install(SimulatedNode peer)
    {
        Snapshots++;
        _checkpoint = peer._checkpoint!;
        (Chain, Sequenced, Transactions) = ([.. peer.Chain], [.. peer.Sequenced], [.. peer.Transactions]);
        var last = _core!.LastOwnBlock;
        var unsequenced = _core.UnsequencedOwnBlocks.ToList();
        _log.Clear();
        if (last is not null) _log.Add(last);
        foreach (var node in network.Nodes)
        {
            if (node != this) node.Disconnect(index);
        }

        Start(unsequenced);
    }

    void ICoreOutput.Accepted(Block block, BlockOrigin origin)
    {
        if (origin == BlockOrigin.Recovered) return;
        _log.Add(block);
        if (origin != BlockOrigin.Own) return;
        Assert.Null(_checker.Check(block));
        _toSend.Add(block);
    }

    void ICoreOutput.Fetch(int peer, IReadOnlyList<BlockRef> references)
    {
        foreach (var reference in references)
        {
            network.Send(index, peer, () =>
            {
                if (network.Nodes[peer].Core.Find(reference) is { } block)
                    network.Send(peer, index, () => Receive(block, peer, BlockOrigin.Fetched));
            });
        }
    }

    void ICoreOutput.Committed(CommittedSubDag subDag)
    {
        Assert.Equal(Chain.Count + 1, subDag.Index);
        Chain.Add(subDag.ChainDigest);
        foreach (var block in subDag.Blocks)
        {
            Sequenced.Add(block.Reference);
            for (var i = 0; i < block.TransactionCount; i++) Transactions.Add(System.Text.Encoding.UTF8.GetString(block.Transaction(i).Span));
        }
    }

    void ICoreOutput.Decided(LeaderDecision decision)
    {
    }

    void ICoreOutput.Checkpoint(CoreState state) => _checkpoint = new Saved(state, Chain.Count, Sequenced.Count, Transactions.Count);

    void ICoreOutput.Noticed(CoreNotice notice, int author, long round) => Notices[notice] = Notices.GetValueOrDefault(notice) + 1;

    void ITransactionPool.Take(int maxCount, int maxBytes, List<ReadOnlyMemory<byte>> into, List<Digest> hashes)
    {
        while (into.Count < maxCount && _waiting.TryDequeue(out var transaction)) into.Add(transaction);
    }

    void ITransactionPool.Restore(Block own)
    {
        var waiting = _waiting.Where(transaction => !own.TransactionHashes.Contains(Digest.Of(transaction.Span))).ToList();
        _waiting.Clear();
        foreach (var transaction in waiting) _waiting.Enqueue(transaction);
    }

    void ITransactionPool.Requeue(Block dropped)
    {
        Requeued++;
        for (var i = 0; i < dropped.TransactionCount; i++)
        {
            var transaction = dropped.Transaction(i);
            // A crash takes away nothing that waits, so it may be there already.
            if (!_waiting.Any(other => other.Span.SequenceEqual(transaction.Span))) _waiting.Enqueue(transaction);
        }
    }

    public void Receive(Block block, int peer, BlockOrigin origin)
    {
        if (!IsUp) return;
        Assert.Null(_checker.Check(block));
        _core!.Receive(block, peer, origin, Now);
        Step();
    }

    private void PushFrom(int peer, long round)
    {
        foreach (var block in _log.Where(block => block.Author == index && block.Round >= round)) SendOwn(block, peer);
    }

    private void SendOwn(Block block, int peer)
    {
        var (bent, delayNs) = Bend(block, peer);
        if (bent is null) return;
        var life = _life;
        network.After(delayNs, () =>
        {
            if (life == _life) network.Push(bent, index, peer);
        });
    }

    private void Step()
    {
        _core!.Advance(Now);
        foreach (var block in _toSend.ToList())
        {
            for (var peer = 0; peer < network.Nodes.Length; peer++)
            {
                if (peer != index) SendOwn(block, peer);
            }
        }

        _toSend.Clear();
        ScheduleWake();
    }

    private void ScheduleWake()
    {
        var at = Math.Max(_core!.NextWakeNs, network.NowNs + 1);
        if (at == long.MaxValue || (at >= _wakeAtNs && _wakeAtNs > network.NowNs)) return;
        _wakeAtNs = at;
        var life = _life;
        network.After(at - network.NowNs, () =>
        {
            if (life != _life || _wakeAtNs != at) return;
            _wakeAtNs = long.MaxValue;
            Step();
        });
    }
}

/// <summary>Stands in for signatures where only agreement is at stake.</summary>
internal sealed class KeyedHashSigner(int author) : IBlockSigner, IBlockVerifier
{
    public static KeyedHashSigner Instance { get; } = new(-1);

    public void Sign(Digest digest, Span<byte> signature)
    {
        signature[..Ed25519.SignatureSize].Clear();
        digest.CopyTo(signature);
        signature[Digest.Size] = (byte)author;
    }

    public bool Verify(int claimed, Digest digest, ReadOnlySpan<byte> signature) =>
        signature[..Digest.Size].SequenceEqual(digest.ToArray()) && signature[Digest.Size] == (byte)claimed;
}
