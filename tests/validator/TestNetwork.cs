using Mysticeti.Consensus;
using Mysticeti.Topology;

namespace Mysticeti.Validator.Tests;

/// <summary>Genesis and keys of a small committee, for tests that need real signatures.</summary>
internal sealed class TestNetwork : IDisposable
{
    public TestNetwork(int size = 4, string chainId = "test")
    {
        Seeds = [.. Enumerable.Range(0, size).Select(i => Enumerable.Repeat((byte)(i + 1), 32).ToArray())];
        Keys = [.. Seeds.Select(seed => new Ed25519.PrivateKey(seed))];
        Genesis = Genesis.Create(chainId, DateTimeOffset.UnixEpoch.AddYears(50), "deployment", new ConsensusParameters(), Keys.Select((key, i) =>
            new GenesisAuthority(i, $"mysticeti-node{i}", "local", 1, Convert.ToHexStringLower(key.PublicKey.Span), $"127.0.0.1:{26700 + i}")));
        Committee = Genesis.ToCommittee();
    }

    public byte[][] Seeds { get; }

    public Ed25519.PrivateKey[] Keys { get; }

    public Genesis Genesis { get; }

    public Committee Committee { get; }

    /// <summary>A chain of blocks of round 1, 2, .. of each author, all valid.</summary>
    public IEnumerable<Block> Blocks(int rounds, params string[] transactions)
    {
        var previous = Enumerable.Range(0, Committee.Size).Select(Block.GenesisReference).ToArray();
        for (var round = 1; round <= rounds; round++)
        {
            var blocks = Enumerable.Range(0, Committee.Size).Select(author => BlockCodec.Create(
                author, round, round, [previous[author], .. previous.Where(reference => reference.Author != author)],
                [.. transactions.Select(text => (ReadOnlyMemory<byte>)System.Text.Encoding.UTF8.GetBytes($"{text} {round} {author}"))],
                new Ed25519BlockSigner(Keys[author]))).ToArray();
            previous = [.. blocks.Select(block => block.Reference)];
            foreach (var block in blocks) yield return block;
        }
    }

    public void Dispose()
    {
        foreach (var key in Keys) key.Dispose();
    }
}
