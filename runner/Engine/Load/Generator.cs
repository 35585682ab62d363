namespace Mysticeti.Engine.Load;

/// <summary>
/// Offers the load: sends every transaction when its schedule says so, to the node that <see cref="Targets"/> names, and never
/// waits for an answer to do so. Where a node's connections are all blocked its transactions wait, and those that are still
/// waiting at the end are unsent.
/// One thread does all of it: it paces, writes, and reads answers, on sockets that never block. So no transaction waits for
/// another thread to be scheduled, and a request costs little more than its two system calls.
/// </summary>
public sealed class Generator : ILoadSource
{
    /// <summary>Shortest pause between two times of sending, in ns: what is due meanwhile shares a request.</summary>
    private const long ShortestPauseNs = 500_000;

    /// <summary>Longest pause, so that stopping is noticed and connections are opened again.</summary>
    private const long LongestPauseNs = 2_000_000;

    /// <summary>What is waited for answers that make room, in ns: as short as the kernel's timer can be, which lets several come together.</summary>
    private const long GatheringNs = 1_000;

    /// <summary>How long after the window's end blocked transactions may still be handed over.</summary>
    private const long GraceNs = 250_000_000;

    private readonly Schedule _schedule;
    private readonly LoadClock _clock;
    private readonly NodeSender[] _senders;
    private readonly SubmissionConnection[] _connections;
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _offered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lazy<Task> _thread;
    private CancellationToken _stop;
    private volatile bool _offering;
    private volatile bool _closing;
    private bool _waiting;
    private long _nextPumpNs;
    private long _nextTickNs;
    private int _due;

    /// <param name="nodes">Where transactions go.</param>
    /// <param name="submission">Connections and requests in flight.</param>
    /// <param name="createProtocol">Makes the protocol of a new connection to a node.</param>
    /// <param name="record">Schedule and targets, and where outcomes go.</param>
    /// <param name="clock">Of the load.</param>
    internal Generator(
        IReadOnlyList<NodeEndpoint> nodes, SubmissionSettings submission, Func<NodeEndpoint, ISubmissionProtocol> createProtocol, LoadRecord record, LoadClock clock)
    {
        (_schedule, _clock) = (record.Schedule, clock);
        SubmissionConnection Connect(NodeEndpoint node) => new(
            node, createProtocol(node), new PendingRequests(record, clock, node.Name), clock, submission.InFlight);
        _senders = [.. nodes.Select((node, position) => new NodeSender(position, record, clock,
            [.. Enumerable.Range(0, submission.ConnectionsToEach).Select(_ => Connect(node))], node.Name))];
        _connections = [.. _senders.SelectMany(s => s.Connections)];
        _thread = new Lazy<Task>(() => Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
    }

    /// <summary>Transactions whose time has come; their number is the end of the sequences that count.</summary>
    public int DueCount => Volatile.Read(ref _due);

    /// <summary>Transactions of the window that were due and not sent; final once the generator is disposed of.</summary>
    public long WindowUnsent => _senders.Sum(s => s.CountUnsent(_due, _schedule.WarmUpCount));

    /// <summary>When the generator stopped sending.</summary>
    public long EndedNs { get; private set; }

    /// <summary>Waits until each connection is open or has failed to open.</summary>
    public Task ConnectAsync(CancellationToken cancellationToken)
    {
        _ = _thread.Value;
        return _connected.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Sends until the schedule is done; a cancelled token ends it early, without an exception. Answers are taken until the end.</summary>
    public Task RunAsync(CancellationToken stop)
    {
        _stop = stop;
        _offering = true;
        return Task.WhenAny(_offered.Task, _thread.Value).Unwrap();
    }

    public async ValueTask DisposeAsync()
    {
        _closing = true;
        await _thread.Value;
    }

    private void Run()
    {
        Pacer.PreferThisThread();
        using var poller = new SocketPoller();
        while (!_closing)
        {
            var now = _clock.MonotonicNs;
            if (now >= _nextTickNs) Tick(now);

            Serve(poller, _offering ? Offer() : ShortestPauseNs);
        }

        foreach (var connection in _connections) connection.Close();
    }

    /// <summary>Lets connections that are down connect again when it is time.</summary>
    private void Tick(long now)
    {
        _nextTickNs = now + ShortestPauseNs;
        var tried = true;
        foreach (var connection in _connections)
        {
            connection.Tick(now);
            tried &= connection.HasTried;
        }

        if (tried) _connected.TrySetResult();
    }

    /// <summary>Waits, and lets each connection that is ready do its work.</summary>
    private void Serve(SocketPoller poller, long longestNs)
    {
        for (var i = 0; i < _connections.Length; i++) poller.Watch(i, _connections[i].Socket, _connections[i].WantsToWrite);

        // A wake-up for each answer would cost more than all else that is done for it, and take the processor from the node that is
        // still answering. So answers are gathered: until the next time of sending, or where they make room, for a moment.
        var gatheringNs = !_offering || Array.Exists(_connections, c => c.WantsToWrite) ? 0
            : _waiting ? Math.Min(GatheringNs, longestNs)
            : longestNs;
        Pacer.Sleep(gatheringNs);
        foreach (var ready in poller.Wait(longestNs - gatheringNs))
        {
            _connections[ready.Place].OnReady(ready.Readable, ready.Writable);
        }
    }

    /// <summary>Sends what is due, if it is time for that.</summary>
    /// <returns>How long there is nothing to do but to wait for answers, in ns.</returns>
    private long Offer()
    {
        var now = _clock.NowNs;
        // An answer may have made room for what waits; else answers are no occasion to send, or requests would be as small as they can be.
        if (now < _nextPumpNs && !_waiting) return Math.Min(_nextPumpNs - now, LongestPauseNs);

        var due = _due;
        while (due < _schedule.Count && _schedule.TimeNs(due) <= now) due++;

        Volatile.Write(ref _due, due);
        var idle = true;
        foreach (var sender in _senders) idle &= sender.Pump(due);

        _waiting = !idle;
        if (_stop.IsCancellationRequested || now > _schedule.WindowEndNs + GraceNs || (due == _schedule.Count && idle && !IsWriting()))
        {
            (_offering, EndedNs) = (false, _clock.NowNs);
            _offered.TrySetResult();
            return ShortestPauseNs;
        }

        var next = due < _schedule.Count ? _schedule.TimeNs(due) : now;
        _nextPumpNs = Math.Max(next, now + ShortestPauseNs);
        return Math.Min(_nextPumpNs - now, LongestPauseNs);
    }

    private bool IsWriting() => Array.Exists(_connections, c => c.IsWriting);
}
