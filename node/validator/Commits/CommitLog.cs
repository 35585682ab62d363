namespace Mysticeti.Validator.Commits;

/// <summary>The committed sequence as far as it is retained, for readers of any thread; one writer appends.</summary>
public sealed class CommitLog
{
    /// <summary>Adds the next commit; its index is one more than <see cref="LastIndex"/>.</summary>
    public void Append(Commit commit) => LastIndex = commit.Index;

    /// <summary>Index of the newest commit; 0 before the first.</summary>
    public long LastIndex { get; private set; }
}
