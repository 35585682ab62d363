using Mysticeti.Consensus;
using Mysticeti.Validator.Storage;

namespace Mysticeti.Validator.Tests.Storage;

public sealed class BlockLogTests : IDisposable
{
    private readonly TestNetwork _network = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("mysticeti-test-").FullName;

    private string LogPath => Path.Combine(_directory, "blocks-000000000.log");

    public void Dispose()
    {
        Directory.Delete(_directory, recursive: true);
        _network.Dispose();
    }

    [Fact]
    public void What_was_flushed_is_read_back_in_order()
    {
        var blocks = _network.Blocks(3, "t").ToList();
        Write(blocks);
        Assert.Equal(blocks.Select(block => block.Reference), Read(out var torn));
        Assert.Equal(0, torn);
    }

    [Fact]
    public void A_log_can_be_continued_after_reading()
    {
        var blocks = _network.Blocks(4).ToList();
        Write(blocks[..8]);
        Write(blocks[8..]);
        Assert.Equal(blocks.Select(block => block.Reference), Read(out _));
    }

    [Fact]
    public void A_block_larger_than_the_buffer_is_written_whole()
    {
        var block = _network.Blocks(1, new string('x', 400_000)).First();
        Write([block]);
        Assert.Equal([block.Reference], Read(out _));
    }

    [Fact]
    public void A_torn_tail_of_any_length_is_cut_off_and_the_rest_is_kept()
    {
        var blocks = _network.Blocks(1, "t").ToList();
        Write(blocks[..3]);
        var whole = File.ReadAllBytes(LogPath);
        Write(blocks[3..]);
        var longer = File.ReadAllBytes(LogPath);
        for (var length = whole.Length + 1; length < longer.Length; length += 7)
        {
            File.WriteAllBytes(LogPath, longer[..length]);
            Assert.Equal(blocks[..3].Select(block => block.Reference), Read(out var torn));
            Assert.Equal(length - whole.Length, torn);
            Assert.Equal(whole, File.ReadAllBytes(LogPath));
        }
    }

    [Fact]
    public void A_header_that_was_cut_short_is_written_anew()
    {
        Write([]);
        File.WriteAllBytes(LogPath, File.ReadAllBytes(LogPath)[..5]);
        Write([.. _network.Blocks(1)]);
        Assert.Equal(4, Read(out _).Count);
    }

    [Fact]
    public void Zeros_at_the_end_are_cut_off()
    {
        Write([.. _network.Blocks(1)]);
        using (var file = new FileStream(LogPath, FileMode.Append)) file.Write(new byte[4096]);
        Assert.Equal(4, Read(out var torn).Count);
        Assert.Equal(4096, torn);
    }

    [Fact]
    public void A_flipped_bit_in_the_middle_is_an_error_that_names_the_place()
    {
        Write([.. _network.Blocks(2, "t")]);
        var bytes = File.ReadAllBytes(LogPath);
        bytes[100] ^= 1;
        File.WriteAllBytes(LogPath, bytes);
        var error = Assert.Throws<StorageException>(() => Read(out _));
        Assert.Contains("damaged at byte 40", error.Message, StringComparison.Ordinal);
        Assert.Equal(bytes, File.ReadAllBytes(LogPath));
    }

    [Fact]
    public void The_log_of_another_network_is_refused()
    {
        Write([.. _network.Blocks(1)]);
        using var other = new TestNetwork(chainId: "other");
        var error = Assert.Throws<StorageException>(() => BlockLog.Open(_directory, other.Genesis.Hash, false, _ => { }));
        Assert.Contains("another network", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_validators_cannot_share_a_log()
    {
        using var first = BlockLog.Open(_directory, _network.Genesis.Hash, false, _ => { });
        var error = Assert.Throws<StorageException>(() => BlockLog.Open(_directory, _network.Genesis.Hash, false, _ => { }));
        Assert.Contains("Is another validator running", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Segments_are_read_in_order_and_deleted_once_garbage_collection_has_passed_them()
    {
        var blocks = _network.Blocks(20, new string('x', 1000)).ToList();
        Write(blocks, segmentBytes: 10_000);
        Assert.True(Directory.GetFiles(_directory, "blocks-*.log").Length > 5);
        Assert.Equal(blocks.Select(block => block.Reference), Read(out _));

        using (var log = BlockLog.Open(_directory, _network.Genesis.Hash, fsync: false, _ => { }, segmentBytes: 10_000)) log.CollectGarbage(10);
        var left = Read(out _);
        Assert.Equal(blocks.Select(block => block.Reference).TakeLast(left.Count), left);
        Assert.All(blocks.Where(block => block.Round > 10), block => Assert.Contains(block.Reference, left));
        Assert.InRange(left.Count, 40, 55);
    }

    [Fact]
    public void A_flushed_block_can_be_read_back_until_its_segment_is_deleted()
    {
        var blocks = _network.Blocks(20, new string('x', 1000)).ToList();
        Write(blocks[..40], segmentBytes: 10_000);
        using var log = BlockLog.Open(_directory, _network.Genesis.Hash, fsync: false, _ => { }, segmentBytes: 10_000);
        foreach (var block in blocks[40..]) log.Append(block);
        log.Flush();
        Assert.All(blocks, block => Assert.Equal(block.Encoded.ToArray(), log.Read(block.Reference)?.Encoded.ToArray()));
        Assert.Null(log.Read(blocks[0].Reference with { Author = 1 }));

        log.CollectGarbage(10);
        Assert.Null(log.Read(blocks[0].Reference));
        Assert.NotNull(log.Read(blocks[^1].Reference));
    }

    [Fact]
    public void A_segment_that_ends_early_before_another_one_is_an_error()
    {
        Write([.. _network.Blocks(20, new string('x', 1000))], segmentBytes: 10_000);
        using (var file = new FileStream(LogPath, FileMode.Open)) file.SetLength(file.Length - 1);
        Assert.Contains("damaged", Assert.Throws<StorageException>(() => Read(out _)).Message, StringComparison.Ordinal);
    }

    private void Write(List<Block> blocks, long segmentBytes = BlockLog.DefaultSegmentBytes)
    {
        using var log = BlockLog.Open(_directory, _network.Genesis.Hash, fsync: true, _ => { }, segmentBytes);
        foreach (var block in blocks) log.Append(block);
        log.Flush();
    }

    private List<BlockRef> Read(out long tornBytes)
    {
        var blocks = new List<BlockRef>();
        using var log = BlockLog.Open(_directory, _network.Genesis.Hash, fsync: false, block => blocks.Add(block.Reference));
        Assert.Equal(blocks.Count, log.Blocks);
        tornBytes = log.TornBytes;
        return blocks;
    }
}
