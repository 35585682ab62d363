namespace Mysticeti.Engine.Simulation;

/// <summary>What an event is; the first ones are messages from one validator to another.</summary>
internal enum EventKind : byte
{
    /// <summary>A block of the sender's own stream.</summary>
    OwnBlock,

    /// <summary>A block that the receiver had asked for.</summary>
    FetchedBlock,

    /// <summary>A request for blocks.</summary>
    Fetch,

    /// <summary>A request for the sender's own blocks from a round on.</summary>
    Subscribe,

    /// <summary>The sender does not have the blocks any more that were asked for, and offers its checkpoints.</summary>
    Gone,

    /// <summary>A request for a checkpoint.</summary>
    CheckpointAsk,

    /// <summary>A whole checkpoint.</summary>
    Checkpoint,

    /// <summary>The sender's end of the connection is closed.</summary>
    Close,

    /// <summary>A peer counts as connected from now on.</summary>
    PeerUp,

    /// <summary>A peer does not count as connected any more.</summary>
    PeerDown,

    /// <summary>A validator is done with what it took in.</summary>
    Finish,

    /// <summary>A delay or a time-out of a validator passes.</summary>
    Wake,

    /// <summary>A handshake between two validators is complete.</summary>
    Connect,

    /// <summary>Two validators may have heard nothing of each other for the silence limit.</summary>
    Silence,

    /// <summary>Two validators may have heard nothing of each other for so long that they give the connection up.</summary>
    Dead,

    /// <summary>What waited in a link during a partition arrives.</summary>
    Flush,

    /// <summary>The next entry of the timeline.</summary>
    Timeline,
}

/// <summary>Something that happens at a moment of virtual time.</summary>
/// <param name="Order">Keeps events of one moment in the order in which they were planned.</param>
/// <param name="Node">Whom it happens to.</param>
/// <param name="Peer">The sender of a message, the other end of a connection.</param>
/// <param name="Epoch">Which connection, or which life of the validator, it belongs to: it is void in any other.</param>
internal readonly record struct Event(long AtNs, long Order, EventKind Kind, int Node, int Peer, int Epoch, object? Payload)
{
    public bool IsBefore(in Event other) => AtNs < other.AtNs || (AtNs == other.AtNs && Order < other.Order);
}

/// <summary>Events by time, then by the order of their planning: a four-ary heap of structs, without an allocation for an event.</summary>
internal sealed class EventQueue
{
    private const int Arity = 4;

    private Event[] _heap = new Event[1024];
    private long _order;

    public int Count { get; private set; }

    /// <summary>When the next event is; <see cref="long.MaxValue"/> where there is none.</summary>
    public long NextNs => Count == 0 ? long.MaxValue : _heap[0].AtNs;

    public void Add(long atNs, EventKind kind, int node, int peer = 0, int epoch = 0, object? payload = null)
    {
        if (Count == _heap.Length) Array.Resize(ref _heap, _heap.Length * 2);
        var added = new Event(atNs, _order++, kind, node, peer, epoch, payload);
        var at = Count++;
        while (at > 0)
        {
            var parent = (at - 1) / Arity;
            if (!added.IsBefore(_heap[parent])) break;
            _heap[at] = _heap[parent];
            at = parent;
        }

        _heap[at] = added;
    }

    /// <summary>Takes out the next event; there must be one.</summary>
    public Event Take()
    {
        var first = _heap[0];
        var last = _heap[--Count];
        _heap[Count] = default;
        if (Count > 0) SiftDown(last);
        return first;
    }

    private void SiftDown(in Event last)
    {
        var at = 0;
        while (true)
        {
            var child = (at * Arity) + 1;
            if (child >= Count) break;
            var end = Math.Min(child + Arity, Count);
            var least = child;
            for (child++; child < end; child++)
            {
                if (_heap[child].IsBefore(_heap[least])) least = child;
            }

            if (!_heap[least].IsBefore(last)) break;
            _heap[at] = _heap[least];
            at = least;
        }

        _heap[at] = last;
    }
}
