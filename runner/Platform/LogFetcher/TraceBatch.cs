using System.Text.Json;
using Mysticeti.Runner.Platform.Database;

namespace Mysticeti.Runner.Platform.LogFetcher;

/// <summary>
/// Entries of several nodes on their way into the database. What several entries say of one thing becomes one row; rows and cursors are saved in
/// one transaction, so that after any crash the cursors tell exactly what is there.
/// </summary>
internal sealed class TraceBatch
{
    private readonly Dictionary<(long, string, string), BlockRow> _blocks = [];
    private readonly Dictionary<(long, string, string), TransactionRow> _transactions = [];
    private readonly Dictionary<(long, string, string, string), object?[]> _checkpoints = [];
    private readonly Dictionary<(long, string, long, long), object?[]> _leaders = [];
    private readonly Dictionary<(long, string, long), object?[]> _commits = [];
    private readonly Dictionary<(string, string, long), object?[]> _events = [];
    private readonly Dictionary<(string, string), object?[]> _cursors = [];

    private readonly TransactionLists _lists = new();

    /// <summary>Entries taken in.</summary>
    public long Entries { get; private set; }

    /// <summary>The highest round of a commit's anchor, by deployment.</summary>
    public Dictionary<long, long> CommittedRounds { get; } = [];

    /// <summary>Notes how far a node's trace is covered once this batch is saved.</summary>
    public void Cover(TracePage page, long deployment, long lastSeq, long missed, double now) =>
        _cursors[(page.Node, page.BootId)] = [page.Node, page.BootId, deployment, lastSeq, missed, now];

    /// <summary>Takes in the entries of a page.</summary>
    public void Add(TracePage page, long deployment)
    {
        foreach (var entry in page.Entries)
        {
            Entries++;
            Add(new Context(page.Node, page.Authority, page.BootId, deployment, entry, entry.GetProperty("ts_ns").GetInt64() / 1e9));
        }
    }

    /// <summary>Writes everything, or nothing.</summary>
    /// <param name="retention">How many blocks without transactions there may be afterwards.</param>
    public async Task SaveAsync(IDatabase database, Retention retention, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var transaction = await database.BeginAsync(connection, cancellationToken);
        await SaveAsync(TraceTables.Blocks, [.. _blocks.Values.Select(row => row.ToRow())]);
        await SaveAsync(TraceTables.Checkpoints, _checkpoints.Values);
        await SaveAsync(TraceTables.Leaders, _leaders.Values);
        await SaveAsync(TraceTables.Commits, _commits.Values);
        await SaveAsync(TraceTables.Transactions, [.. _transactions.Values.Select(row => row.ToRow())]);
        await SaveAsync(TraceTables.Events, _events.Values);
        await SaveAsync(TraceTables.Cursors, _cursors.Values);
        await retention.TrimEmptyBlocksAsync(transaction, cancellationToken);
        await transaction.CommitAsync(cancellationToken);

        Task SaveAsync(BulkTable table, IReadOnlyCollection<object?[]> rows) => database.UpsertAsync(transaction, table, rows, cancellationToken);
    }

    private void Add(in Context context)
    {
        var (entry, at) = (context.Entry, context.At);
        switch (entry.GetProperty("kind").GetString())
        {
            case "tx_received":
                var received = Transaction(context);
                (received.ReceivedAt, received.Bytes) = (at, entry.GetProperty("bytes").GetInt64());
                break;
            case "tx_included":
                var included = Transaction(context);
                var (id, round, _) = Named(entry.GetProperty("block"));
                (included.IncludedAt, included.Block, included.Round) = (at, id, round);
                if (_blocks.TryGetValue((context.Deployment, context.Node, id), out var holder)) (holder.Sampled ??= []).Add((Text(entry, "type") ?? "", entry.GetProperty("tx").GetString()!));
                break;
            case "tx_committed":
                var committed = Transaction(context);
                (committed.CommittedAt, committed.CommitIndex) = (at, entry.GetProperty("commit_index").GetInt64());
                committed.Duplicate = entry.GetProperty("duplicate").GetBoolean();
                break;
            case "block_proposed":
                var proposed = Block(context, entry.GetProperty("block"));
                proposed.Source = "own";
                Content(proposed, entry);
                Checkpoint(context, entry.GetProperty("block"), "proposed");
                break;
            case "block_received":
                var block = Block(context, entry.GetProperty("block"));
                block.Source ??= entry.GetProperty("origin").GetString() == "fetched" ? "synced" : "peer";
                Content(block, entry);
                break;
            case "block_suspended":
                Block(context, entry.GetProperty("block"));
                Checkpoint(context, entry.GetProperty("block"), "suspended");
                break;
            case "block_accepted":
                Accepted(context);
                break;
            case "block_rejected":
                Rejected(context);
                break;
            case "leader_decided":
                Decided(context);
                break;
            case "subdag_committed":
                Committed(context);
                break;
            case { } kind:
                Event(context, kind, Number(entry, "round"), Number(entry, "peer"), Text(entry, "version"));
                break;
        }
    }

