using Mysticeti.Platform.Database;

namespace Mysticeti.Platform.LogFetcher;

/// <summary>What a batch took from a page.</summary>
/// <param name="First">The first entry's number; null: no entries.</param>
/// <param name="Last">The last entry's number; null: no entries.</param>
/// <param name="Count">How many entries.</param>
internal readonly record struct TakenEntries(long? First, long? Last, int Count);

/// <summary>
/// Entries of several nodes on their way into the database. Rows and cursors are saved in one transaction, so that after any crash the cursors tell exactly what is there.
/// </summary>
internal sealed class TraceBatch
{
    private readonly Dictionary<(long Deployment, string Node), NodeRows> _nodes = [];
    private readonly Dictionary<(string Node, string BootId), object?[]> _cursors = [];

    /// <summary>Entries taken in.</summary>
    public long Entries { get; private set; }

    /// <summary>The highest round of a commit's anchor, by deployment.</summary>
    public IEnumerable<(long Deployment, long Round)> CommittedRounds => _nodes
        .Where(pair => pair.Value.CommittedRound is not null)
        .GroupBy(pair => pair.Key.Deployment, (deployment, pairs) => (deployment, pairs.Max(pair => pair.Value.CommittedRound!.Value)));

    /// <summary>Notes how far a node's trace is covered once this batch is saved.</summary>
    public void Cover(TracePage page, long deployment, long lastSeq, long missed, double now) =>
        _cursors[(page.Node, page.BootId)] = [page.Node, page.BootId, deployment, lastSeq, missed, now];

    /// <summary>Takes in the entries of a page.</summary>
    /// <exception cref="FormatException">They are not what a validator answers.</exception>
    public TakenEntries Add(TracePage page, long deployment)
    {
        if (!_nodes.TryGetValue((deployment, page.Node), out var rows)) _nodes[(deployment, page.Node)] = rows = new NodeRows(deployment, page.Node, page.Authority);
        var taken = default(TakenEntries);
        var entries = page.ReadEntries();
        while (entries.Read())
        {
            if (entries.IsKnown) rows.Add(page.BootId, entries.Seq, entries.Entry);
            taken = new TakenEntries(taken.First ?? entries.Seq, entries.Seq, taken.Count + 1);
        }

        Entries += taken.Count;
        return taken;
    }

    /// <summary>Writes everything, or nothing.</summary>
    /// <param name="retention">How many blocks without transactions there may be afterwards.</param>
    public async Task SaveAsync(IDatabase database, Retention retention, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var transaction = await database.BeginAsync(connection, cancellationToken);
        await SaveAsync(TraceTables.Blocks, node => node.Blocks);
        await SaveAsync(TraceTables.Checkpoints, node => node.Checkpoints);
        await SaveAsync(TraceTables.Leaders, node => node.Leaders);
        await SaveAsync(TraceTables.Commits, node => node.Commits);
        await SaveAsync(TraceTables.Transactions, node => node.Transactions);
        await SaveAsync(TraceTables.Events, node => node.Events);
        await database.UpsertAsync(transaction, TraceTables.Cursors, _cursors.Values, cancellationToken);
        if (_nodes.Values.Any(node => node.HasEmptyBlocks)) await retention.TrimEmptyBlocksAsync(transaction, cancellationToken);
        await transaction.CommitAsync(cancellationToken);

        Task SaveAsync(BulkTable table, Func<NodeRows, IEnumerable<object?[]>> rows) =>
            database.UpsertAsync(transaction, table, [.. _nodes.Values.SelectMany(rows)], cancellationToken);
    }
}
