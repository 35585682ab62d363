namespace Mysticeti.Engine.Load;

/// <summary>Sends one node's share of the schedule. The generator's thread alone uses it.</summary>
internal sealed class NodeSender(int node, LoadRecord record, LoadClock clock, SubmissionConnection[] connections, string name)
{
    private readonly Targets _targets = record.Targets;
    private int _next = record.Targets.First(node);

    public SubmissionConnection[] Connections { get; } = connections;

    /// <summary>Sends what is due, as far as connections are free. True when nothing waits.</summary>
    public bool Pump(int due)
    {
        while (_next < due)
        {
            var free = LeastOccupied();
            if (free is null)
            {
                if (Connections.All(c => c.Failure is not null)) RejectDue(due);

                break;
            }

            var first = _next;
            var count = 0;
            for (; count < free.MostCalls && _next < due; count++) _next = _targets.Next(_next);

            free.Send(first, count);
        }

        return _next >= due;
    }

    /// <summary>Transactions from <paramref name="start"/> on that were due and never went out whole.</summary>
    public long CountUnsent(int due, int start)
    {
        long unsent = 0;
        for (var sequence = _targets.First(node); sequence < due; sequence = _targets.Next(sequence))
        {
            unsent += sequence >= start && record.SentNs(sequence) == 0 ? 1 : 0;
        }

        return unsent;
    }

    /// <summary>A node that refuses connections refuses the transactions: that is the network's doing, not the generator's.</summary>
    private void RejectDue(int due)
    {
        var now = clock.NowNs;
        for (; _next < due; _next = _targets.Next(_next))
        {
            record.Sent(_next, now);
            record.Answered(_next, $"{name}: no connection ({Connections[0].Failure})");
        }
    }

    private SubmissionConnection? LeastOccupied()
    {
        SubmissionConnection? best = null;
        var fewest = int.MaxValue;
        foreach (var connection in Connections)
        {
            if (connection.Occupancy is int occupancy && occupancy < fewest)
            {
                (best, fewest) = (connection, occupancy);
                if (fewest == 0) break;
            }
        }

        return best;
    }
}
