using Mysticeti.Consensus;
using System.Collections.Immutable;
using Mysticeti.Consensus.Core;

namespace Mysticeti.Protocol.Trace;

/// <summary>
/// Turns what happens in a validator, real or simulated, into entries of its <see cref="TraceLog"/>. Each member says by which thread it may be called.
/// </summary>
public sealed class NodeTrace(TraceLog log, TransactionSampler sampler, ITransactionTypes types)
{
    private (int Author, long Round)? _equivocation;
    private BlockRef _received;

    /// <summary>By any thread.</summary>
    public void Started(string version) => log.Add(new TraceEntry { Kind = TraceKind.NodeStarted, Text = version });

    /// <summary>By any thread.</summary>
    public void Stopped() => log.Add(new TraceEntry { Kind = TraceKind.NodeStopped });

    /// <summary>A transaction entered the mempool. By any thread.</summary>
    public void TransactionReceived(Digest hash, int bytes)
    {
        if (sampler.Includes(hash)) log.Add(new TraceEntry { Kind = TraceKind.TxReceived, Digest = hash, Bytes = bytes });
    }

    /// <summary>A block came in. By any thread.</summary>
    public void Received(Block block, int peer, BlockOrigin origin) =>
        log.Add(Of(TraceKind.BlockReceived, block) with { Peer = peer, Origin = origin });

    /// <summary>A peer sent a block that fails a check. By any thread.</summary>
    /// <param name="block">Null: it could not even be decoded.</param>
    public void Rejected(Block? block, int peer, string reason) =>
        log.Add(new TraceEntry { Kind = TraceKind.BlockRejected, Block = block?.Reference ?? new BlockRef(0, -1, default), Peer = peer, Text = reason });

    /// <summary>The core is about to look at the block. By the core's thread, as all that follow.</summary>
    public void Handling(Block block)
    {
        FlushEquivocation();
        _received = block.Reference;
    }

    /// <summary>The block is in the DAG. Of an own one that is new the sampled transactions are told too.</summary>
    public void Accepted(Block block, BlockOrigin origin)
    {
        // Accepted all the same, since others build on it.
        if (_equivocation == (block.Author, block.Round)) _equivocation = null;
        FlushEquivocation();
        if (origin != BlockOrigin.Own)
        {
            log.Add(Of(TraceKind.BlockAccepted, block) with { Origin = origin });
            return;
        }

        log.Add(Of(TraceKind.BlockProposed, block));
        Included(block);
        // What is in a block its author tells: the others would read every transaction only to say the same.
        log.Add(Of(TraceKind.BlockAccepted, block) with { Origin = origin, Types = CountsOf(block) });
    }

    public void Noticed(CoreNotice notice, int author, long round)
    {
        FlushEquivocation();
        switch (notice)
        {
            case CoreNotice.Equivocation:
                _equivocation = (author, round);
                break;
            case CoreNotice.Suspended:
                log.Add(new TraceEntry { Kind = TraceKind.BlockSuspended, Block = Named(author, round) });
                break;
            case CoreNotice.SuspendedOverflow:
                log.Add(new TraceEntry { Kind = TraceKind.BlockRejected, Block = Named(author, round), Peer = -1, Text = "too many suspended blocks of its author" });
                break;
            case CoreNotice.LeaderTimeout:
                log.Add(new TraceEntry { Kind = TraceKind.LeaderTimeout, Number = round });
                break;
            case CoreNotice.RoundAdvanced:
                log.Add(new TraceEntry { Kind = TraceKind.RoundAdvanced, Number = round });
                break;
        }
    }

    public void Decided(LeaderDecision decision) => log.Add(new TraceEntry
    {
        Kind = TraceKind.LeaderDecided, Status = decision.Status, Count = decision.Offset,
        Block = decision.Block?.Reference ?? new BlockRef(decision.Round, decision.Authority, default),
    });

    /// <summary>A transaction of the sub-DAG that is told of next.</summary>
    public void TransactionCommitted(Digest hash, long commit, bool duplicate)
    {
        if (sampler.Included(hash)) log.Add(new TraceEntry { Kind = TraceKind.TxCommitted, Digest = hash, Number = commit, Duplicate = duplicate });
    }

    /// <param name="blocks">In order; kept.</param>
    /// <param name="bytes">Of the transactions.</param>
    public void Committed(long index, BlockRef anchor, ImmutableArray<BlockRef> blocks, int transactions, long bytes, Digest chainDigest)
    {
        sampler.Committed(transactions);
        log.Add(new TraceEntry { Kind = TraceKind.SubdagCommitted, Number = index, Block = anchor, Blocks = blocks, Count = transactions, Bytes = bytes, Digest = chainDigest });
    }

    public void SyncRequested(int peer, int blocks) => log.Add(new TraceEntry { Kind = TraceKind.SyncRequest, Peer = peer, Count = blocks });

    public void PeerChanged(int peer, bool up) => log.Add(new TraceEntry { Kind = up ? TraceKind.PeerUp : TraceKind.PeerDown, Peer = peer });

    /// <summary>The core speaks of an equivocation before it says what becomes of the block; where nothing follows, the block was refused.</summary>
    public void FlushEquivocation()
    {
        if (_equivocation is not var (author, round)) return;
        _equivocation = null;
        log.Add(new TraceEntry { Kind = TraceKind.BlockRejected, Block = Named(author, round), Peer = -1, Text = "equivocation" });
    }

    private void Included(Block block)
    {
        var hashes = block.TransactionHashes;
        for (var i = 0; i < hashes.Length; i++)
        {
            if (!sampler.Included(hashes[i])) continue;
            var type = types.TransactionTypes[types.TypeOf(block.Transaction(i).Span)];
            log.Add(new TraceEntry { Kind = TraceKind.TxIncluded, Digest = hashes[i], Text = type, Block = block.Reference });
        }
    }

    private ImmutableArray<(string, int)> CountsOf(Block block)
    {
        if (block.TransactionCount == 0) return [];
        Span<int> counts = stackalloc int[types.TransactionTypes.Length];
        for (var i = 0; i < block.TransactionCount; i++) counts[types.TypeOf(block.Transaction(i).Span)]++;
        var named = ImmutableArray.CreateBuilder<(string, int)>(counts.Length);
        for (var type = 0; type < counts.Length; type++)
        {
            if (counts[type] > 0) named.Add((types.TransactionTypes[type], counts[type]));
        }

        return named.DrainToImmutable();
    }

    // Notices carry no digest; most speak of the block that is being handled.
    private BlockRef Named(int author, long round) =>
        _received.Author == author && _received.Round == round ? _received : new BlockRef(round, author, default);

    private static TraceEntry Of(TraceKind kind, Block block) =>
        new() { Kind = kind, Block = block.Reference, Count = block.TransactionCount, Bytes = block.TransactionBytes };
}
