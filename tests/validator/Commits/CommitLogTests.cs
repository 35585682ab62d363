using System.Text;
using Mysticeti.Consensus;
using Mysticeti.Validator.Application;
using Mysticeti.Validator.Commits;
using Mysticeti.Validator.Tests.Rpc;

namespace Mysticeti.Validator.Tests.Commits;

public sealed class CommitLogTests
{
    [Fact]
    public void An_empty_log_has_nothing()
    {
        var log = new CommitLog();
        Assert.Equal((1, 0), (log.FirstIndex, log.LastIndex));
        Assert.False(log.TryGet(0, out _));
        Assert.False(log.TryGet(1, out _));
        Assert.False(log.TryFind(Digest.Of("a"u8), out _));
    }

    [Fact]
    public async Task Readers_are_woken_for_commits_that_come_together_with_the_last_of_them()
    {
        var log = new CommitLog();
        var waiting = log.WaitForAsync(1, TestContext.Current.CancellationToken);
        log.Append(FakeNode.CommitOf(1, [1]), more: true);
        Assert.False(waiting.IsCompleted);
        Assert.True(log.TryGet(1, out _));
        log.Append(FakeNode.CommitOf(2, [2]));
        Assert.True(await waiting);
    }

    [Fact]
    public void The_newest_commits_are_retained()
    {
        var log = Filled(new CommitLogOptions { MaxCommits = 3 }, 10);
        Assert.Equal((8, 10), (log.FirstIndex, log.LastIndex));
        Assert.False(log.TryGet(7, out _));
        Assert.False(log.TryGet(11, out _));
        for (var index = 8; index <= 10; index++)
        {
            Assert.True(log.TryGet(index, out var commit));
            Assert.Equal(index, commit.Index);
        }
    }

    [Fact]
    public void Retained_bytes_stay_below_the_limit_and_the_newest_commit_always_stays()
    {
        var log = new CommitLog(new CommitLogOptions { MaxBytes = 10_000 });
        for (var index = 1; index <= 50; index++)
        {
            log.Append(FakeNode.CommitOf(index, new byte[1_000]));
            Assert.InRange(log.RetainedBytes, 1_000, 10_000);
        }

        Assert.InRange(log.LastIndex - log.FirstIndex + 1, 5, 9);
        log.Append(FakeNode.CommitOf(51, new byte[50_000]));
        Assert.Equal((51, 51), (log.FirstIndex, log.LastIndex));
        log.Append(FakeNode.CommitOf(52, new byte[10]));
        Assert.Equal((52, 52), (log.FirstIndex, log.LastIndex));
        Assert.InRange(log.RetainedBytes, 10, 1_000);
    }

    [Fact]
    public void Commits_follow_each_other_without_gaps()
    {
        var log = new CommitLog();
        log.Append(FakeNode.CommitOf(100));
        Assert.Equal((100, 100), (log.FirstIndex, log.LastIndex));
        foreach (var wrong in (long[])[99, 100, 102]) Assert.Throws<ArgumentException>(() => log.Append(FakeNode.CommitOf(wrong)));
        log.Append(FakeNode.CommitOf(101));
        Assert.Throws<ArgumentException>(() => new CommitLog().Append(FakeNode.CommitOf(0)));
    }

    [Fact]
    public void A_transaction_is_found_where_it_was_committed_first()
    {
        var log = new CommitLog();
        log.Append(FakeNode.CommitOf(1, [1], [2]));
        log.Append(Repeated(2, 2));
        Assert.True(log.TryFind(Digest.Of([2]), out var location));
        Assert.Equal(new TransactionLocation(1, 1), location);
        Assert.True(log.RecentlyCommitted(Digest.Of([2])));
        Assert.False(log.RecentlyCommitted(Digest.Of([3])));
    }

