using BenchmarkDotNet.Attributes;
using Mysticeti.Consensus;

namespace Mysticeti.Micro;

/// <summary>A block's way from proposal to peers: encoding with its hash, decoding, all checks, and the signature alone.</summary>
public class BlockBenchmarks
{
    private readonly Ed25519.PrivateKey[] _keys = Samples.Keys(4);
    private readonly byte[] _signature = new byte[Ed25519.SignatureSize];
    private ReadOnlyMemory<byte>[] _transactions = [];
    private Ed25519BlockSigner _signer = null!;
    private Ed25519BlockVerifier _verifier = null!;
    private BlockChecker _checker = null!;
    private Block _block = null!;

    /// <summary>Transactions of 512 bytes in the block.</summary>
    [Params(0, 100, 1_000)]
    public int Transactions { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        var committee = Samples.Committee(_keys);
        _signer = new Ed25519BlockSigner(_keys[0]);
        _verifier = new Ed25519BlockVerifier(committee);
        _checker = new BlockChecker(committee, new ConsensusParameters(), _verifier);
        _block = Samples.FirstRound(_keys, Transactions)[0];
        _transactions = Samples.Transactions(Transactions);
        _signer.Sign(_block.Digest, _signature);
    }

    /// <summary>With the digest and the signature.</summary>
    [Benchmark]
    public Block Encode() => BlockCodec.Create(0, 1, 1, _block.Ancestors, _transactions, _signer);

    /// <summary>With the digest.</summary>
    [Benchmark]
    public Block? Decode() => BlockCodec.TryDecode(_block.Encoded, out _);

    /// <summary>Form, limits, ancestors and signature.</summary>
    [Benchmark]
    public string? Check() => _checker.Check(_block);

    [Benchmark]
    public void Sign() => _signer.Sign(_block.Digest, _signature);

    [Benchmark]
    public bool Verify() => _verifier.Verify(0, _block.Digest, _signature);
}
