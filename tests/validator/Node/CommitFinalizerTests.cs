using System.Collections.Immutable;
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

    // Never fewer commits than gc_depth * K: 10.
    private static readonly ConsensusParameters Short = new() { GcDepth = 10, LeadersPerRound = 1, DuplicateWindowTransactions = 1 };

    [Fact]
    public void A_transaction_is_recognised_for_as_many_commits_as_a_late_block_can_take_whatever_they_hold()
    {
        var finalizer = Create(Short);
        var blocks = _network.Blocks(20, "t").ToList();
        Assert.False(Finalize(finalizer, 1, blocks[0]).Transactions[0].Duplicate);
        for (var index = 2; index <= 10; index++) Assert.False(Finalize(finalizer, index, blocks[index]).Transactions[0].Duplicate);
        Assert.True(Finalize(finalizer, 11, blocks[0]).Transactions[0].Duplicate);
        Assert.False(Finalize(finalizer, 12, blocks[0]).Transactions[0].Duplicate);
    }

    [Fact]
    public void Beyond_that_a_transaction_is_recognised_while_the_commits_since_hold_no_more_than_the_window()
    {
        var finalizer = Create(Short with { DuplicateWindowTransactions = 3 });
        var blocks = _network.Blocks(5, "t").ToList();
        var empty = _network.Blocks(1).First();
        long index = 0;
        for (var i = 0; i < 3; i++) Finalize(finalizer, ++index, blocks[i]);
        for (var i = 0; i < 100; i++) Finalize(finalizer, ++index, empty);
        Assert.True(Finalize(finalizer, ++index, blocks[0]).Transactions[0].Duplicate);
        Finalize(finalizer, ++index, blocks[3]);
        Assert.False(Finalize(finalizer, ++index, blocks[0]).Transactions[0].Duplicate);
        Assert.True(Finalize(finalizer, ++index, blocks[2]).Transactions[0].Duplicate);
    }

    /// <summary>Random sequences, with and without load: whoever replays all of it, and whoever starts from any of the others' checkpoints, says the same.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(1_000)]
    public void Validators_that_started_at_different_commits_agree_on_what_is_repeated(int windowTransactions)
    {
        var parameters = Short with { DuplicateWindowTransactions = windowTransactions };
        var random = new Random(windowTransactions);
        var blocks = _network.Blocks(10, "a", "b", "c").Concat(_network.Blocks(3)).ToList();
        var empty = blocks.Where(block => block.TransactionCount == 0).ToList();
        var validators = new List<CommitFinalizer> { Create(parameters) };
        var (repeated, again) = (0, 0);
        var seen = new HashSet<Digest>();
        for (var index = 1; index <= 400; index++)
        {
            var from = index / 50 % 2 == 0 ? blocks : empty;
            ImmutableArray<Block> committed = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => from[random.Next(from.Count)])];
            var subDag = new CommittedSubDag(index, committed[0], committed, default);
            var commits = validators.Select(validator => validator.Finalize(subDag, nowNs: 1)).ToList();
            var expected = commits[0].Transactions.Select(transaction => transaction.Duplicate).ToList();
            Assert.All(commits, commit => Assert.Equal(expected, commit.Transactions.Select(transaction => transaction.Duplicate)));
            repeated += expected.Count(duplicate => duplicate);
            again += commits[0].Transactions.Count(transaction => !seen.Add(transaction.Hash) && !transaction.Duplicate);
            if (index % 37 != 0) continue;
            var states = validators.Select(validator => new Checkpoint(CoreState.Initial(default), validator.Capture()).Encode(default)).ToList();
            Assert.All(states, state => Assert.Equal(states[0], state));
            validators.Add(new CommitFinalizer(parameters, Checkpoint.TryDecode(states[^1], default)!.Finalizer, new KeyValueApplication()));
        }

        Assert.True(repeated > 0);
        Assert.Equal(windowTransactions < 1_000, again > 0);
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
        var finalizer = Create(Short);
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

    private static CommitFinalizer Create(ConsensusParameters parameters) => new(parameters, FinalizerState.Initial, new KeyValueApplication());

    private static Commit Finalize(CommitFinalizer finalizer, long index, Block block) =>
        finalizer.Finalize(new CommittedSubDag(index, block, [block], default), nowNs: 1);
}
