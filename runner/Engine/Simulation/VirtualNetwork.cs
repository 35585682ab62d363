using Mysticeti.Engine.Load;

namespace Mysticeti.Engine.Simulation;

/// <summary>
/// Validators joined by links under virtual time. Owns the events and the connections: who can talk to whom, what waits
/// in a cut link, when silence is noticed. One thread only; everything follows from the settings.
/// </summary>
internal sealed class VirtualNetwork
{
    private const ulong RedialPurpose = 102;

    // As the validator's links have them.
    private const long SilenceLimitNs = 1_000_000_000;
    private const long DeadLimitNs = 10_000_000_000;
    private const long LongestRedialNs = 250_000_000;

    /// <summary>Round trips of a TCP and a TLS 1.3 handshake.</summary>
    private const int HandshakeRoundTrips = 2;

    private readonly int _size;
    private readonly VirtualTime _time;
    private readonly LinkModel _links;
    private readonly EventQueue _queue = new();

    // By (from, to): the connection that the first one's end belongs to, 0 for none; whether it has fallen silent;
    // whether what arrives is kept back; what was kept back.
    private readonly int[] _open;
    private readonly bool[] _silent;
    private readonly bool[] _holding;
    private readonly List<Event>?[] _held;

    // By (lower, higher).
    private readonly int[] _epochs;
    private readonly int[] _cuts;
    private readonly int[] _cutEpochs;
    private SplitMix64 _random;

    public VirtualNetwork(SimulationSettings settings, VirtualTime time)
    {
        (_size, _time, _links) = (settings.Committee, time, new LinkModel(settings));
        _open = new int[_size * _size];
        _silent = new bool[_size * _size];
        _holding = new bool[_size * _size];
        _held = new List<Event>?[_size * _size];
        _epochs = new int[_size * _size];
        _cuts = new int[_size * _size];
        _cutEpochs = new int[_size * _size];
        _random = new SplitMix64(SplitMix64.Derive(settings.Seed, RedialPurpose));
    }

    /// <summary>Set once, before anything happens.</summary>
    public SimulatedValidator[] Validators { get; set; } = [];

    /// <summary>Called for each entry of the timeline, with the number that it was planned under.</summary>
    public Action<int> OnTimeline { get; set; } = _ => { };

    public LinkModel Links => _links;

    public VirtualTime Time => _time;

    /// <summary>Events carried out so far.</summary>
    public long Events { get; private set; }

    /// <summary>When the next event is.</summary>
    public long NextNs => _queue.NextNs;

    /// <summary>Whether <paramref name="validator"/> counts <paramref name="peer"/> as connected.</summary>
    public bool IsConnected(int validator, int peer) => _open[Link(validator, peer)] != 0 && !_silent[Link(validator, peer)];

    /// <summary>Carries out the next event.</summary>
    public void Step()
    {
        var next = _queue.Take();
        Events++;
        _time.NowNs = next.AtNs;
        switch (next.Kind)
        {
            case EventKind.Finish:
                Validators[next.Node].Finish(next.Epoch);
                break;
            case EventKind.Wake:
                Validators[next.Node].Wake(next.Epoch);
                break;
            case EventKind.Connect:
                Connect(next.Node, next.Peer);
                break;
            case EventKind.Silence:
                NoticeSilence(next.Node, next.Peer, next.Epoch);
                break;
            case EventKind.Dead:
                GiveUp(next.Node, next.Peer, next.Epoch);
                break;
            case EventKind.Flush:
                Flush(next.Peer, next.Node);
                break;
            case EventKind.Timeline:
                OnTimeline(next.Epoch);
                break;
            default:
                Arrive(next);
                break;
        }
    }

    /// <summary>Plans an event of a validator's own, in its present life.</summary>
    public void Plan(long atNs, EventKind kind, int validator, int life) => _queue.Add(atNs, kind, validator, epoch: life);

    /// <summary>Plans an entry of the timeline.</summary>
    public void PlanTimeline(long atNs, int number) => _queue.Add(atNs, EventKind.Timeline, 0, epoch: number);

    /// <summary>Hands a message to the connection at <paramref name="departNs"/>; without a connection it is lost.</summary>
    public void Send(int from, int to, EventKind kind, object? payload, int bytes, long departNs)
    {
        var epoch = _open[Link(from, to)];
        if (epoch != 0) _queue.Add(_links.ArrivalNs(from, to, bytes, departNs), kind, to, from, epoch, payload);
    }

    /// <summary>Everybody dials everybody: the network is switched on.</summary>
    public void Start()
    {
        foreach (var validator in Validators) validator.Start();
        for (var a = 0; a < _size; a++)
        {
            for (var b = a + 1; b < _size; b++) Dial(a, b, waitNs: 0);
        }
    }

    /// <summary>Kills a validator. Its connections are closed by its operating system, which the peers see after a one-way time.</summary>
    public void Crash(int validator)
    {
        if (!Validators[validator].IsUp) return;
        Validators[validator].Crash();
        for (var peer = 0; peer < _size; peer++)
        {
            if (peer == validator) continue;
            Send(validator, peer, EventKind.Close, null, 0, _time.NowNs);
            _open[Link(validator, peer)] = 0;
            _silent[Link(validator, peer)] = false;
        }
    }

