using Mysticeti.Consensus;
using Mysticeti.Validator.Storage;

namespace Mysticeti.Validator.Tests.Storage;

public sealed class BlockLogTests : IDisposable
{
    private readonly TestNetwork _network = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("mysticeti-test-").FullName;

    private string LogPath => Path.Combine(_directory, "blocks.log");

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
        Assert.Equal(blocks.Select(block => block.Reference), Read(out var recovery));
        Assert.Equal(new BlockLog.Recovery(blocks.Count, 0), recovery);
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
            Assert.Equal(blocks[..3].Select(block => block.Reference), Read(out var recovery));
            Assert.Equal(length - whole.Length, recovery.TornBytes);
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
        Assert.Equal(4, Read(out var recovery).Count);
        Assert.Equal(4096, recovery.TornBytes);
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
        var error = Assert.Throws<StorageException>(() => BlockLog.Open(LogPath, other.Genesis.Hash, false, _ => { }, out _));
        Assert.Contains("another network", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_validators_cannot_share_a_log()
    {
        using var first = BlockLog.Open(LogPath, _network.Genesis.Hash, false, _ => { }, out _);
        var error = Assert.Throws<StorageException>(() => BlockLog.Open(LogPath, _network.Genesis.Hash, false, _ => { }, out _));
        Assert.Contains("Is another validator running", error.Message, StringComparison.Ordinal);
    }

    private void Write(List<Block> blocks)
    {
        using var log = BlockLog.Open(LogPath, _network.Genesis.Hash, fsync: true, _ => { }, out _);
        foreach (var block in blocks) log.Append(block);
        log.Flush();
    }

    private List<BlockRef> Read(out BlockLog.Recovery recovery)
    {
        var blocks = new List<BlockRef>();
        using var log = BlockLog.Open(LogPath, _network.Genesis.Hash, fsync: false, block => blocks.Add(block.Reference), out recovery);
        return blocks;
    }
}
