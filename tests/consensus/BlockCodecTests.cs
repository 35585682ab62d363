using System.Collections.Immutable;

namespace Mysticeti.Consensus.Tests;

public sealed class BlockCodecTests : IDisposable
{
    private readonly SignedCommittee _signed = new(4);

    public void Dispose() => _signed.Dispose();

    [Fact]
    public void A_block_comes_back_as_it_was_encoded()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var created = RandomBlock(seed);
            var decoded = BlockCodec.TryDecode(created.Encoded, out var error);
            Assert.True(decoded is not null, $"seed {seed}: {error}");
            Assert.Equal(created.Reference, decoded.Reference);
            Assert.Equal(created.TimestampNs, decoded.TimestampNs);
            Assert.Equal(created.Ancestors, decoded.Ancestors);
            Assert.Equal(created.TransactionCount, decoded.TransactionCount);
            Assert.Equal(created.TransactionBytes, Enumerable.Range(0, decoded.TransactionCount).Sum(i => decoded.Transaction(i).Length));
            for (var i = 0; i < created.TransactionCount; i++) Assert.Equal(created.Transaction(i).ToArray(), decoded.Transaction(i).ToArray());
            Assert.Equal(Enumerable.Range(0, decoded.TransactionCount).Select(i => Digest.Of(decoded.Transaction(i).Span)), decoded.TransactionHashes.ToArray());
            Assert.True(created.Signature.SequenceEqual(decoded.Signature));
        }
    }

    [Fact]
    public void The_digest_covers_everything_but_the_signature()
    {
        var block = RandomBlock(7);
        Assert.Equal(Digest.Of(block.Encoded.Span[..^Ed25519.SignatureSize]), block.Digest);
        var resigned = block.Encoded.ToArray();
        resigned[^1] ^= 1;
        Assert.Equal(block.Reference, BlockCodec.TryDecode(resigned, out _)?.Reference);
    }

    [Fact]
    public void Truncated_at_any_length_it_is_no_block()
    {
        var encoded = RandomBlock(3).Encoded;
        for (var length = 0; length < encoded.Length; length++)
        {
            Assert.Null(BlockCodec.TryDecode(encoded[..length], out var error));
            Assert.False(string.IsNullOrEmpty(error));
        }

        Assert.Null(BlockCodec.TryDecode(new byte[encoded.Length + 1], out _));
        Assert.Null(BlockCodec.TryDecode((byte[])[.. encoded.ToArray(), 0], out _));
    }

    [Fact]
    public void A_flipped_bit_of_the_content_never_keeps_the_digest()
    {
        var block = RandomBlock(5);
        var bits = (block.Encoded.Length - Ed25519.SignatureSize) * 8;
        for (var bit = 0; bit < bits; bit++)
        {
            var flipped = block.Encoded.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            var decoded = BlockCodec.TryDecode(flipped, out var error);
            Assert.True(decoded is null ? error is not null : decoded.Digest != block.Digest, $"bit {bit}");
        }
    }

    [Fact]
    public void Whatever_decodes_encodes_to_the_same_bytes()
    {
        // One content, one sequence of bytes: mutate at random and encode again what still decodes.
        var again = 0;
        for (var seed = 0; seed < 2_000; seed++)
        {
            var random = new Random(seed);
            var bytes = RandomBlock(seed % 10).Encoded.ToArray();
            bytes[random.Next(bytes.Length - Ed25519.SignatureSize)] = (byte)random.Next(256);
            if (BlockCodec.TryDecode(bytes, out _) is not { } block) continue;
            again++;
            var encoded = BlockCodec.Create(block.Author, block.Round, block.TimestampNs, block.Ancestors, [.. Enumerable.Range(0, block.TransactionCount).Select(block.Transaction)], new NoSigner());
            Assert.True(encoded.Encoded.Span[..^Ed25519.SignatureSize].SequenceEqual(bytes.AsSpan()[..^Ed25519.SignatureSize]), $"seed {seed}");
            Assert.Equal(block.Reference, encoded.Reference);
        }

        Assert.True(again > 1_000);
    }

    [Fact]
    public void Announced_counts_are_held_against_the_bytes_that_are_there()
    {
        var encoded = _signed.Create(0, 1, [Block.GenesisReference(0)]).Encoded;
        var ancestors = encoded.ToArray();
        (ancestors[19], ancestors[20]) = (0xff, 0xff);
        Assert.Null(BlockCodec.TryDecode(ancestors, out var error));
        Assert.Equal("ancestors run past the end", error);
        var transactions = encoded.ToArray();
        transactions.AsSpan(21, 4).Fill(0xff);
        Assert.Null(BlockCodec.TryDecode(transactions, out error));
        Assert.Equal("transactions run past the end", error);
    }

    [Fact]
    public void No_block_within_the_limits_is_larger_than_announced()
    {
        var parameters = new ConsensusParameters { MaxBlockTransactions = 3, MaxBlockBytes = 30, MaxTransactionBytes = 10 };
        var ancestors = Enumerable.Range(0, 4).Select(Block.GenesisReference).ToImmutableArray();
        var block = _signed.Create(0, 1, ancestors, new byte[10], new byte[10], new byte[10]);
        Assert.Equal(BlockCodec.MaxEncodedSize(parameters, 4), block.Encoded.Length);
    }

    private Block RandomBlock(int seed)
    {
        var random = new Random(seed);
        var transactions = new byte[random.Next(1, 6)][];
        for (var i = 0; i < transactions.Length; i++) random.NextBytes(transactions[i] = new byte[random.Next(40)]);
        var ancestors = Enumerable.Range(0, random.Next(1, 5)).Select(_ => new BlockRef(random.NextInt64(), random.Next(65_536), Digest.Of([(byte)random.Next(256)])));
        return _signed.Create(random.Next(4), random.NextInt64(), [.. ancestors], transactions);
    }

    private sealed class NoSigner : IBlockSigner
    {
        public void Sign(Digest digest, Span<byte> signature) => signature[..Ed25519.SignatureSize].Clear();
    }
}