    /// <summary>Starts a killed validator from its log. Of a pair the higher index dials, at once where it is the one that starts.</summary>
    public void Restart(int validator)
    {
        if (Validators[validator].IsUp) return;
        Validators[validator].Start();
        for (var peer = 0; peer < _size; peer++)
        {
            if (peer != validator) Dial(validator, peer, peer > validator ? (long)(_random.NextDouble() * LongestRedialNs) : 0);
        }
    }

    /// <summary>Lets nothing pass between two validators. Cuts add up.</summary>
    public void Cut(int a, int b)
    {
        if (_cuts[Pair(a, b)]++ > 0) return;
        var epoch = ++_cutEpochs[Pair(a, b)];
        _holding[Link(a, b)] = _holding[Link(b, a)] = true;
        _queue.Add(_time.NowNs + SilenceLimitNs, EventKind.Silence, a, b, epoch);
        _queue.Add(_time.NowNs + DeadLimitNs, EventKind.Dead, a, b, epoch);
    }

    /// <summary>Takes back one <see cref="Cut"/>. What waited arrives after another one-way time.</summary>
    public void Heal(int a, int b)
    {
        if (--_cuts[Pair(a, b)] > 0) return;
        _queue.Add(_time.NowNs + _links.LatencyNs(a, b), EventKind.Flush, b, a);
        _queue.Add(_time.NowNs + _links.LatencyNs(b, a), EventKind.Flush, a, b);
        if (!AreJoined(a, b)) Dial(a, b, (long)(_random.NextDouble() * LongestRedialNs));
    }

    private void Dial(int a, int b, long waitNs)
    {
        // Whoever comes back last dials: a pair is never left without a connection for good.
        if (!CanTalk(a, b)) return;
        var roundTrip = _links.LatencyNs(a, b) + _links.LatencyNs(b, a);
        _queue.Add(_time.NowNs + waitNs + (HandshakeRoundTrips * roundTrip), EventKind.Connect, a, b);
    }

    private void Connect(int a, int b)
    {
        if (!CanTalk(a, b) || AreJoined(a, b)) return;
        CloseEnd(a, b);
        CloseEnd(b, a);
        var epoch = ++_epochs[Pair(a, b)];
        foreach (var (from, to) in new[] { (a, b), (b, a) })
        {
            _open[Link(from, to)] = epoch;
            _held[Link(from, to)]?.Clear();
            _holding[Link(from, to)] = false;
        }

        Validators[a].Connected(b);
        Validators[b].Connected(a);
    }

    private void Arrive(in Event message)
    {
        var link = Link(message.Peer, message.Node);
        if (_holding[link]) (_held[link] ??= []).Add(message);
        else Deliver(message);
    }

    private void Deliver(in Event message)
    {
        if (_open[Link(message.Node, message.Peer)] != message.Epoch) return;
        if (message.Kind == EventKind.Close) CloseEnd(message.Node, message.Peer);
        else Validators[message.Node].Enqueue(new Message(message.Kind, message.Peer, message.Payload));
    }

    private void Flush(int from, int to)
    {
        // Cut again before it arrived: it goes on waiting.
        if (_cuts[Pair(from, to)] > 0) return;
        _holding[Link(from, to)] = false;
        var end = Link(to, from);
        if (_open[end] != 0 && _silent[end])
        {
            _silent[end] = false;
            Validators[to].Enqueue(new Message(EventKind.PeerUp, from, null));
        }

        if (_held[Link(from, to)] is not { Count: > 0 } held) return;
        _held[Link(from, to)] = null;
        foreach (var message in held) Deliver(message);
    }

    private void NoticeSilence(int a, int b, int cutEpoch)
    {
        if (_cuts[Pair(a, b)] == 0 || _cutEpochs[Pair(a, b)] != cutEpoch) return;
        FallSilent(a, b);
        FallSilent(b, a);
    }

    private void FallSilent(int at, int peer)
    {
        if (_open[Link(at, peer)] == 0 || _silent[Link(at, peer)]) return;
        _silent[Link(at, peer)] = true;
        Validators[at].Enqueue(new Message(EventKind.PeerDown, peer, null));
    }

    private void GiveUp(int a, int b, int cutEpoch)
    {
        if (_cuts[Pair(a, b)] == 0 || _cutEpochs[Pair(a, b)] != cutEpoch) return;
        CloseEnd(a, b);
        CloseEnd(b, a);
    }

    private void CloseEnd(int at, int peer)
    {
        if (_open[Link(at, peer)] == 0) return;
        FallSilent(at, peer);
        _open[Link(at, peer)] = 0;
        _silent[Link(at, peer)] = false;
        Validators[at].Disconnected(peer);
    }

    private bool CanTalk(int a, int b) => Validators[a].IsUp && Validators[b].IsUp && _cuts[Pair(a, b)] == 0;

    private bool AreJoined(int a, int b) => _open[Link(a, b)] != 0 && _open[Link(a, b)] == _open[Link(b, a)];

    private int Link(int from, int to) => (from * _size) + to;

    private int Pair(int a, int b) => a < b ? (a * _size) + b : (b * _size) + a;
}
