using Mysticeti.Consensus;
using Mysticeti.Validator.Links;

namespace Mysticeti.Validator.Tests.Links;

public class FrameTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100_000)]
    public async Task Frames_are_read_back_however_the_stream_is_cut(int chunk)
    {
        var random = new Random(chunk);
        var sent = Enumerable.Range(0, 50).Select(i =>
        {
            var payload = new byte[random.Next(0, 3) * random.Next(1, 90_000)];
            random.NextBytes(payload);
            return new Frame((FrameKind)(1 + (i % 6)), payload);
        }).ToList();
        var bytes = new byte[sent.Sum(frame => frame.Size)];
        var at = 0;
        foreach (var frame in sent)
        {
            frame.Write(bytes.AsSpan(at));
            at += frame.Size;
        }

        var reader = new FrameReader(new ChunkedStream(bytes, chunk), 200_000);
        foreach (var expected in sent)
        {
            var read = await reader.ReadAsync(CancellationToken.None);
            Assert.Equal(expected.Kind, read!.Value.Kind);
            Assert.Equal(expected.Payload.ToArray(), read.Value.Payload.ToArray());
        }

        Assert.Null(await reader.ReadAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_frame_that_announces_too_much_is_refused_before_anything_is_allocated()
    {
        byte[] header = [0, 0, 0, 0x80, 2];
        var reader = new FrameReader(new MemoryStream(header), 1_000_000);
        var error = await Assert.ThrowsAsync<ProtocolException>(async () => await reader.ReadAsync(CancellationToken.None));
        Assert.Contains("announces 2147483648 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_that_ends_inside_a_frame_is_an_error()
    {
        foreach (var part in (byte[][])[[1, 0], [10, 0, 0, 0, 2, 1, 2, 3]])
            await Assert.ThrowsAsync<EndOfStreamException>(async () => await new FrameReader(new MemoryStream(part), 100).ReadAsync(CancellationToken.None));
    }

    [Fact]
    public void References_and_numbers_survive_and_malformed_ones_are_refused()
    {
        var references = Enumerable.Range(0, 5).Select(i => new BlockRef(i, i, Digest.Of([(byte)i]))).ToArray();
        Assert.Equal(references, Frame.OfReferences(references).ReadReferences(5));
        Assert.Throws<ProtocolException>(() => Frame.OfReferences(references).ReadReferences(4));
        Assert.Throws<ProtocolException>(() => new Frame(FrameKind.Fetch, new byte[BlockCodec.ReferenceSize + 1]).ReadReferences(4));
        Assert.Throws<ProtocolException>(() => new Frame(FrameKind.Fetch, Array.Empty<byte>()).ReadReferences(4));
        Assert.Equal(-7, Frame.OfNumber(FrameKind.Ping, -7).ReadNumber());
        Assert.Throws<ProtocolException>(() => new Frame(FrameKind.Ping, new byte[7]).ReadNumber());
    }

    [Fact]
    public void Own_blocks_are_found_by_round_and_collected()
    {
        using var network = new TestNetwork();
        var blocks = network.Blocks(20).Where(block => block.Author == 0).ToList();
        var own = new OwnBlocks();
        foreach (var block in blocks.Where(block => block.Round % 2 == 0)) own.Add(block);
        Assert.Equal(2, own.FirstFrom(1)!.Round);
        Assert.Equal(8, own.FirstFrom(7)!.Round);
        own.CollectGarbage(9);
        Assert.Equal(10, own.FirstFrom(1)!.Round);
        own.CollectGarbage(17);
        Assert.Equal(18, own.FirstFrom(1)!.Round);
        Assert.Null(own.FirstFrom(21));
    }

    [Fact]
    public void An_own_block_without_its_bytes_is_loaded_and_passed_over_where_it_is_gone()
    {
        using var network = new TestNetwork();
        var blocks = network.Blocks(3).Where(block => block.Author == 0).ToList();
        var own = new OwnBlocks { Load = reference => reference == blocks[1].Reference ? blocks[1] : null };
        foreach (var block in blocks) own.Add(block);
        own.Strip(blocks[0].Reference);
        own.Strip(blocks[1].Reference);
        Assert.Same(blocks[1], own.FirstFrom(1));
        Assert.Same(blocks[2], own.FirstFrom(3));
    }

    private sealed class ChunkedStream(byte[] bytes, int chunk) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(chunk, buffer.Length)], cancellationToken);
    }
}
