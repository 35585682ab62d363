using Mysticeti.Consensus;
using Mysticeti.Consensus.Core;
using Mysticeti.Validator.Storage;

namespace Mysticeti.Validator.Tests.Storage;

public sealed class CheckpointTests : IDisposable
{
    private static readonly Digest Genesis = Digest.Of("genesis"u8);

    private static readonly Checkpoint Sample = new(
        new CoreState(
            new LinearizerState(1000, Digest.Of("chain"u8), 777, [new BlockRef(5, 1, Digest.Of("a"u8)), new BlockRef(6, 0, Digest.Of("b"u8))]),
            778, 2),
        new FinalizerState(42, 998, [new FirstCommitted(999, [Digest.Of("t"u8).Half, UInt128.MaxValue]), new FirstCommitted(1000, [1])], "application"u8.ToArray()));

    private readonly string _directory = Directory.CreateTempSubdirectory("mysticeti-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_checkpoint_survives_encoding()
    {
        var decoded = Checkpoint.TryDecode(Sample.Encode(Genesis), Genesis)!;
        Assert.Equal(Sample.Core.Linearizer.Sequenced, decoded.Core.Linearizer.Sequenced);
        Assert.Equal(998, decoded.Finalizer.WindowStart);
        Assert.Equal(Entries(Sample), Entries(decoded));
        Assert.Equal("application"u8.ToArray(), decoded.Finalizer.Application.ToArray());
        Assert.Equal(Sample.Encode(Genesis), decoded.Encode(Genesis));
    }

    private static IEnumerable<(long, UInt128)> Entries(Checkpoint checkpoint) =>
        checkpoint.Finalizer.Window.SelectMany(commit => commit.Hashes.Select(hash => (commit.Index, hash)));

    [Fact]
    public void Every_damaged_byte_and_every_missing_byte_is_noticed()
    {
        var bytes = Sample.Encode(Genesis);
        for (var i = 0; i < bytes.Length; i++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[i] ^= 0x10;
            Assert.Null(Checkpoint.TryDecode(damaged, Genesis));
            Assert.Null(Checkpoint.TryDecode(bytes[..i], Genesis));
        }
    }

    [Fact]
    public void A_checkpoint_of_another_network_is_refused() =>
        Assert.Null(Checkpoint.TryDecode(Sample.Encode(Genesis), Digest.Of("other"u8)));

    [Fact]
    public void The_file_is_replaced_as_a_whole_and_its_absence_means_the_beginning()
    {
        Assert.Equal(0, CheckpointFile.Load(_directory, Genesis).Core.Linearizer.Index);
        CheckpointFile.Save(_directory, Checkpoint.Initial(Genesis).Encode(Genesis), fsync: true);
        CheckpointFile.Save(_directory, Sample.Encode(Genesis), fsync: false);
        Assert.Equal(1000, CheckpointFile.Load(_directory, Genesis).Core.Linearizer.Index);
        Assert.Throws<StorageException>(() => CheckpointFile.Load(_directory, Digest.Of("other"u8)));
    }
}
