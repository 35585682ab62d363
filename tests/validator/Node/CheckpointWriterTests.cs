using Mysticeti.Consensus;
using Mysticeti.Consensus.Core;
using Mysticeti.Validator.Links;
using Mysticeti.Validator.Node;
using Mysticeti.Validator.Storage;

namespace Mysticeti.Validator.Tests.Node;

public sealed class CheckpointWriterTests : IDisposable
{
    private readonly TestNetwork _network = new();
    private readonly CheckpointShelf _shelf = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("mysticeti-test-").FullName;

    public void Dispose()
    {
        _network.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void What_was_given_is_durable_in_order_after_draining()
    {
        using var writer = new CheckpointWriter(_directory, _network.Genesis, fsync: false, _shelf);
        Assert.Equal(0, writer.DurableGcRound);
        for (var index = 1; index <= 5; index++) writer.Add(At(index * 1_000, leaderRound: index * 2_500));
        writer.Drain();
        Assert.Equal(5_000, CheckpointFile.Load(_directory, _network.Genesis.Hash).Core.Linearizer.Index);
        Assert.Equal([5_000L, 4_000L], _shelf.Offers.Select(offer => offer.Index));
        Assert.Equal(_network.Genesis.Consensus.GcRound(5 * 2_500), writer.DurableGcRound);
    }

    [Fact]
    public void Disposing_stores_what_was_given()
    {
        using (var writer = new CheckpointWriter(_directory, _network.Genesis, fsync: false, _shelf)) writer.Add(At(1_000, leaderRound: 10));
        Assert.Equal(1_000, CheckpointFile.Load(_directory, _network.Genesis.Hash).Core.Linearizer.Index);
    }

    [Fact]
    public void A_disk_that_fails_is_reported_to_the_core_and_nothing_is_offered()
    {
        using var writer = new CheckpointWriter(Path.Combine(_directory, "missing"), _network.Genesis, fsync: false, _shelf);
        writer.Add(At(1_000, leaderRound: 3_000));
        Assert.Throws<DirectoryNotFoundException>(writer.Drain);
        Assert.Throws<DirectoryNotFoundException>(() => writer.Add(At(2_000, leaderRound: 4_000)));
        Assert.Throws<DirectoryNotFoundException>(() => writer.DurableGcRound);
        Assert.Empty(_shelf.Offers);
    }

    private static Checkpoint At(long index, long leaderRound) =>
        new(new CoreState(new LinearizerState(index, default, leaderRound, []), leaderRound + 1, 0), FinalizerState.Initial);
}
