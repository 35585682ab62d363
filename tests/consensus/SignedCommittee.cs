using System.Collections.Immutable;

namespace Mysticeti.Consensus.Tests;

/// <summary>A committee with keys from fixed seeds, and blocks that its members sign.</summary>
internal sealed class SignedCommittee : IDisposable
{
    private readonly Ed25519.PrivateKey[] _keys;
    private readonly Ed25519BlockVerifier _verifier;

    public SignedCommittee(int size)
    {
        _keys = [.. Enumerable.Range(1, size).Select(seed => new Ed25519.PrivateKey([.. Enumerable.Repeat((byte)seed, Ed25519.KeySize)]))];
        Committee = new Committee(_keys.Select(key => new Authority(1, key.PublicKey)));
        _verifier = new Ed25519BlockVerifier(Committee);
    }

    public Committee Committee { get; }

    public BlockChecker Checker(ConsensusParameters? parameters = null) => new(Committee, parameters ?? new ConsensusParameters(), _verifier);

    public Block Create(int author, long round, ImmutableArray<BlockRef> ancestors, params byte[][] transactions) =>
        CreateSignedBy(author % _keys.Length, author, round, ancestors, transactions);

    public Block CreateSignedBy(int signer, int author, long round, ImmutableArray<BlockRef> ancestors, params byte[][] transactions) =>
        BlockCodec.Create(author, round, 1_234_567_890_123_456_789, ancestors, [.. transactions.Select(bytes => new ReadOnlyMemory<byte>(bytes))], new Ed25519BlockSigner(_keys[signer]));

    public void Dispose()
    {
        foreach (var key in _keys) key.Dispose();
    }
}
