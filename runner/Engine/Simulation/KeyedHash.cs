using System.Buffers.Binary;
using Mysticeti.Consensus;

namespace Mysticeti.Engine.Simulation;

/// <summary>
/// Stands in for signatures inside a simulation, where nobody forges: a hash under a key that follows from the seed and
/// the author, many times faster than Ed25519. Reports name it (<c>signatures: keyed-hash</c>).
/// </summary>
internal sealed class KeyedHash(ulong seed) : IBlockVerifier
{
    public const string Name = "keyed-hash";

    /// <summary>The signer of one author.</summary>
    public IBlockSigner SignerOf(int author) => new Signer(this, author);

    public bool Verify(int author, Digest digest, ReadOnlySpan<byte> signature)
    {
        Span<byte> expected = stackalloc byte[Ed25519.SignatureSize];
        Write(author, digest, expected);
        return signature.SequenceEqual(expected);
    }

    private void Write(int author, Digest digest, Span<byte> signature)
    {
        Span<byte> message = stackalloc byte[Digest.Size + 16];
        BinaryPrimitives.WriteUInt64LittleEndian(message, seed);
        BinaryPrimitives.WriteInt64LittleEndian(message[8..], author);
        digest.CopyTo(message[16..]);
        var hash = Digest.Of(message);
        hash.CopyTo(signature);
        hash.CopyTo(signature[Digest.Size..]);
    }

    private sealed class Signer(KeyedHash keys, int author) : IBlockSigner
    {
        public void Sign(Digest digest, Span<byte> signature) => keys.Write(author, digest, signature);
    }
}
