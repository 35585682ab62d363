using Mysticeti.Consensus;
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
        var finalizer = new CommitFinalizer(new ConsensusParameters { DuplicateWindowCommits = 3 }, FinalizerState.Initial);
        var block = _network.Blocks(1, "t").First();
        Assert.False(Finalize(finalizer, 1, block).Transactions[0].Duplicate);
        Assert.True(Finalize(finalizer, 2, block).Transactions[0].Duplicate);
        Assert.True(Finalize(finalizer, 3, block).Transactions[0].Duplicate);
        Assert.False(Finalize(finalizer, 4, block).Transactions[0].Duplicate);
    }

    [Fact]
    public void Time_never_goes_back()
    {
        var finalizer = new CommitFinalizer(new ConsensusParameters(), FinalizerState.Initial);
        var blocks = _network.Blocks(2).ToList();
        var later = Finalize(finalizer, 1, blocks[^1]);
        var earlier = Finalize(finalizer, 2, blocks[0]);
        Assert.Equal(2, later.TimeNs);
        Assert.Equal(2, earlier.TimeNs);
    }

    private static Validator.Commits.Commit Finalize(CommitFinalizer finalizer, long index, Block block) =>
        finalizer.Finalize(new CommittedSubDag(index, block, [block], default), nowNs: 1);
}
