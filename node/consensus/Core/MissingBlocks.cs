namespace Mysticeti.Consensus.Core;

/// <summary>
/// The references that this validator still has to get: from the sender of the block that names them at once, from the
/// other connected peers in turn whenever the time-out passes.
/// </summary>
internal sealed class MissingBlocks(Committee committee, int self, CoreOptions options)
{
    private sealed class Request
    {
        public int LastPeer { get; set; }

        public long DueNs { get; set; }

        public int Attempts { get; set; }
    }

    private readonly SortedDictionary<BlockRef, Request> _requests = [];
    private readonly bool[] _connected = new bool[committee.Size];
    private readonly List<BlockRef>?[] _outgoing = new List<BlockRef>?[committee.Size];
    private long _earliestDueNs = long.MaxValue;

    public int Count => _requests.Count;

    /// <summary>When the next time-out passes, on the monotonic clock; <see cref="long.MaxValue"/> for never.</summary>
    public long NextDueNs => _requests.Count == 0 ? long.MaxValue : _earliestDueNs;

    public void SetConnected(int peer, bool connected) => _connected[peer] = connected;

    /// <summary>Asks <paramref name="peer"/> for a block, unless it has been asked for already.</summary>
    public void Want(BlockRef reference, int peer, long nowNs)
    {
        if (_requests.ContainsKey(reference)) return;
        var request = new Request { LastPeer = peer };
        _requests.Add(reference, request);
        Send(reference, request, peer == self ? NextPeer(reference.Author - 1) : peer, nowNs);
    }

    public void Got(BlockRef reference) => _requests.Remove(reference);

    public void CollectGarbage(long gcRound)
    {
        while (_requests.Count > 0 && _requests.First().Key is var lowest && lowest.Round <= gcRound) _requests.Remove(lowest);
    }

    /// <summary>Repeats what is overdue, lowest rounds first, and hands everything that is to be asked now to <paramref name="output"/>.</summary>
    public void Flush(ICoreOutput output, long nowNs)
    {
        if (nowNs >= _earliestDueNs) Retry(output, nowNs);
        for (var peer = 0; peer < _outgoing.Length; peer++)
        {
            if (_outgoing[peer] is not { } references) continue;
            _outgoing[peer] = null;
            foreach (var part in references.Chunk(options.MaxFetchReferences)) output.Fetch(peer, part);
        }
    }

    private void Retry(ICoreOutput output, long nowNs)
    {
        _earliestDueNs = long.MaxValue;
        foreach (var (reference, request) in _requests)
        {
            if (request.DueNs <= nowNs)
            {
                output.Noticed(CoreNotice.FetchRetry, reference.Author, reference.Round);
                Send(reference, request, NextPeer(request.LastPeer), nowNs);
            }

            _earliestDueNs = Math.Min(_earliestDueNs, request.DueNs);
        }
    }

    private void Send(BlockRef reference, Request request, int peer, long nowNs)
    {
        request.LastPeer = peer;
        // Twice as long with each attempt, up to eight times: nobody may have the block, and then asking often only costs.
        request.DueNs = nowNs + ((options.FetchTimeout.Ticks * TimeSpan.NanosecondsPerTick) << Math.Min(request.Attempts++, 3));
        _earliestDueNs = Math.Min(_earliestDueNs, request.DueNs);
        if (_connected[peer]) (_outgoing[peer] ??= []).Add(reference);
    }

    private int NextPeer(int after)
    {
        for (var step = 1; step <= committee.Size; step++)
        {
            var peer = (after + step + committee.Size) % committee.Size;
            if (peer != self && _connected[peer]) return peer;
        }

        // Nobody is connected: the time-out tries again.
        return (self + 1) % committee.Size;
    }
}
