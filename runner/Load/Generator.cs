namespace Mysticeti.Runner.Load;

/// <summary>
/// Offers the load: sends every transaction when its schedule says so, round-robin over the nodes (see <see cref="RoundRobin"/>), and never waits for an
/// answer to do so. One thread paces; what is due for one node at one wake-up goes out as one request. Where a node's
/// connections are all blocked its transactions wait, and those that are still waiting at the end are unsent.
/// </summary>
public sealed class Generator : IAsyncDisposable
{
    /// <summary>Connections to each node.</summary>
    public const int ConnectionsPerNode = 4;

    /// <summary>Shortest pause between two wake-ups, in ns: what is due meanwhile shares a wake-up.</summary>
    private const long ShortestPauseNs = 500_000;

    /// <summary>Longest pause, so that stopping and blocked connections are noticed.</summary>
    private const long LongestPauseNs = 5_000_000;

    /// <summary>How long after the window's end blocked transactions may still be handed over.</summary>
    private const long GraceNs = 250_000_000;

    private readonly Schedule _schedule;
    private readonly LoadClock _clock;
    private readonly NodeSender[] _senders;
    private int _due;

    public Generator(IReadOnlyList<NodeEndpoint> nodes, string method, TransactionFactory factory, LoadRecord record, LoadClock clock)
    {
        (_schedule, _clock) = (record.Schedule, clock);
        _senders = [.. nodes.Select((node, position) => new NodeSender(position, record, clock,
            [.. Enumerable.Range(0, ConnectionsPerNode).Select(_ => new RpcConnection(node, new RpcRequest(node.RpcUrl, method, factory), record, clock))],
            node.Name))];
    }

    /// <summary>Transactions whose time has come; their number is the end of the sequences that count.</summary>
    public int DueCount => Volatile.Read(ref _due);

    /// <summary>Transactions of the window that were due and not sent; final once the generator is disposed of.</summary>
    public long WindowUnsent => _senders.Sum(s => s.CountUnsent(_due, _schedule.WarmUpCount));

    /// <summary>When the generator stopped.</summary>
    public long EndedNs { get; private set; }

    /// <summary>Waits until each connection is open or has failed to open.</summary>
    public Task ConnectAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_senders.SelectMany(s => s.Connections).Select(c => c.FirstAttempt)).WaitAsync(cancellationToken);

    /// <summary>Sends until the schedule is done; a cancelled token ends it early, without an exception.</summary>
    public Task RunAsync(CancellationToken stop) =>
        Task.Factory.StartNew(() => Pace(stop), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public async ValueTask DisposeAsync()
    {
        foreach (RpcConnection connection in _senders.SelectMany(s => s.Connections))
        {
            await connection.DisposeAsync();
        }
    }

    private void Pace(CancellationToken stop)
    {
        Pacer.PreferThisThread();
        while (!stop.IsCancellationRequested)
        {
            long now = _clock.NowNs;
            int due = _due;
            while (due < _schedule.Count && _schedule.TimeNs(due) <= now)
            {
                due++;
            }

            Volatile.Write(ref _due, due);
            bool idle = true;
            foreach (NodeSender sender in _senders)
            {
                idle &= sender.Pump(due);
            }

            if ((due == _schedule.Count && idle) || now > _schedule.WindowEndNs + GraceNs)
            {
                break;
            }

            Pacer.Sleep(PauseNs(due, idle));
        }

        EndedNs = _clock.NowNs;
    }

    private long PauseNs(int due, bool idle)
    {
        long next = due < _schedule.Count ? _schedule.TimeNs(due) - _clock.NowNs : ShortestPauseNs;
        return idle ? Math.Clamp(next, ShortestPauseNs, LongestPauseNs) : ShortestPauseNs;
    }
}

/// <summary>Sends one node's share of the schedule.</summary>
internal sealed class NodeSender(int node, LoadRecord record, LoadClock clock, RpcConnection[] connections, string name)
{
    private readonly RoundRobin _targets = record.Targets;
    private int _next = record.Targets.First(node);

    public RpcConnection[] Connections { get; } = connections;

    /// <summary>Sends what is due, as far as connections are free. True when nothing waits.</summary>
    public bool Pump(int due)
    {
        while (_next < due)
        {
            RpcConnection? free = LeastOccupied();
            if (free is null)
            {
                if (Connections.All(c => c.Failure is not null))
                {
                    RejectDue(due);
                }

                break;
            }

            int first = _next;
            int count = 0;
            for (; count < free.MostCalls && _next < due; count++)
            {
                _next = _targets.Next(_next);
            }

            free.Send(first, count);
        }

        return _next >= due && !Connections.Any(c => c.IsWriting);
    }

    /// <summary>Transactions from <paramref name="start"/> on that were due and never went out whole.</summary>
    public long CountUnsent(int due, int start)
    {
        long unsent = 0;
        for (int sequence = _targets.First(node); sequence < due; sequence = _targets.Next(sequence))
        {
            unsent += sequence >= start && record.SentNs(sequence) == 0 ? 1 : 0;
        }

        return unsent;
    }

    /// <summary>A node that refuses connections refuses the transactions: that is the network's doing, not the generator's.</summary>
    private void RejectDue(int due)
    {
        long now = clock.NowNs;
        for (; _next < due; _next = _targets.Next(_next))
        {
            record.Sent(_next, now);
            record.Answered(_next, $"{name}: no connection ({Connections[0].Failure})");
        }
    }

    private RpcConnection? LeastOccupied()
    {
        RpcConnection? best = null;
        int fewest = int.MaxValue;
        foreach (RpcConnection connection in Connections)
        {
            if (connection.Occupancy is int occupancy && occupancy < fewest)
            {
                (best, fewest) = (connection, occupancy);
            }
        }

        return best;
    }
}
