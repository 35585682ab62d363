namespace Mysticeti.Consensus;

/// <summary>Names one block: its round, its author's committee index and the hash of its content.</summary>
/// <remarks>Ordered by (round, author, digest), which is the order inside a committed sub-DAG.</remarks>
public readonly record struct BlockRef(long Round, int Author, Digest Digest) : IComparable<BlockRef>
{
    /// <inheritdoc/>
    public int CompareTo(BlockRef other)
    {
        var order = Round.CompareTo(other.Round);
        if (order == 0) order = Author.CompareTo(other.Author);
        return order == 0 ? Digest.CompareTo(other.Digest) : order;
    }

    /// <summary>For logs: authority letter (or number above 26), round and the start of the digest.</summary>
    public override string ToString() => $"{AuthorityName(Author)}{Round}@{Digest.ToString()[..8]}";

    /// <summary>A, B, .. Z, then AA, AB, ..: how people and the DAG language name an authority.</summary>
    public static string AuthorityName(int author) =>
        author < 26 ? ((char)('A' + author)).ToString() : AuthorityName((author / 26) - 1) + (char)('A' + (author % 26));
}
