namespace Mysticeti.Consensus;

/// <summary>Signs the digests of own blocks.</summary>
public interface IBlockSigner
{
    /// <summary>Writes <see cref="Ed25519.SignatureSize"/> bytes to the start of <paramref name="signature"/>.</summary>
    void Sign(Digest digest, Span<byte> signature);
}

/// <summary>Checks signatures over block digests.</summary>
public interface IBlockVerifier
{
    /// <summary>Whether <paramref name="author"/>, an index of the committee, signed <paramref name="digest"/>.</summary>
    bool Verify(int author, Digest digest, ReadOnlySpan<byte> signature);
}

/// <summary>Block signatures with the committee's Ed25519 keys, under a prefix that keeps them apart from the key's other uses.</summary>
public sealed class Ed25519BlockSigner(Ed25519.PrivateKey key) : IBlockSigner
{
    internal static ReadOnlySpan<byte> Domain => "mysticeti/block/1"u8;

    /// <inheritdoc/>
    public void Sign(Digest digest, Span<byte> signature)
    {
        Span<byte> message = stackalloc byte[Domain.Length + Digest.Size];
        Ed25519BlockVerifier.WriteMessage(message, digest);
        key.Sign(message, signature);
    }
}

/// <inheritdoc cref="Ed25519BlockSigner"/>
public sealed class Ed25519BlockVerifier : IBlockVerifier
{
    private readonly Ed25519.PublicKey[] _keys;

    public Ed25519BlockVerifier(Committee committee)
    {
        _keys = new Ed25519.PublicKey[committee.Size];
        for (var i = 0; i < _keys.Length; i++) _keys[i] = new Ed25519.PublicKey(committee[i].PublicKey.Span);
    }

    /// <inheritdoc/>
    public bool Verify(int author, Digest digest, ReadOnlySpan<byte> signature)
    {
        Span<byte> message = stackalloc byte[Ed25519BlockSigner.Domain.Length + Digest.Size];
        WriteMessage(message, digest);
        return _keys[author].Verify(message, signature);
    }

    internal static void WriteMessage(Span<byte> message, Digest digest)
    {
        Ed25519BlockSigner.Domain.CopyTo(message);
        digest.CopyTo(message[Ed25519BlockSigner.Domain.Length..]);
    }
}
