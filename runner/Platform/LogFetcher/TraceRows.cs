using System.Text.Json;

namespace Mysticeti.Runner.Platform.LogFetcher;

/// <summary>A block at a node, as far as one batch of entries tells.</summary>
internal sealed class BlockRow(long deployment, string node, string block, long round, long authority, double at)
{
    private readonly List<(string Type, string Hash)> _sampled = [];

    public double StartedAt { get; private set; } = at;

    public double? AcceptedAt { get; private set; }

    public double? CompletedAt { get; private set; }

    public string? Source { get; set; }

    public string Status { get; private set; } = "seen";

    public long? TransactionCount { get; set; }

    public long? Bytes { get; set; }

    /// <summary>A block that the node made itself.</summary>
    public bool IsOwn { get; set; }

    /// <summary>How many transactions of each type it has; null: not known before it is accepted.</summary>
    public IReadOnlyDictionary<string, int>? Types { get; set; }

    /// <summary>A sampled transaction that stands in this own block.</summary>
    public void Contains(string? type, string hash)
    {
        if (type is not null) _sampled.Add((type, hash));
    }

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
        deployment, node, block, StartedAt, CompletedAt, CompletedAt - StartedAt, Source, round, authority, Status, Metadata(), TransactionCount, Bytes, AcceptedAt,
    ];

    // The seed's shape: one array a transaction, its type first. The trace knows the hashes of sampled ones only: these come first.
    private string? Metadata()
    {
        if (Types is null) return null;
        var hashes = _sampled.ToLookup(transaction => transaction.Type, transaction => transaction.Hash);
        var transactions = Types.SelectMany(type => hashes[type.Key].Select(hash => (string[])[type.Key, hash])
            .Concat(Enumerable.Repeat((string[])[type.Key], Math.Max(0, type.Value - hashes[type.Key].Count()))));
        return JsonSerializer.Serialize(new { transactions });
    }
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
