namespace Mysticeti.Runner.Platform.LogFetcher;

/// <summary>A block at a node, as far as one batch of entries tells.</summary>
internal sealed class BlockRow(long deployment, string node, string block, long round, long authority, double at)
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

    public object?[] ToRow() =>
    [
        deployment, node, block, StartedAt, CompletedAt, CompletedAt - StartedAt, Source, round, authority, Status, Metadata, TransactionCount, Bytes, AcceptedAt,
    ];
}

/// <summary>A sampled transaction at a node, as far as one batch of entries tells.</summary>
internal sealed class TransactionRow(long deployment, string node, string hash)
{
    public double? ReceivedAt { get; set; }

    public double? IncludedAt { get; set; }

    public double? CommittedAt { get; set; }

    public string? Block { get; set; }

    public long? Round { get; set; }

    public long? CommitIndex { get; set; }

    public bool? Duplicate { get; set; }

    public long? Bytes { get; set; }

    public object?[] ToRow() =>
    [
        deployment, node, hash, CommittedAt is not null ? "committed" : IncludedAt is not null ? "included" : "received",
        ReceivedAt, IncludedAt, CommittedAt, Block, CommitIndex, Duplicate, Bytes, Round,
    ];
}
