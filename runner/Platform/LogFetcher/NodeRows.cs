using System.Text.Json;
using Mysticeti.Consensus;
using Mysticeti.Consensus.Core;
using Mysticeti.Protocol.Trace;

namespace Mysticeti.Platform.LogFetcher;

/// <summary>What the entries of one node become. What several entries say of one thing is one row.</summary>
internal sealed class NodeRows(long deployment, string node, int authority)
{
    private readonly Dictionary<BlockRef, BlockRow> _blocks = [];
    private readonly Dictionary<Digest, TransactionRow> _transactions = [];
    private readonly Dictionary<(BlockRef Block, string Checkpoint), object?[]> _checkpoints = [];
    private readonly Dictionary<(long Round, long Slot), object?[]> _leaders = [];
    private readonly Dictionary<long, object?[]> _commits = [];
    private readonly Dictionary<(string BootId, long Seq), object?[]> _events = [];

    /// <summary>The highest round of a commit's anchor; null: no commit.</summary>
    public long? CommittedRound { get; private set; }

    /// <summary>Whether there are blocks without transactions.</summary>
    public bool HasEmptyBlocks => _blocks.Values.Any(block => block.TransactionCount == 0);

    public IEnumerable<object?[]> Blocks => _blocks.Values.Select(row => row.ToRow(deployment, node));

    public IEnumerable<object?[]> Transactions => _transactions.Values.Select(row => row.ToRow(deployment, node));

    public IEnumerable<object?[]> Checkpoints => _checkpoints.Values;

    public IEnumerable<object?[]> Leaders => _leaders.Values;

    public IEnumerable<object?[]> Commits => _commits.Values;

    public IEnumerable<object?[]> Events => _events.Values;

    /// <summary>Takes in an entry.</summary>
    /// <exception cref="FormatException">It says what cannot be.</exception>
    public void Add(string bootId, long seq, in TraceEntry entry)
    {
        var at = entry.TimestampNs / 1e9;
        switch (entry.Kind)
        {
            case TraceKind.TxReceived:
                var received = Transaction(entry.Digest);
                (received.ReceivedAt, received.Bytes) = (at, entry.Bytes);
                break;
            case TraceKind.TxIncluded:
                var included = Transaction(entry.Digest);
                (included.IncludedAt, included.Block) = (at, entry.Block);
                if (_blocks.TryGetValue(entry.Block, out var holder)) (holder.Sampled ??= []).Add((entry.Text ?? "", entry.Digest.ToString()));
                break;
            case TraceKind.TxCommitted:
                var committed = Transaction(entry.Digest);
                (committed.CommittedAt, committed.CommitIndex, committed.Duplicate) = (at, entry.Number, entry.Duplicate);
                break;
            case TraceKind.BlockProposed:
                var proposed = Block(entry.Block, at);
                proposed.Source = "own";
                Content(proposed, entry);
                Checkpoint(entry.Block, "proposed", at);
                break;
            case TraceKind.BlockReceived:
                var block = Block(entry.Block, at);
                block.Source ??= entry.Origin == BlockOrigin.Fetched ? "synced" : "peer";
                Content(block, entry);
                break;
            case TraceKind.BlockSuspended:
                Block(entry.Block, at);
                Checkpoint(entry.Block, "suspended", at);
                break;
            case TraceKind.BlockAccepted:
                Accepted(entry, at);
                break;
            case TraceKind.BlockRejected:
                var isKnown = entry.Block.Author >= 0;
                if (isKnown)
                {
                    Block(entry.Block, at).Rejected();
                    Checkpoint(entry.Block, "rejected", at, JsonSerializer.Serialize(new { reason = entry.Text }));
                }

                Event(bootId, seq, entry, at, isKnown ? entry.Block.Round : null);
                break;
            case TraceKind.LeaderDecided:
                Decided(entry, at);
                break;
            case TraceKind.SubdagCommitted:
                Committed(entry, at);
                break;
            case TraceKind.RoundAdvanced or TraceKind.LeaderTimeout:
                Event(bootId, seq, entry, at, entry.Number);
                break;
            default:
                Event(bootId, seq, entry, at, null);
                break;
        }
    }

    private void Accepted(in TraceEntry entry, double at)
    {
        var block = Block(entry.Block, at);
        block.Source ??= entry.Origin switch { BlockOrigin.Own => "own", BlockOrigin.Fetched => "synced", BlockOrigin.Recovered => "recovered", _ => "peer" };
        block.Accepted(at);
        if (!entry.Types.IsDefault) block.Metadata = TransactionLists.Of(entry.Types, block.Sampled ?? []);
        Content(block, entry);
        if (entry.Origin == BlockOrigin.Own) Checkpoint(entry.Block, "accepted", at);
    }

    private void Decided(in TraceEntry entry, double at) => _leaders.TryAdd(
        (entry.Block.Round, entry.Count),
        [
            deployment, node, entry.Block.Round, (long)entry.Count, (long)entry.Block.Author, TraceJson.StatusNames[(int)entry.Status],
            entry.Block.Digest == default ? null : BlockRow.Named(entry.Block), at,
        ]);

    private void Committed(in TraceEntry entry, double at)
    {
        foreach (var block in entry.Blocks)
        {
            Block(block, at).Committed(at);
            if (block.Author == authority) Checkpoint(block, "committed", at);
        }

        CommittedRound = Math.Max(entry.Block.Round, CommittedRound ?? 0);
        _commits.TryAdd(
            entry.Number,
            [
                deployment, node, entry.Number, entry.Block.Round, (long)entry.Block.Author, BlockRow.Named(entry.Block), (long)entry.Blocks.Length, (long)entry.Count,
                entry.Bytes, entry.Digest.ToString(), at,
            ]);
    }

    private void Event(string bootId, long seq, in TraceEntry entry, double at, long? round) => _events.TryAdd(
        (bootId, seq),
        [deployment, node, bootId, seq, TraceJson.KindNames[(int)entry.Kind], at, round, entry.Peer < 0 ? null : (long)entry.Peer, entry.Text]);

    private void Checkpoint(BlockRef block, string checkpoint, double at, string? metadata = null) => _checkpoints.TryAdd(
        (block, checkpoint), [deployment, node, block.Round, BlockRow.Named(block), checkpoint, at, metadata]);

    private BlockRow Block(BlockRef block, double at)
    {
        if (!_blocks.TryGetValue(block, out var row)) _blocks[block] = row = new BlockRow(block, at);
        row.SeenAt(at);
        return row;
    }

    private TransactionRow Transaction(Digest hash)
    {
        if (!_transactions.TryGetValue(hash, out var row)) _transactions[hash] = row = new TransactionRow(hash);
        return row;
    }

    private static void Content(BlockRow block, in TraceEntry entry) => (block.TransactionCount, block.Bytes) = (entry.Count, entry.Bytes);
}
