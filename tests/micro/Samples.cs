using Mysticeti.Consensus;

namespace Mysticeti.Micro;

/// <summary>What the benchmarks work on: committees, transactions and blocks from fixed seeds.</summary>
internal static class Samples
{
    /// <summary>Bytes of a transaction, as in the published measurements.</summary>
    public const int TransactionSize = 512;

    public static Ed25519.PrivateKey[] Keys(int count) =>
        [.. Enumerable.Range(1, count).Select(seed => new Ed25519.PrivateKey([.. Enumerable.Repeat((byte)seed, Ed25519.KeySize)]))];

    public static Committee Committee(IEnumerable<Ed25519.PrivateKey> keys) => new(keys.Select(key => new Authority(1, key.PublicKey)));

    public static ReadOnlyMemory<byte>[] Transactions(int count, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            var bytes = new byte[TransactionSize];
            random.NextBytes(bytes);
            return new ReadOnlyMemory<byte>(bytes);
        })];
    }

    /// <summary>Round 1 of a committee: blocks with real signatures.</summary>
    public static Block[] FirstRound(Ed25519.PrivateKey[] keys, int transactions) =>
        [.. keys.Select((key, author) => BlockCodec.Create(
            author, 1, 1, [.. Order(author, keys.Length).Select(Block.GenesisReference)], Transactions(transactions, author + 1), new Ed25519BlockSigner(key)))];

    /// <summary>Rounds in which every authority builds on all blocks of the round before. No encodings, no signatures.</summary>
    public static Block[] FullRounds(int committee, int rounds)
    {
        var blocks = new List<Block>(committee * rounds);
        var previous = Enumerable.Range(0, committee).Select(Block.GenesisReference).ToArray();
        Span<byte> name = stackalloc byte[12];
        for (var round = 1; round <= rounds; round++)
        {
            var parents = previous;
            previous = new BlockRef[committee];
            for (var author = 0; author < committee; author++)
            {
                BitConverter.TryWriteBytes(name, (long)round);
                BitConverter.TryWriteBytes(name[8..], author);
                previous[author] = new BlockRef(round, author, Digest.Of(name));
                blocks.Add(new Block(previous[author], [.. Order(author, committee).Select(parent => parents[parent])]));
            }
        }

        return [.. blocks];
    }

    // The author's own block first, as a block's ancestors must be.
    private static IEnumerable<int> Order(int author, int committee) =>
        Enumerable.Range(0, committee).Where(other => other != author).Prepend(author);
}