    [Fact]
    public void A_hash_is_remembered_longer_than_its_commit()
    {
        var log = Filled(new CommitLogOptions { MaxCommits = 2, MaxHashes = 5 }, 10);
        for (var i = 1; i <= 5; i++) Assert.False(log.RecentlyCommitted(HashOf(i)));
        for (var i = 6; i <= 10; i++)
        {
            Assert.True(log.TryFind(HashOf(i), out var location));
            Assert.Equal(i, location.CommitIndex);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 2)]
    [InlineData(1000, 3)]
    [InlineData(5000, 4)]
    public void The_hash_index_holds_exactly_what_a_plain_model_holds(int capacity, int seed)
    {
        var random = new Random(seed);
        var log = new CommitLog(new CommitLogOptions { MaxHashes = capacity });
        var newest = new Queue<(int Key, TransactionLocation Location)>();
        var places = new Dictionary<int, TransactionLocation>();
        for (var index = 1; index <= 400; index++)
        {
            var transactions = new CommittedTransaction[random.Next(50)];
            for (var i = 0; i < transactions.Length; i++)
            {
                var key = random.Next(capacity * 3);
                var duplicate = random.Next(4) == 0;
                transactions[i] = new CommittedTransaction(BitConverter.GetBytes(key), Digest.Of(BitConverter.GetBytes(key)), duplicate);
                if (duplicate && places.ContainsKey(key)) continue;
                if (newest.Count == capacity && newest.Dequeue() is var oldest && places[oldest.Key] == oldest.Location) places.Remove(oldest.Key);
                newest.Enqueue((key, new TransactionLocation(index, i)));
                places[key] = new TransactionLocation(index, i);
            }

            log.Append(FakeNode.CommitOf(index) with { Transactions = [.. transactions] });
        }

        for (var key = 0; key < capacity * 3; key++)
        {
            Assert.Equal(places.TryGetValue(key, out var expected), log.TryFind(Digest.Of(BitConverter.GetBytes(key)), out var location));
            Assert.Equal(expected, location);
        }
    }

    [Fact]
    public async Task Waiting_ends_with_the_commit()
    {
        var log = Filled(new CommitLogOptions(), 2);
        Assert.True(await log.WaitForAsync(2, default));
        var waiting = log.WaitForAsync(4, default).AsTask();
        log.Append(FakeNode.CommitOf(3));
        Assert.False(waiting.IsCompleted);
        log.Append(FakeNode.CommitOf(4));
        Assert.True(await waiting.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task Waiting_ends_when_the_log_is_completed_cancelled_or_out_of_time()
    {
        var log = new CommitLog();
        Assert.False(await log.WaitForAsync(1, TimeSpan.FromMilliseconds(20), TimeProvider.System, default));
        using var cancellation = new CancellationTokenSource();
        var cancelled = log.WaitForAsync(1, cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        var waiting = log.WaitForAsync(1, default).AsTask();
        log.Complete();
        Assert.False(await waiting.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.True(log.IsCompleted);
        Assert.False(await log.WaitForAsync(1, default));
    }

    [Fact]
    public async Task Readers_of_other_threads_see_only_whole_commits_and_miss_none_that_is_retained()
    {
        const int Commits = 20_000;
        var log = new CommitLog(new CommitLogOptions { MaxCommits = 64, MaxHashes = 100 });
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            var seen = 0L;
            for (var next = 1L; next <= Commits;)
            {
                if (log.TryGet(next, out var commit))
                {
                    Assert.Equal(next, commit.Index);
                    Assert.Equal(FakeNode.ChainDigest(next), commit.ChainDigest);
                    seen++;
                    next++;
                }
                else if (next < log.FirstIndex)
                {
                    next = log.FirstIndex;
                }
                else
                {
                    Assert.True(await log.WaitForAsync(next, default));
                }
            }

            return seen;
        })).ToList();
        for (var index = 1; index <= Commits; index++) log.Append(FakeNode.CommitOf(index, BitConverter.GetBytes(index)));
        foreach (var reader in readers) Assert.InRange(await reader.WaitAsync(TimeSpan.FromSeconds(60)), 1, Commits);
    }

    [Fact]
    public void Limits_below_1_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new CommitLog(new CommitLogOptions { MaxCommits = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CommitLog(new CommitLogOptions { MaxBytes = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CommitLog(new CommitLogOptions { MaxHashes = 0 }));
    }

    private static CommitLog Filled(CommitLogOptions options, int commits)
    {
        var log = new CommitLog(options);
        for (var index = 1; index <= commits; index++) log.Append(FakeNode.CommitOf(index, Encoding.UTF8.GetBytes($"tx {index}")));
        return log;
    }

    private static Digest HashOf(int index) => Digest.Of(Encoding.UTF8.GetBytes($"tx {index}"));

    private static Commit Repeated(long index, byte transaction) =>
        FakeNode.CommitOf(index) with { Transactions = [new CommittedTransaction(new[] { transaction }, Digest.Of([transaction]), true)] };
}
