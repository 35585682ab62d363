using System.Runtime.InteropServices;
using NSec.Cryptography;

// Without it Windows looks in the working directory, too, where anybody may have put a library.
[assembly: DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]

namespace Mysticeti.Consensus;

/// <summary>
/// Ed25519 (RFC 8032) by libsodium, which comes with the NSec package: all hosts decide with the same code which signatures are valid.
/// <para>
/// A public key A is valid if it is the canonical encoding of a point of prime order L. A signature (R, S) over M is valid under it if S &lt; L, R is not
/// of small order (a divisor of the cofactor 8), and R is byte for byte the canonical encoding of SB - hA with h = SHA-512(R, A, M). The RFC allows that
/// equation and the one multiplied by 8; libraries that take the other one, as a later libsodium may, accept signatures which are invalid here.
/// </para>
/// </summary>
public static class Ed25519
{
    /// <summary>Length of a signature in bytes.</summary>
    public const int SignatureSize = 64;

    /// <summary>Length of a public key, and of a private key's seed, in bytes.</summary>
    public const int KeySize = 32;

    private static readonly SignatureAlgorithm Algorithm = SignatureAlgorithm.Ed25519;

    /// <summary>A private key for signing. Safe for use by several threads.</summary>
    public sealed class PrivateKey : IDisposable
    {
        private readonly Key _key;

        /// <param name="seed">32 secret bytes.</param>
        /// <exception cref="ArgumentException">The seed is not 32 bytes long.</exception>
        public PrivateKey(ReadOnlySpan<byte> seed)
        {
            if (seed.Length != KeySize) throw new ArgumentException($"an Ed25519 private key has {KeySize} bytes, not {seed.Length}", nameof(seed));
            _key = Key.Import(Algorithm, seed, KeyBlobFormat.RawPrivateKey);
            PublicKey = _key.PublicKey.Export(KeyBlobFormat.RawPublicKey);
        }

        /// <summary>32 bytes.</summary>
        public ReadOnlyMemory<byte> PublicKey { get; }

        /// <summary>Signs <paramref name="message"/> into the first 64 bytes of <paramref name="signature"/>.</summary>
        public void Sign(ReadOnlySpan<byte> message, Span<byte> signature) => Algorithm.Sign(_key, message, signature[..SignatureSize]);

        public void Dispose() => _key.Dispose();
    }

    /// <summary>A public key for checking signatures. Safe for use by several threads.</summary>
    public sealed class PublicKey
    {
        private readonly NSec.Cryptography.PublicKey _key;

        /// <exception cref="ArgumentException">The key is not <see cref="IsValid">valid</see>.</exception>
        public PublicKey(ReadOnlySpan<byte> key)
        {
            if (!IsValid(key)) throw new ArgumentException("not a valid Ed25519 public key", nameof(key));
            _key = NSec.Cryptography.PublicKey.Import(Algorithm, key, KeyBlobFormat.RawPublicKey);
        }

        /// <summary>Whether <paramref name="key"/> has 32 bytes and is the canonical encoding of a point of prime order.</summary>
        public static bool IsValid(ReadOnlySpan<byte> key) =>
            key.Length == KeySize && crypto_core_ed25519_is_valid_point(in MemoryMarshal.GetReference(key)) == 1;

        /// <summary>Whether <paramref name="signature"/> over <paramref name="message"/> was made with this key.</summary>
        public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => Algorithm.Verify(_key, message, signature);
    }

    // NSec imports any 32 bytes, and refuses every signature by a key that is none: too late to tell the reader of the key what is wrong.
    [DllImport("libsodium")]
    private static extern int crypto_core_ed25519_is_valid_point(in byte point);
}
