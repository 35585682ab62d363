using Mysticeti.Consensus;
using Mysticeti.Consensus.Core;
using Mysticeti.Validator.Application;
using Mysticeti.Validator.Node;
using Mysticeti.Validator.Storage;

namespace Mysticeti.Validator.Tests.Node;

public sealed class CommitFinalizerTests : IDisposable
{
    private readonly TestNetwork _network = new();

    public void Dispose() => _network.Dispose();

    [Fact]
    public void A_transaction_repeated_within_the_window_is_marked_and_one_beyond_it_is_not()
    {
        var finalizer = new CommitFinalizer(new ConsensusParameters { DuplicateWindowCommits = 3 }, FinalizerState.Initial, new KeyValueApplication());
        var block = _network.Blocks(1, "t").First();
        Assert.False(Finalize(finalizer, 1, block).Transactions[0].Duplicate);
        Assert.True(Finalize(finalizer, 2, block).Transactions[0].Duplicate);
        Assert.True(Finalize(finalizer, 3, block).Transactions[0].Duplicate);
        Assert.False(Finalize(finalizer, 4, block).Transactions[0].Duplicate);
    }

    [Fact]
    public void Time_never_goes_back()
    {
        var finalizer = new CommitFinalizer(new ConsensusParameters(), FinalizerState.Initial, new KeyValueApplication());
        var blocks = _network.Blocks(2).ToList();
        var later = Finalize(finalizer, 1, blocks[^1]);
        var earlier = Finalize(finalizer, 2, blocks[0]);
        Assert.Equal(2, later.TimeNs);
        Assert.Equal(2, earlier.TimeNs);
    }

    [Fact]
    public void A_successor_that_goes_on_from_what_was_captured_gives_the_same_application_hashes()
    {
        var (application, restored) = (new KeyValueApplication(), new KeyValueApplication());
        var finalizer = new CommitFinalizer(new ConsensusParameters(), FinalizerState.Initial, application);
        var blocks = _network.Blocks(3, "opaque", "key=value").ToList();
        for (var i = 0; i < 6; i++) Finalize(finalizer, i + 1, blocks[i]);

        var successor = new CommitFinalizer(new ConsensusParameters(), finalizer.Capture(), restored);
        Assert.Equal(application.Info, restored.Info);
        for (var i = 6; i < blocks.Count; i++)
        {
            // A block of before again: the successor knows that its transactions are repeated.
            var (block, index) = (i % 2 == 0 ? blocks[i] : blocks[0], i + 1);
            Assert.Equal(Finalize(finalizer, index, block).AppHash, Finalize(successor, index, block).AppHash);
        }

        Assert.Equal(finalizer.Capture().Application.ToArray(), successor.Capture().Application.ToArray());
    }

    [Fact]
    public void What_was_captured_stays_as_it_was_while_the_finalizer_goes_on()
    {
        var finalizer = new CommitFinalizer(new ConsensusParameters { DuplicateWindowCommits = 4 }, FinalizerState.Initial, new KeyValueApplication());
        var blocks = _network.Blocks(4, "opaque", "key=value").ToList();
        for (var i = 0; i < 6; i++) Finalize(finalizer, i + 1, blocks[i % 5]);
        var captured = new Checkpoint(CoreState.Initial(default), finalizer.Capture());
        var before = captured.Encode(default);
        for (var i = 6; i < 16; i++) Finalize(finalizer, i + 1, blocks[i]);
        Assert.Equal(before, captured.Encode(default));
        Assert.NotEqual(before, new Checkpoint(CoreState.Initial(default), finalizer.Capture()).Encode(default));
    }

    [Fact]
    public void The_application_never_sees_a_repeated_transaction()
    {
        var (once, twice) = (new KeyValueApplication(), new KeyValueApplication());
        var blocks = _network.Blocks(1, "k=v").ToList();
        var expected = new CommitFinalizer(new ConsensusParameters(), FinalizerState.Initial, once)
            .Finalize(new CommittedSubDag(1, blocks[1], [blocks[0], blocks[1]], default), nowNs: 1);
        var actual = new CommitFinalizer(new ConsensusParameters(), FinalizerState.Initial, twice)
            .Finalize(new CommittedSubDag(1, blocks[1], [blocks[0], blocks[0], blocks[1]], default), nowNs: 1);
        Assert.Equal([0u, 1u, 0u], actual.Transactions.Select(transaction => transaction.ResultCode));
        Assert.Equal(expected.AppHash, actual.AppHash);
        Assert.Equal(once.Snapshot(), twice.Snapshot());
    }

    private static Validator.Commits.Commit Finalize(CommitFinalizer finalizer, long index, Block block) =>
        finalizer.Finalize(new CommittedSubDag(index, block, [block], default), nowNs: 1);
}
