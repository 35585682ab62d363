using Microsoft.Extensions.Logging;
using Mysticeti.Consensus;
using Mysticeti.Consensus.Core;
using Mysticeti.Validator.Metrics;

namespace Mysticeti.Validator.Node;

/// <summary>What the core counts. Written by the core's thread.</summary>
internal sealed class CoreMetrics
{
    private readonly Dictionary<LeaderStatus, Counter> _decided = [];
    private readonly Dictionary<CoreNotice, Counter> _notices = [];

    public CoreMetrics(MetricRegistry registry)
    {
        BlocksProposed = registry.Counter("mysticeti_blocks_proposed_total", "Own blocks proposed.");
        BlocksAccepted = registry.Counter("mysticeti_blocks_accepted_total", "Blocks added to the DAG, own ones included.");
        BlocksFetched = registry.Counter("mysticeti_blocks_fetch_requested_total", "Missing blocks asked for.");
        CheckpointsInstalled = registry.Counter("mysticeti_checkpoints_installed_total", "Checkpoints taken over from peers after too long an absence.");
        Commits = registry.Counter("mysticeti_commits_total", "Committed sub-DAGs.");
        TransactionsCommitted = registry.Counter("mysticeti_transactions_committed_total", "Committed transactions, repeated ones included.");
        registry.Gauge("mysticeti_blocks_suspended", "Blocks that wait for missing ancestors.", () => Volatile.Read(ref _suspended));
        registry.Gauge("mysticeti_blocks_in_memory", "Blocks in the DAG.", () => Volatile.Read(ref _blocksInMemory));
        foreach (var status in Enum.GetValues<LeaderStatus>().Where(status => status != LeaderStatus.Undecided))
            _decided[status] = registry.Counter($"mysticeti_leaders_{Snake(status.ToString())}_total", $"Leader slots decided by {status}.");
        foreach (var notice in Enum.GetValues<CoreNotice>())
            _notices[notice] = registry.Counter($"mysticeti_core_{Snake(notice.ToString())}_total", $"Events in the core: {notice}.");
    }

    private long _suspended;
    private long _blocksInMemory;

    public Counter BlocksProposed { get; }

    public Counter BlocksAccepted { get; }

    public Counter BlocksFetched { get; }

    public Counter CheckpointsInstalled { get; }

    public Counter Commits { get; }

    public Counter TransactionsCommitted { get; }

    public long Suspended
    {
        set => Volatile.Write(ref _suspended, value);
    }

    public long BlocksInMemory
    {
        set => Volatile.Write(ref _blocksInMemory, value);
    }

    public void Decided(LeaderDecision decision) => _decided[decision.Status].Increment();

    public void Noticed(CoreNotice notice, int author, long round, ILogger log)
    {
        _notices[notice].Increment();
        if (notice == CoreNotice.Equivocation) log.LogWarning("authority {Author} equivocated in round {Round}", author, round);
        else if (log.IsEnabled(LogLevel.Trace)) log.LogTrace("{Notice}: authority {Author}, round {Round}", notice, author, round);
    }

    private static string Snake(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) && i > 0 ? $"_{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));
}
