using System.Text.Json;

namespace Mysticeti.Engine.Load;

/// <summary>
/// The requests of one connection that have no answer yet, oldest first, and what answers do to their transactions. A
/// transaction whose answer got lost with its connection keeps the state "sent".
/// </summary>
internal sealed class PendingRequests(LoadRecord record, LoadClock clock, string node)
{
    private readonly Queue<Pending> _requests = new();

    /// <summary>Requests without an answer.</summary>
    public int Count => _requests.Count;

    /// <summary>Their bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Transactions of the oldest one that are answered already.</summary>
    private int _answered;

    public void Add(Pending request)
    {
        _requests.Enqueue(request);
        Bytes += request.Bytes;
    }

    public void Clear()
    {
        _requests.Clear();
        (Bytes, _answered) = (0, 0);
    }

    /// <summary>The operating system has taken the whole of a request.</summary>
    public void MarkSent(Pending request)
    {
        var now = clock.NowNs;
        var sequence = request.First;
        for (var i = 0; i < request.Count; i++, sequence = record.Targets.Next(sequence)) record.Sent(sequence, now);
    }

    /// <summary>The attempt was made and the network refused it: that is a rejection, not a fault of the generator.</summary>
    public void Fail(Pending request, string reason)
    {
        MarkSent(request);
        Reject(request, reason);
    }

    /// <summary>Takes a JSON-RPC answer to the oldest request: its transactions are named by their ids.</summary>
    /// <param name="body">JSON, one answer or a batch.</param>
    /// <param name="otherwise">What to say where the body names nothing.</param>
    public void TakeRpc(ReadOnlySpan<byte> body, string otherwise)
    {
        var named = 0;
        var first = 0;
        string? refusal = null;
        try
        {
            (named, first) = RpcAnswers.Read(body, record, out refusal);
        }
        catch (JsonException)
        {
            refusal = otherwise;
        }

        // An answer to something that was answered before answers none of the requests in flight.
        if ((named == 0 || first > 0) && TryTake() is { } request && named == 0) Reject(request, refusal ?? otherwise);
    }

    /// <summary>Takes the answer to the next transaction in the order of sending.</summary>
    /// <param name="rejection">Null: accepted.</param>
    /// <param name="endsWithAcceptance">Nobody will tell of its commit: being accepted is the last that is seen of a transaction.</param>
    /// <returns>False where nothing waits for an answer.</returns>
    public bool TakeNext(string? rejection, bool endsWithAcceptance = false)
    {
        if (!_requests.TryPeek(out var request)) return false;

        if (record.Answered(request.Next, rejection) && rejection is null && endsWithAcceptance)
        {
            record.Committed(request.Next, record.Targets.NodeOf(request.Next), clock.NowNs);
        }

        if (++_answered == request.Count) TryTake();
        else request.Next = record.Targets.Next(request.Next);

        return true;
    }

    private Pending? TryTake()
    {
        _requests.TryDequeue(out var request);
        Bytes -= request?.Bytes ?? 0;
        _answered = 0;
        return request;
    }

    private void Reject(Pending request, string reason)
    {
        var sequence = request.First;
        for (var i = 0; i < request.Count; i++, sequence = record.Targets.Next(sequence))
        {
            if (!record.IsAnswered(sequence)) record.Answered(sequence, $"{node}: {reason}");
        }
    }
}

/// <summary>One request: some transactions in a row of one node.</summary>
internal sealed class Pending(int first, int count, int bytes)
{
    public int First { get; } = first;

    public int Count { get; } = count;

    public int Bytes { get; } = bytes;

    /// <summary>The next transaction to be answered, where answers come one by one.</summary>
    public int Next { get; set; } = first;
}
