namespace Mysticeti.Protocol.Trace;

/// <param name="First">Sequence number of the first entry that was read.</param>
/// <param name="Oldest">The oldest entry that is retained; equal to <paramref name="Next"/> where there is none.</param>
/// <param name="Next">What the next entry will have.</param>
public readonly record struct TraceWindow(long First, long Oldest, long Next)
{
    /// <summary>Entries that gave way to newer ones since the start.</summary>
    public long Dropped => Oldest - 1;
}

/// <summary>
/// The newest entries, in fixed memory: the oldest gives way to the newest, and is counted. Sequence numbers start at 1.
/// Safe for several writers and readers; a writer waits for no more than a few hundred entries to be copied.
/// </summary>
public sealed class TraceLog
{
    private const int CopiedAtOnce = 256;

    private readonly Lock _lock = new();
    private readonly TraceEntry[] _ring;
    private readonly TimeProvider _time;
    private long _next = 1;

    /// <param name="capacity">Entries that are retained, 1 or more.</param>
    public TraceLog(int capacity, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _ring = new TraceEntry[capacity];
        _time = time;
    }

    /// <summary>Adds an entry, which gets the time of now and the next sequence number.</summary>
    public void Add(in TraceEntry entry)
    {
        lock (_lock)
        {
            ref var place = ref _ring[_next % _ring.Length];
            place = entry;
            // Under the lock, so that the times are in the order of the sequence.
            place.TimestampNs = (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
            _next++;
        }
    }

    /// <summary>Copies the entries behind <paramref name="after"/>, oldest first, without gaps between them.</summary>
    /// <param name="limit">Most entries to copy.</param>
    /// <param name="into">Where the copies go; cleared first.</param>
    public TraceWindow Read(long after, int limit, List<TraceEntry> into)
    {
        into.Clear();
        var first = 0L;
        while (true)
        {
            lock (_lock)
            {
                var oldest = Math.Max(1, _next - _ring.Length);
                if (first == 0) first = after >= _next ? _next : Math.Max(after + 1, oldest);
                if (first + into.Count < oldest)
                {
                    // Writers were faster than this reader: a gap would follow what it has.
                    into.Clear();
                    first = oldest;
                }

                var from = first + into.Count;
                var to = Math.Min(Math.Min(_next, first + limit), from + CopiedAtOnce);
                for (var seq = from; seq < to; seq++) into.Add(_ring[seq % _ring.Length]);
                if (to == _next || to == first + limit) return new TraceWindow(first, oldest, _next);
            }
        }
    }
}
