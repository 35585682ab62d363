namespace Mysticeti.Platform.LogFetcher;

/// <summary>What the fetcher knows of one node. Only the fetcher's loop writes it.</summary>
internal sealed class FetchedNode(Uri rpcUrl)
{
    public Uri RpcUrl => rpcUrl;

    public string? Name { get; set; }

    public int? Authority { get; set; }

    public string? BootId { get; set; }

    public string? DeploymentKey { get; set; }

    public long? DeploymentId { get; set; }

    /// <summary>The last entry that is saved.</summary>
    public long LastSeq { get; set; }

    /// <summary>What the node's next entry will get, as it said last.</summary>
    public long NextSeq { get; set; }

    /// <summary>Entries of this boot that the node had dropped before they were fetched.</summary>
    public long Missed { get; set; }

    /// <summary>When the node had nothing that was not saved.</summary>
    public DateTimeOffset? CaughtUpAt { get; set; }

    /// <summary>Why the node could not be fetched from; null: it could.</summary>
    public string? Problem { get; set; }

    /// <summary>Not asked again before, so that a dead node does not hold up the others.</summary>
    public DateTimeOffset RetryAt { get; set; }
}
