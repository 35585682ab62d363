using Mysticeti.Consensus;
using Mysticeti.Validator.Application;

namespace Mysticeti.Validator.Commits;

/// <summary>How much of the committed sequence a <see cref="CommitLog"/> retains.</summary>
internal sealed record CommitLogOptions
{
    /// <summary>Most commits, at least 1.</summary>
    public int MaxCommits { get; init; } = 10_000;

    /// <summary>Most bytes of transactions and their bookkeeping; the newest commit stays whatever its size.</summary>
    public long MaxBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>Newest transactions whose hashes are remembered, whether or not their commit is retained.</summary>
    public int MaxHashes { get; init; } = 500_000;
}

/// <summary>The committed sequence as far as it is retained, for readers of any thread; one writer appends.</summary>
internal sealed class CommitLog
{
    private const int TransactionOverhead = 56;
    private const int BlockOverhead = 48;
    private const int CommitOverhead = 256;

    private readonly CommitLogOptions _options;
    private readonly Commit?[] _ring;
    private readonly long[] _sizes;
    private readonly TransactionIndex _transactions;
    private TaskCompletionSource? _change;
    private long _firstIndex = 1;
    private long _lastIndex;
    private long _retainedBytes;
    private volatile bool _completed;

    /// <exception cref="ArgumentOutOfRangeException">A limit is below 1.</exception>
    public CommitLog(CommitLogOptions? options = null)
    {
        _options = options ?? new CommitLogOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.MaxCommits, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.MaxBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.MaxHashes, 1);
        _ring = new Commit?[_options.MaxCommits];
        _sizes = new long[_options.MaxCommits];
        _transactions = new TransactionIndex(_options.MaxHashes);
    }

    /// <summary>Index of the oldest retained commit; one more than <see cref="LastIndex"/> before the first.</summary>
    public long FirstIndex => Volatile.Read(ref _firstIndex);

    /// <summary>Index of the newest commit; 0 before the first.</summary>
    public long LastIndex => Volatile.Read(ref _lastIndex);

    /// <summary>Bytes of the retained transactions with their bookkeeping.</summary>
    public long RetainedBytes => Volatile.Read(ref _retainedBytes);

    /// <summary>Whether <see cref="Complete"/> was called: nothing follows any more.</summary>
    public bool IsCompleted => _completed;

    /// <summary>
    /// Adds the next commit; its index is one more than <see cref="LastIndex"/>. Only the first one may have any index from 1:
    /// a validator that starts from a snapshot does not have what came before.
    /// </summary>
    /// <param name="more">Another one follows at once: readers are woken for all of them together.</param>
    /// <exception cref="ArgumentException">The index leaves a gap or goes back.</exception>
    public void Append(Commit commit, bool more = false)
    {
        var last = _lastIndex;
        if (last == 0 ? commit.Index < 1 : commit.Index != last + 1)
            throw new ArgumentException($"commit {commit.Index} does not follow commit {last}", nameof(commit));

        var size = SizeOf(commit);
        if (last == 0) Volatile.Write(ref _firstIndex, commit.Index);
        MakeRoom(commit.Index, size);
        _sizes[Slot(commit.Index)] = size;
        Volatile.Write(ref _retainedBytes, _retainedBytes + size);
        Volatile.Write(ref _ring[Slot(commit.Index)], commit);
        _transactions.Add(commit);
        Volatile.Write(ref _lastIndex, commit.Index);
        if (!more) Wake();
    }

    /// <summary>
    /// Forgets all commits and goes on after <paramref name="lastIndex"/>: a validator that takes over a checkpoint does not
    /// have what came before. Hashes that are known stay known. Only the thread that appends may call it.
    /// </summary>
    public void RestartAfter(long lastIndex)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lastIndex, _lastIndex);
        Volatile.Write(ref _firstIndex, lastIndex + 1);
        Array.Clear(_ring);
        Volatile.Write(ref _retainedBytes, 0);
        Volatile.Write(ref _lastIndex, lastIndex);
        Wake();
    }

    /// <summary>Says that nothing follows: every waiting reader goes on at once.</summary>
    public void Complete()
    {
        _completed = true;
        Wake();
    }

    /// <summary>The commit at <paramref name="index"/>, if it is retained.</summary>
    public bool TryGet(long index, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Commit? commit)
    {
        commit = null;
        if (index < FirstIndex || index > LastIndex) return false;
        // The writer may drop the commit and use its slot again meanwhile: what is there tells its own index.
        var found = Volatile.Read(ref _ring[Slot(index)]);
        if (found?.Index != index) return false;
        commit = found;
        return true;
    }

    /// <summary>Where a transaction was committed. The hash is remembered longer than the commit itself.</summary>
    public bool TryFind(Digest hash, out TransactionLocation location) =>
        _transactions.TryFind(hash, out location) && location.CommitIndex <= LastIndex;

    /// <summary>Whether the transaction is among the newest <see cref="CommitLogOptions.MaxHashes"/> committed ones.</summary>
    public bool RecentlyCommitted(Digest hash) => _transactions.TryFind(hash, out _);

    /// <summary>Waits until the commit at <paramref name="index"/> is there.</summary>
    /// <returns>False if the log was completed before.</returns>
    public ValueTask<bool> WaitForAsync(long index, CancellationToken cancellation) =>
        WaitForAsync(index, Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);

    /// <summary>Waits until the commit at <paramref name="index"/> is there, but no longer than <paramref name="timeout"/> without any commit.</summary>
    /// <returns>False if the log was completed before, or the time passed.</returns>
    public async ValueTask<bool> WaitForAsync(long index, TimeSpan timeout, TimeProvider clock, CancellationToken cancellation)
    {
        while (LastIndex < index)
        {
            var change = NextChange();
            // Looked at again after the wake-up call is ordered, so that no commit slips in between.
            if (LastIndex >= index) break;
            if (_completed) return false;
            try
            {
                await change.WaitAsync(timeout, clock, cancellation);
            }
            catch (TimeoutException)
            {
                return LastIndex >= index;
            }
        }

        return true;
    }

    // All waiting readers share one task, made only when somebody waits: an append costs one exchange.
    private Task NextChange()
    {
        var change = Volatile.Read(ref _change);
        if (change is null)
        {
            var fresh = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            change = Interlocked.CompareExchange(ref _change, fresh, null) ?? fresh;
        }

        return change.Task;
    }

    private void Wake() => Interlocked.Exchange(ref _change, null)?.SetResult();

    private void MakeRoom(long newIndex, long newSize)
    {
        var first = _firstIndex;
        while (first < newIndex && (newIndex - first >= _ring.Length || _retainedBytes + newSize > _options.MaxBytes))
        {
            // Readers learn first that it is gone, then it goes.
            Volatile.Write(ref _firstIndex, first + 1);
            Volatile.Write(ref _ring[Slot(first)], null);
            Volatile.Write(ref _retainedBytes, _retainedBytes - _sizes[Slot(first)]);
            first++;
        }
    }

    private int Slot(long index) => (int)(index % _ring.Length);

    private static long SizeOf(Commit commit)
    {
        var size = CommitOverhead + ((long)BlockOverhead * commit.Blocks.Length) + ((long)TransactionOverhead * commit.Transactions.Length);
        foreach (ref readonly var transaction in commit.Transactions.AsSpan()) size += transaction.Bytes.Length;
        return size;
    }
}