    private void Accepted(in Context context)
    {
        var named = context.Entry.GetProperty("block");
        var block = Block(context, named);
        var origin = context.Entry.GetProperty("origin").GetString();
        block.Source ??= origin switch { "own" => "own", "fetched" => "synced", "recovered" => "recovered", _ => "peer" };
        block.Accepted(context.At);
        if (context.Entry.TryGetProperty("types", out var types)) block.Metadata = _lists.Of(types.GetRawText(), block.Sampled ?? []);
        Content(block, context.Entry);
        if (origin == "own") Checkpoint(context, named, "accepted");
    }

    private void Rejected(in Context context)
    {
        var reason = Text(context.Entry, "reason");
        long? round = null;
        if (context.Entry.TryGetProperty("block", out var named))
        {
            Block(context, named).Rejected();
            Checkpoint(context, named, "rejected", JsonSerializer.Serialize(new { reason }));
            round = named.GetProperty("round").GetInt64();
        }

        Event(context, "block_rejected", round, Number(context.Entry, "peer"), reason);
    }

    private void Decided(in Context context)
    {
        var entry = context.Entry;
        var (round, slot) = (entry.GetProperty("round").GetInt64(), entry.GetProperty("offset").GetInt64());
        var block = entry.TryGetProperty("block", out var named) ? Named(named).Id : null;
        _leaders.TryAdd(
            (context.Deployment, context.Node, round, slot),
            [context.Deployment, context.Node, round, slot, entry.GetProperty("authority").GetInt64(), entry.GetProperty("status").GetString(), block, context.At]);
    }

    private void Committed(in Context context)
    {
        var entry = context.Entry;
        var (anchor, round, authority) = Named(entry.GetProperty("anchor"));
        var blocks = entry.GetProperty("blocks");
        foreach (var named in blocks.EnumerateArray())
        {
            var block = Block(context, named);
            block.Committed(context.At);
            var author = named.GetProperty("author").GetInt64();
            if (author == context.Authority) Checkpoint(context, named, "committed");
        }

        CommittedRounds[context.Deployment] = Math.Max(round, CommittedRounds.GetValueOrDefault(context.Deployment));
        var index = entry.GetProperty("commit_index").GetInt64();
        _commits.TryAdd(
            (context.Deployment, context.Node, index),
            [
                context.Deployment, context.Node, index, round, authority, anchor, (long)blocks.GetArrayLength(), entry.GetProperty("tx_count").GetInt64(),
                entry.GetProperty("bytes").GetInt64(), entry.GetProperty("chain_digest").GetString(), context.At,
            ]);
    }

    private void Event(in Context context, string kind, long? round, long? peer, string? text)
    {
        var seq = context.Entry.GetProperty("seq").GetInt64();
        _events.TryAdd((context.Node, context.BootId, seq), [context.Deployment, context.Node, context.BootId, seq, kind, context.At, round, peer, text]);
    }

    private void Checkpoint(in Context context, JsonElement named, string checkpoint, string? metadata = null)
    {
        var id = Named(named).Id;
        _checkpoints.TryAdd((context.Deployment, context.Node, id, checkpoint), [context.Deployment, context.Node, id, checkpoint, context.At, metadata]);
    }

    private BlockRow Block(in Context context, JsonElement named)
    {
        var (id, round, author) = Named(named);
        var key = (context.Deployment, context.Node, id);
        if (!_blocks.TryGetValue(key, out var block)) _blocks[key] = block = new BlockRow(context.Deployment, context.Node, id, round, author, context.At);
        block.SeenAt(context.At);
        return block;
    }

    private TransactionRow Transaction(in Context context)
    {
        var hash = context.Entry.GetProperty("tx").GetString()!;
        var key = (context.Deployment, context.Node, hash);
        if (!_transactions.TryGetValue(key, out var row)) _transactions[key] = row = new TransactionRow(context.Deployment, context.Node, hash);
        return row;
    }

    private static void Content(BlockRow block, JsonElement entry) =>
        (block.TransactionCount, block.Bytes) = (entry.GetProperty("tx_count").GetInt64(), entry.GetProperty("bytes").GetInt64());

    /// <summary>A block's identity is its digest; where the node does not know it, round and author.</summary>
    private static (string Id, long Round, long Author) Named(JsonElement block)
    {
        var (round, author) = (block.GetProperty("round").GetInt64(), block.GetProperty("author").GetInt64());
        return (block.TryGetProperty("digest", out var digest) ? digest.GetString()! : $"{round}/{author}", round, author);
    }

    private static long? Number(JsonElement entry, string name) => entry.TryGetProperty(name, out var value) ? value.GetInt64() : null;

    private static string? Text(JsonElement entry, string name) => entry.TryGetProperty(name, out var value) ? value.GetString() : null;

    private readonly record struct Context(string Node, int Authority, string BootId, long Deployment, JsonElement Entry, double At);
}
