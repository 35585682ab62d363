using Mysticeti.Consensus;

namespace Mysticeti.Platform.LogFetcher;

/// <summary>A block at a node, as far as one batch of entries tells.</summary>
internal sealed class BlockRow(BlockRef block, double at)
{
    public double StartedAt { get; private set; } = at;

    public double? AcceptedAt { get; private set; }

    public double? CompletedAt { get; private set; }

    public string? Source { get; set; }

    public string Status { get; private set; } = "seen";

    public long? TransactionCount { get; set; }

    public long? Bytes { get; set; }

    /// <summary>The sampled transactions of an own block; null: none.</summary>
    public List<(string Type, string Hash)>? Sampled { get; set; }

    /// <summary>See <see cref="TransactionLists"/>; null: not known before the block is accepted.</summary>
    public string? Metadata { get; set; }

    public void SeenAt(double at) => StartedAt = Math.Min(StartedAt, at);

    public void Accepted(double at)
    {
        AcceptedAt ??= at;
        if (Status is "seen" or "rejected") Status = "accepted";
    }

    public void Rejected()
    {
        if (Status == "seen") Status = "rejected";
    }

    public void Committed(double at)
    {
        CompletedAt ??= at;
        Status = "committed";
    }

    public object?[] ToRow(long deployment, string node) =>
    [
        deployment, node, Named(block), StartedAt, CompletedAt, CompletedAt - StartedAt, Source, block.Round, (long)block.Author, Status, Metadata, TransactionCount, Bytes,
        AcceptedAt,
    ];

    /// <summary>A block's identity is its digest; where the node does not know it, round and author.</summary>
    public static string Named(BlockRef block) => block.Digest == default ? $"{block.Round}/{block.Author}" : block.Digest.ToString();
}

/// <summary>A sampled transaction at a node, as far as one batch of entries tells.</summary>
internal sealed class TransactionRow(Digest hash)
{
    public double? ReceivedAt { get; set; }

    public double? IncludedAt { get; set; }

    public double? CommittedAt { get; set; }

    public BlockRef? Block { get; set; }

    public long? CommitIndex { get; set; }

    public bool? Duplicate { get; set; }

    public long? Bytes { get; set; }

    public object?[] ToRow(long deployment, string node) =>
    [
        deployment, node, hash.ToString(), CommittedAt is not null ? "committed" : IncludedAt is not null ? "included" : "received",
        ReceivedAt, IncludedAt, CommittedAt, Block is { } block ? BlockRow.Named(block) : null, CommitIndex, Duplicate, Bytes, Block?.Round,
    ];
}
