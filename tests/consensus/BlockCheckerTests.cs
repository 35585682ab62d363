using System.Collections.Immutable;

namespace Mysticeti.Consensus.Tests;

/// <summary>One test for each rule of block validity.</summary>
public sealed class BlockCheckerTests : IDisposable
{
    private readonly SignedCommittee _signed = new(4);

    public void Dispose() => _signed.Dispose();

    [Fact]
    public void A_block_on_genesis_is_valid() => Assert.Null(_signed.Checker().Check(_signed.Create(2, 1, Genesis(2, 0, 1), [1])));

    [Fact]
    public void A_block_on_a_quorum_with_older_ancestors_is_valid() =>
        Assert.Null(_signed.Checker().Check(_signed.Create(0, 9, [R(5, 0), R(8, 1), R(8, 2), R(8, 3)])));

    [Fact]
    public void An_unknown_author_is_invalid() => AssertInvalid("author 4 is not in the committee of 4", _signed.Create(4, 1, Genesis(0, 1, 2)));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public void A_round_below_one_is_invalid(long round) => AssertInvalid($"round {round} is below 1", _signed.Create(0, round, Genesis(0, 1, 2)));

    [Fact]
    public void No_ancestors_are_invalid() => AssertInvalid("there are no ancestors", _signed.Create(0, 1, []));

    [Fact]
    public void More_ancestors_than_authorities_are_invalid() =>
        AssertInvalid("5 ancestors are more than", _signed.Create(0, 3, [R(2, 0), R(2, 1), R(2, 2), R(2, 3), R(1, 1)]));

    [Fact]
    public void An_ancestor_of_an_unknown_author_is_invalid() =>
        AssertInvalid("the author of ancestor", _signed.Create(0, 2, [R(1, 0), R(1, 1), R(1, 2), R(1, 4)]));

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(long.MaxValue)]
    public void An_ancestor_that_is_not_of_a_lower_round_is_invalid(long round) =>
        AssertInvalid("is not of a lower round than 3", _signed.Create(0, 3, [R(2, 0), R(2, 1), R(2, 2), R(round, 3)]));

    [Fact]
    public void An_ancestor_of_a_negative_round_is_invalid() =>
        AssertInvalid("negative round", _signed.Create(0, 3, [R(2, 0), R(2, 1), R(2, 2), R(-1, 3)]));

    [Fact]
    public void An_ancestor_named_twice_is_invalid() =>
        AssertInvalid("is not the only one of its author and round", _signed.Create(0, 3, [R(2, 0), R(2, 1), R(2, 2), R(2, 1)]));

    [Theory]
    [InlineData(2)]
    [InlineData(1)]
    public void Two_ancestors_of_one_author_and_round_are_invalid(long round) =>
        AssertInvalid("is not the only one of its author and round", _signed.Create(0, 3, [R(2, 0), R(round, 1), R(2, 2), R(round, 1, copy: 1)]));

    [Fact]
    public void An_own_block_that_is_not_first_is_invalid() =>
        AssertInvalid("the first ancestor is not the author's own", _signed.Create(0, 3, [R(2, 1), R(2, 0), R(2, 2)]));

    [Fact]
    public void An_own_block_newer_than_the_first_is_invalid() =>
        AssertInvalid("is not the author's previous block", _signed.Create(0, 3, [R(1, 0), R(2, 1), R(2, 0), R(2, 2)]));

    [Fact]
    public void Less_than_a_quorum_of_the_previous_round_is_invalid() =>
        AssertInvalid("ancestors of round 2 carry a stake of 2, less than the quorum of 3", _signed.Create(0, 3, [R(2, 0), R(2, 1), R(1, 2), R(1, 3)]));

    [Fact]
    public void Another_genesis_than_the_well_known_one_is_invalid() =>
        AssertInvalid("is not the genesis block", _signed.Create(0, 1, [Block.GenesisReference(0), Block.GenesisReference(1), R(0, 2, copy: 9)]));

    [Fact]
    public void Too_many_transactions_are_invalid() =>
        AssertInvalid("3 transactions are more than 2", _signed.Create(0, 1, Genesis(0, 1, 2), [1], [2], [3]), new() { MaxBlockTransactions = 2 });

    [Fact]
    public void Too_many_transaction_bytes_are_invalid() =>
        AssertInvalid("12 transaction bytes are more than 11", _signed.Create(0, 1, Genesis(0, 1, 2), new byte[6], new byte[6]), new() { MaxBlockBytes = 11 });

    [Fact]
    public void A_transaction_that_is_too_large_is_invalid() =>
        AssertInvalid("transaction 1 has 6 bytes, more than 5", _signed.Create(0, 1, Genesis(0, 1, 2), new byte[5], new byte[6]), new() { MaxTransactionBytes = 5 });

    [Fact]
    public void An_empty_transaction_is_invalid() => AssertInvalid("transaction 0 is empty", _signed.Create(0, 1, Genesis(0, 1, 2), [], [1]));

    [Fact]
    public void Limits_are_reached_without_being_exceeded() =>
        Assert.Null(_signed.Checker(new() { MaxBlockTransactions = 2, MaxBlockBytes = 10, MaxTransactionBytes = 5 }).Check(_signed.Create(0, 1, Genesis(0, 1, 2), new byte[5], new byte[5])));

    [Fact]
    public void The_signature_of_another_authority_is_wrong() =>
        AssertInvalid("signature is wrong", _signed.CreateSignedBy(1, 0, 1, Genesis(0, 1, 2)));

    [Fact]
    public void A_block_without_an_encoding_has_no_right_signature() =>
        AssertInvalid("signature is wrong", new Block(R(1, 0), Genesis(0, 1, 2)));

    [Fact]
    public void No_block_that_decodes_makes_the_check_throw()
    {
        var checker = _signed.Checker();
        var valid = _signed.Create(1, 9, [R(8, 1), R(8, 0), R(8, 2), R(3, 3)], [1, 2, 3]).Encoded;
        var checkedBlocks = 0;
        for (var seed = 0; seed < 5_000; seed++)
        {
            var random = new Random(seed);
            var bytes = valid.ToArray();
            for (var i = random.Next(1, 6); i > 0; i--) bytes[random.Next(1, bytes.Length)] = (byte)random.Next(256);
            if (BlockCodec.TryDecode(bytes, out _) is not { } block) continue;
            var reason = checker.Check(block);
            Assert.True(reason is not null || bytes.AsSpan().SequenceEqual(valid.Span), $"seed {seed} passed");
            checkedBlocks++;
        }

        Assert.True(checkedBlocks > 1_000);
    }

    private void AssertInvalid(string reason, Block block, ConsensusParameters? parameters = null)
    {
        var actual = _signed.Checker(parameters).Check(block);
        Assert.NotNull(actual);
        Assert.Contains(reason, actual, StringComparison.Ordinal);
    }

    private static ImmutableArray<BlockRef> Genesis(params int[] authors) => [.. authors.Select(Block.GenesisReference)];

    private static BlockRef R(long round, int author, byte copy = 0) => new(round, author, Digest.Of([(byte)round, (byte)author, copy]));
}
