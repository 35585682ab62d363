using System.Numerics;
using Mysticeti.Consensus;
using Mysticeti.Consensus.Core;
using Mysticeti.Metrics;

namespace Mysticeti.Validator.Node;

/// <summary>What the core counts. Written by the core's thread.</summary>
internal sealed class CoreMetrics
{
    private static readonly double[] RoundBuckets = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5];

    private readonly Dictionary<LeaderStatus, Counter> _decided = [];
    private readonly Dictionary<(int Authority, LeaderStatus Status), Counter> _slots = [];
    private readonly MetricFamily<Counter> _slotFamily;
    private readonly Dictionary<CoreNotice, Counter> _notices = [];
    private readonly Dictionary<int, long> _equivocations = [];

    public CoreMetrics(MetricRegistry registry)
    {
        BlocksProposed = registry.Counter("mysticeti_blocks_proposed_total", "Own blocks proposed.");
        BlocksAccepted = registry.Counter("mysticeti_blocks_accepted_total", "Blocks added to the DAG, own ones included.");
        BlocksFetched = registry.Counter("mysticeti_blocks_fetch_requested_total", "Missing blocks asked for.");
        CheckpointsInstalled = registry.Counter("mysticeti_checkpoints_installed_total", "Checkpoints taken over from peers after too long an absence.");
        Commits = registry.Counter("mysticeti_commits_total", "Committed sub-DAGs.");
        TransactionsCommitted = registry.Counter("mysticeti_transactions_committed_total", "Committed transactions, repeated ones included.");
        CommitLatency = registry.Histogram(
            "mysticeti_block_commit_latency_seconds", "From a block's timestamp, by its author's clock, to its commit here, one observation a block.");
        RoundDuration = registry.Histogram("mysticeti_round_duration_seconds", "Time that the threshold clock stood in a round.", RoundBuckets);
        registry.Gauge("mysticeti_blocks_suspended", "Blocks that wait for missing ancestors.", () => Volatile.Read(ref _suspended));
        registry.Gauge("mysticeti_blocks_in_memory", "Blocks in the DAG.", () => Volatile.Read(ref _blocksInMemory));
        registry.Gauge("mysticeti_block_log_bytes", "Bytes of the block log on disk.", () => Volatile.Read(ref _logBytes));
        registry.Gauge("mysticeti_block_log_segments", "Files of the block log.", () => Volatile.Read(ref _logSegments));
        foreach (var status in Enum.GetValues<LeaderStatus>().Where(status => status != LeaderStatus.Undecided))
            _decided[status] = registry.Counter($"mysticeti_leaders_{Snake(status.ToString())}_total", $"Leader slots decided by {status}.");
        _slotFamily = registry.Counters("mysticeti_leader_slots_total", "Decided leader slots by the authority that led them.", "authority", "status");
        foreach (var notice in Enum.GetValues<CoreNotice>())
            _notices[notice] = registry.Counter($"mysticeti_core_{Snake(notice.ToString())}_total", $"Events in the core: {notice}.");
    }

    private long _suspended;
    private long _blocksInMemory;
    private long _logBytes;
    private long _logSegments;

    public Counter BlocksProposed { get; }

    public Counter BlocksAccepted { get; }

    public Counter BlocksFetched { get; }

    public Counter CheckpointsInstalled { get; }

    public Counter Commits { get; }

    public Counter TransactionsCommitted { get; }

    private Histogram CommitLatency { get; }

    private Histogram RoundDuration { get; }

    private long? _roundSinceNs;

    /// <summary>Takes the latencies of a commit of now; those of recovered ones would mean nothing.</summary>
    public void Committed(CommittedSubDag subDag, long wallNs)
    {
        foreach (var block in subDag.Blocks) CommitLatency.Observe(Math.Max(0, wallNs - block.TimestampNs) / 1e9);
    }

    /// <summary>The threshold clock moved on.</summary>
    public void RoundAdvanced(long monotonicNs)
    {
        if (_roundSinceNs is { } since) RoundDuration.Observe((monotonicNs - since) / 1e9);
        _roundSinceNs = monotonicNs;
    }

    public long Suspended
    {
        set => Volatile.Write(ref _suspended, value);
    }

    public long BlocksInMemory
    {
        set => Volatile.Write(ref _blocksInMemory, value);
    }

    public long LogBytes
    {
        set => Volatile.Write(ref _logBytes, value);
    }

    public long LogSegments
    {
        set => Volatile.Write(ref _logSegments, value);
    }

    public void Decided(LeaderDecision decision)
    {
        _decided[decision.Status].Increment();
        var slot = (decision.Authority, decision.Status);
        if (!_slots.TryGetValue(slot, out var counter))
            _slots[slot] = counter = _slotFamily.With($"{decision.Authority}", Snake(decision.Status.ToString()));
        counter.Increment();
    }

    public void Noticed(CoreNotice notice, int author, long round, ILogger log)
    {
        _notices[notice].Increment();
        if (notice == CoreNotice.Equivocation) WarnOf(author, round, log);
        else if (log.IsEnabled(LogLevel.Trace)) log.LogTrace("{Notice}: authority {Author}, round {Round}", notice, author, round);
    }

    /// <summary>The 1st, 2nd, 4th, 8th, .. of an authority: it must not be able to fill the log.</summary>
    private void WarnOf(int equivocator, long round, ILogger log)
    {
        var count = _equivocations[equivocator] = _equivocations.GetValueOrDefault(equivocator) + 1;
        if (BitOperations.IsPow2(count)) log.LogWarning("authority {Author} equivocated in round {Round}; {Count} times so far", equivocator, round, count);
    }

    private static string Snake(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) && i > 0 ? $"_{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));
}
