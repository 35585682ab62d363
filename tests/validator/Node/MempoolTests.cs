using System.Text;
using Mysticeti.Consensus;
using Mysticeti.Protocol;
using Mysticeti.Validator.Node;

namespace Mysticeti.Validator.Tests.Node;

public class MempoolTests
{
    private readonly HashSet<Digest> _committed = [];

    [Fact]
    public void Transactions_leave_in_the_order_in_which_they_came()
    {
        var mempool = Create();
        foreach (var text in (string[])["a", "b", "c"]) Assert.Equal(SubmitOutcome.Accepted, Submit(mempool, text));
        Assert.Equal(["a", "b"], Take(mempool, maxCount: 2));
        Assert.Equal(["c"], Take(mempool));
        Assert.False(mempool.HasPending);
    }

    [Fact]
    public void A_block_takes_no_more_bytes_than_it_may()
    {
        var mempool = Create();
        foreach (var text in (string[])["aaaa", "bbbb", "cc"]) Submit(mempool, text);
        Assert.Equal(["aaaa"], Take(mempool, maxBytes: 7));
        Assert.Equal(6, mempool.Bytes);
        Assert.True(mempool.HasPending);
    }

    [Fact]
    public void The_same_bytes_are_refused_until_they_are_committed_and_then_by_the_commit()
    {
        var mempool = Create();
        Submit(mempool, "a");
        Assert.Equal(SubmitOutcome.Duplicate, Submit(mempool, "a"));
        Take(mempool);
        Assert.Equal(SubmitOutcome.Duplicate, Submit(mempool, "a"));
        var hash = Digest.Of("a"u8);
        mempool.Committed(hash);
        _committed.Add(hash);
        Assert.Equal(SubmitOutcome.Duplicate, Submit(mempool, "a"));
        _committed.Clear();
        Assert.Equal(SubmitOutcome.Accepted, Submit(mempool, "a"));
    }

    [Theory]
    [InlineData(2, 1024, "number of txs 2 (max: 2)")]
    [InlineData(100, 1500, "total txs bytes 1000 (max: 1500)")]
    public void A_full_mempool_refuses_with_its_limits_and_takes_again_once_there_is_room(int count, int bytes, string reason)
    {
        var mempool = Create(new NodeParameters { MempoolTransactions = count, MempoolBytes = bytes });
        var size = bytes == 1500 ? 500 : 1;
        Submit(mempool, new string('a', size));
        Submit(mempool, new string('b', size));
        var refused = mempool.Submit(Encoding.UTF8.GetBytes(new string('c', size + 1)));
        Assert.Equal(SubmitOutcome.MempoolFull, refused.Outcome);
        Assert.Contains(reason, refused.Reason, StringComparison.Ordinal);
        Take(mempool);
        Assert.Equal(SubmitOutcome.Accepted, Submit(mempool, new string('c', size)));
    }

    [Fact]
    public void Empty_and_oversized_transactions_are_refused()
    {
        var mempool = Create();
        Assert.Equal(SubmitOutcome.Empty, mempool.Submit([]).Outcome);
        Assert.Equal(SubmitOutcome.TooLarge, mempool.Submit(new byte[1025]).Outcome);
        Assert.Equal(SubmitOutcome.Accepted, mempool.Submit(new byte[1024]).Outcome);
    }

    [Fact]
    public void Only_the_first_of_several_submissions_wakes_the_core()
    {
        var mempool = Create();
        var awakened = 0;
        mempool.Awakened = () => awakened++;
        Submit(mempool, "a");
        Submit(mempool, "b");
        Assert.Equal(1, awakened);
        Take(mempool);
        Submit(mempool, "c");
        Assert.Equal(2, awakened);
    }

    [Fact]
    public void A_lost_blocks_transactions_come_back_unless_they_were_committed_elsewhere()
    {
        using var network = new TestNetwork();
        var block = network.Blocks(1, "x", "y", "z").First();
        var mempool = Create();
        var awakened = 0;
        mempool.Awakened = () => awakened++;
        mempool.WasCommitted = _committed.Contains;
        // The first one before the block came to be known here, the second one after that.
        _committed.Add(block.TransactionHashes[0]);
        mempool.Restore(block);
        mempool.Requeue(block);
        Assert.False(mempool.HasPending);
        mempool.Committed(block.TransactionHashes[1]);
        mempool.ReturnDropped();
        Assert.Equal(1, awakened);
        Assert.Equal(["z 1 0"], Take(mempool));
        mempool.ReturnDropped();
        Assert.Empty(Take(mempool));
    }

    [Fact]
    public void What_is_in_another_own_block_does_not_come_back_before_that_one_is_lost_too()
    {
        using var network = new TestNetwork();
        var (first, second) = (network.Blocks(1, "x").First(), network.Blocks(1, "x").First());
        var mempool = Create();
        mempool.Restore(first);
        mempool.Restore(second);
        Assert.Equal(SubmitOutcome.Duplicate, Submit(mempool, "x 1 0"));
        mempool.Requeue(first);
        mempool.ReturnDropped();
        Assert.Empty(Take(mempool));
        mempool.Requeue(second);
        mempool.ReturnDropped();
        Assert.Equal(["x 1 0"], Take(mempool));
    }

    [Fact]
    public void What_waits_is_not_handed_out_once_it_is_committed_or_found_in_an_own_block()
    {
        using var network = new TestNetwork();
        var own = network.Blocks(1, "own").First();
        var mempool = Create();
        foreach (var text in (string[])["committed", "own 1 0", "rest"]) Submit(mempool, text);
        mempool.Committed(Digest.Of("committed"u8));
        mempool.Restore(own);
        Assert.Equal(["rest"], Take(mempool, maxBytes: 4));
        Assert.Equal((0, 0, false), (mempool.Count, mempool.Bytes, mempool.HasPending));
    }

    [Fact]
    public void What_is_given_up_does_not_come_back_and_may_be_submitted_again()
    {
        using var network = new TestNetwork();
        var block = network.Blocks(1, "x", "y").First();
        var mempool = Create();
        mempool.Restore(block);
        mempool.Committed(block.TransactionHashes[0]);
        Assert.Equal(1, mempool.GiveUp(block));
        mempool.Requeue(block);
        mempool.ReturnDropped();
        Assert.False(mempool.HasPending);
        Assert.Equal(SubmitOutcome.Accepted, Submit(mempool, "y 1 0"));
    }

    private Mempool Create(NodeParameters? limits = null) => new(1024, limits ?? new NodeParameters(), _committed.Contains);

    private static SubmitOutcome Submit(Mempool mempool, string text) => mempool.Submit(Encoding.UTF8.GetBytes(text)).Outcome;

    private static List<string> Take(Mempool mempool, int maxCount = 100, int maxBytes = 10_000)
    {
        var taken = new List<ReadOnlyMemory<byte>>();
        var hashes = new List<Digest>();
        mempool.Take(maxCount, maxBytes, taken, hashes);
        Assert.Equal(taken.Select(bytes => Digest.Of(bytes.Span)), hashes);
        return [.. taken.Select(bytes => Encoding.UTF8.GetString(bytes.Span))];
    }
}
