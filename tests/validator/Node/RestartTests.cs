using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Mysticeti.Consensus;
using Mysticeti.Consensus.Core;
using Mysticeti.Metrics;
using Mysticeti.Topology;
using Mysticeti.Validator.Application;
using Mysticeti.Validator.Commits;
using Mysticeti.Validator.Links;
using Mysticeti.Validator.Node;
using Mysticeti.Validator.Storage;

namespace Mysticeti.Validator.Tests.Node;

/// <summary>What a validator proposes again after it read its log: everything follows from the blocks in it.</summary>
public sealed class RestartTests : IDisposable
{
    private const int Self = 3;
    private const int GcDepth = 10;

    private static readonly ReadOnlyMemory<byte> Transaction = "t"u8.ToArray();

    private readonly TestNetwork _network = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("mysticeti-test-").FullName;
    private readonly Genesis _genesis;

    public RestartTests() => _genesis = Genesis.Create(
        "test", DateTimeOffset.UnixEpoch.AddYears(50), "deployment", new ConsensusParameters { GcDepth = GcDepth }, _network.Genesis.Authorities);

    public void Dispose()
    {
        _network.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void What_a_dropped_own_block_held_is_proposed_again() =>
        Assert.Equal(["t"], TakeAfterRestart(Rounds(30, round => round == 1 ? [Transaction] : [], unheardUntil: 30)));

    [Theory]
    [InlineData(25)]
    [InlineData(30)]
    public void What_was_proposed_again_before_the_restart_is_not_proposed_once_more(int lastRound) =>
        Assert.Empty(TakeAfterRestart(Rounds(lastRound, round => round is 1 or 20 ? [Transaction] : [], unheardUntil: 20)));

    [Fact]
    public void What_was_proposed_again_and_is_in_no_commit_yet_is_not_proposed_once_more() =>
        Assert.Empty(TakeAfterRestart(Rounds(30, round => round is 1 or 28 ? [Transaction] : [], unheardUntil: 30)));

    private List<string> TakeAfterRestart(IEnumerable<Block> blocks)
    {
        using (var log = BlockLog.Open(_directory, _genesis.Hash, fsync: false, _ => { }))
        {
            foreach (var block in blocks) log.Append(block);
        }

        var commitLog = new CommitLog();
        var mempool = new Mempool(1024, new NodeParameters(), commitLog.RecentlyCommitted);
        using var core = new CoreLoop(
            _genesis, _genesis.ToCommittee(), new CoreOptions(), Self, new Ed25519BlockSigner(_network.Keys[Self]), mempool, commitLog, new KeyValueApplication(),
            new OwnBlocks(), residentBlockBytes: 1 << 20, _directory, fsync: false, new CoreMetrics(new MetricRegistry()), TimeProvider.System,
            NullLogger.Instance, trace: null, faults: null);
        Assert.True(commitLog.LastIndex > 0, "nothing was committed");
        var taken = new List<ReadOnlyMemory<byte>>();
        mempool.Take(100, 1000, taken, []);
        return [.. taken.Select(bytes => Encoding.UTF8.GetString(bytes.Span))];
    }

    /// <summary>Rounds of all four authorities in which the others hear nothing of the own blocks up to <paramref name="unheardUntil"/>, but then of the newest one.</summary>
    private List<Block> Rounds(int count, Func<int, ReadOnlyMemory<byte>[]> ownTransactions, int unheardUntil)
    {
        var blocks = new List<Block>();
        var previous = Enumerable.Range(0, 4).Select(Block.GenesisReference).ToArray();
        for (var round = 1; round <= count; round++)
        {
            var current = new BlockRef[4];
            for (var author = 0; author < 4; author++)
            {
                ImmutableArray<BlockRef> ancestors =
                    [previous[author], .. previous.Where(reference => reference.Author != author && (author == Self || reference.Author != Self || round > unheardUntil))];
                var block = BlockCodec.Create(
                    author, round, round, ancestors, author == Self ? ownTransactions(round) : [], new Ed25519BlockSigner(_network.Keys[author]));
                current[author] = block.Reference;
                blocks.Add(block);
            }

            previous = current;
        }

        return blocks;
    }
}
