using System.Collections.Concurrent;

namespace Mysticeti.Engine.Load;

/// <summary>
/// What is known of each transaction of one load, by sequence, in flat arrays (25 bytes each): written by the generator
/// (sent), the connections (answers) and the observers (commits), each its own array, so that none waits for another.
/// </summary>
public sealed class LoadRecord
{
    private const byte Accepted = 1;
    private const byte RejectedAnswer = 2;
    private const int MostReasons = 32;

    private readonly long[] _sentNs;
    private readonly long[] _ownCommitNs;
    private readonly long[] _otherCommitNs;
    private readonly byte[] _answers;
    private readonly ConcurrentDictionary<string, long> _reasons = new();
    private long _sent;
    private long _windowSent;
    private long _answered;
    private long _rejected;
    private long _duplicateAnswers;
    private long _ownCommits;
    private long _latencySumNs;

    /// <summary>A record of transactions that go to all nodes in turn.</summary>
    public LoadRecord(Schedule schedule, int nodes)
        : this(schedule, Targets.RoundRobin(nodes, schedule.Load))
    {
    }

    public LoadRecord(Schedule schedule, Targets targets)
    {
        (Schedule, Targets) = (schedule, targets);
        _sentNs = new long[schedule.Count];
        _ownCommitNs = new long[schedule.Count];
        _otherCommitNs = new long[schedule.Count];
        _answers = new byte[schedule.Count];
    }

    public Schedule Schedule { get; }

    /// <summary>The node that each transaction is sent to.</summary>
    public Targets Targets { get; }

    /// <summary>Transactions handed to the network so far, warm-up included.</summary>
    public long SentCount => Interlocked.Read(ref _sent);

    /// <summary>The same without warm-up.</summary>
    public long WindowSentCount => Interlocked.Read(ref _windowSent);

    /// <summary>Transactions with an answer, good or bad.</summary>
    public long AnsweredCount => Interlocked.Read(ref _answered);

    public long RejectedCount => Interlocked.Read(ref _rejected);

    public long DuplicateAnswers => Interlocked.Read(ref _duplicateAnswers);

    /// <summary>Commits observed at the node that each transaction was sent to.</summary>
    public long CommittedCount => Interlocked.Read(ref _ownCommits);

    /// <summary>Sum of the latencies of <see cref="CommittedCount"/>, for live display.</summary>
    public long LatencySumNs => Interlocked.Read(ref _latencySumNs);

    /// <summary>Why transactions were refused and how often; the rarest share one entry.</summary>
    public IReadOnlyDictionary<string, long> RejectionReasons => _reasons;

    public void Sent(int sequence, long nowNs)
    {
        _sentNs[sequence] = nowNs;
        Interlocked.Increment(ref _sent);
        if (sequence >= Schedule.WarmUpCount) Interlocked.Increment(ref _windowSent);
    }

    /// <summary>Takes an answer. False when the transaction was already answered.</summary>
    public bool Answered(int sequence, string? rejection)
    {
        if (!TakeAnswer(sequence, rejected: rejection is not null)) return false;

        if (rejection is not null) CountReason(rejection, 1);

        return true;
    }

    /// <summary>Takes an answer whose reason is counted apart. False when the transaction was already answered.</summary>
    public bool TakeAnswer(int sequence, bool rejected)
    {
        var answer = rejected ? RejectedAnswer : Accepted;
        if (Interlocked.CompareExchange(ref _answers[sequence], answer, (byte)0) != 0)
        {
            Interlocked.Increment(ref _duplicateAnswers);
            return false;
        }

        Interlocked.Increment(ref _answered);
        if (rejected) Interlocked.Increment(ref _rejected);

        return true;
    }

    /// <summary>Counts why transactions were refused.</summary>
    public void CountReason(string rejection, long times)
    {
        var reason = _reasons.Count < MostReasons || _reasons.ContainsKey(rejection) ? rejection : "other reasons";
        _reasons.AddOrUpdate(reason, times, (_, count) => count + times);
    }

    /// <summary>Counts answers to what was answered before.</summary>
    public void CountDuplicateAnswers(long times) => Interlocked.Add(ref _duplicateAnswers, times);

    /// <summary>Whether <paramref name="sequence"/> has an answer.</summary>
    public bool IsAnswered(int sequence) => _answers[sequence] != 0;

    /// <summary>Takes the first report of a commit by <paramref name="node"/>.</summary>
    public void Committed(int sequence, int node, long nowNs)
    {
        if (node != Targets.NodeOf(sequence))
        {
            Interlocked.CompareExchange(ref _otherCommitNs[sequence], nowNs, 0);
        }
        else if (Interlocked.CompareExchange(ref _ownCommitNs[sequence], nowNs, 0) == 0)
        {
            Interlocked.Increment(ref _ownCommits);
            Interlocked.Add(ref _latencySumNs, nowNs - Schedule.TimeNs(sequence));
        }
    }

    /// <summary>When it was handed to the network; 0: never.</summary>
    public long SentNs(int sequence) => Volatile.Read(ref _sentNs[sequence]);

    public bool IsRejected(int sequence) => _answers[sequence] == RejectedAnswer;

    /// <summary>
    /// When its commit was observed: at the node that it was sent to, as that node's client sees it; where that node never
    /// reported it, when the first other node did. 0: never.
    /// </summary>
    public long CommitNs(int sequence)
    {
        var own = Volatile.Read(ref _ownCommitNs[sequence]);
        return own != 0 ? own : Volatile.Read(ref _otherCommitNs[sequence]);
    }

    public bool IsObservedElsewhere(int sequence) => _ownCommitNs[sequence] == 0 && _otherCommitNs[sequence] != 0;

    /// <summary>
    /// Whether every sent transaction below <paramref name="end"/> has an outcome.
    /// </summary>
    /// <param name="end">Sequences from here on do not count.</param>
    /// <param name="anyNode">True: a commit reported by any node is an outcome. False: only by its own node.</param>
    public bool IsSettled(int end, bool anyNode)
    {
        if (!anyNode && CommittedCount + RejectedCount < SentCount) return false;

        for (var i = 0; i < end; i++)
        {
            if (_sentNs[i] != 0 && _ownCommitNs[i] == 0 && !IsRejected(i) && !(anyNode && _otherCommitNs[i] != 0)) return false;
        }

        return true;
    }
}
