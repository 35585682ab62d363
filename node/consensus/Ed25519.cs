using System.Runtime.InteropServices;

namespace Mysticeti.Consensus;

/// <summary>
/// Ed25519 (RFC 8032) through the OpenSSL that .NET itself loads: the framework has no class of its own for it.
/// </summary>
public static partial class Ed25519
{
    /// <summary>Length of a signature in bytes.</summary>
    public const int SignatureSize = 64;

    /// <summary>Length of a public key, and of a private key's seed, in bytes.</summary>
    public const int KeySize = 32;

    private const int EvpPkeyEd25519 = 1087;
    private const string Crypto = "libcrypto";

    static Ed25519() => NativeLibrary.SetDllImportResolver(typeof(Ed25519).Assembly, Resolve);

    /// <summary>A private key for signing. Safe for use by several threads.</summary>
    public sealed class PrivateKey : IDisposable
    {
        private readonly Key _key;

        /// <param name="seed">32 secret bytes.</param>
        /// <exception cref="ArgumentException">The seed is not 32 bytes long.</exception>
        public PrivateKey(ReadOnlySpan<byte> seed)
        {
            RequireLength(seed, KeySize, "an Ed25519 private key");
            _key = Key.Checked(EVP_PKEY_new_raw_private_key(EvpPkeyEd25519, 0, seed, KeySize));
            var publicKey = new byte[KeySize];
            nuint length = KeySize;
            Check(EVP_PKEY_get_raw_public_key(_key, publicKey, ref length));
            PublicKey = publicKey;
        }

        /// <summary>32 bytes.</summary>
        public ReadOnlyMemory<byte> PublicKey { get; }

        /// <summary>Signs <paramref name="message"/> into the first 64 bytes of <paramref name="signature"/>.</summary>
        public void Sign(ReadOnlySpan<byte> message, Span<byte> signature)
        {
            var context = EVP_MD_CTX_new();
            try
            {
                nuint length = SignatureSize;
                Check(EVP_DigestSignInit(context, 0, 0, 0, _key));
                Check(EVP_DigestSign(context, signature[..SignatureSize], ref length, message, (nuint)message.Length));
            }
            finally
            {
                EVP_MD_CTX_free(context);
            }
        }

        public void Dispose() => _key.Dispose();
    }

    /// <summary>A public key for checking signatures. Safe for use by several threads.</summary>
    public sealed class PublicKey : IDisposable
    {
        private readonly Key _key;

        /// <exception cref="ArgumentException">The key is not 32 bytes long.</exception>
        public PublicKey(ReadOnlySpan<byte> key)
        {
            RequireLength(key, KeySize, "an Ed25519 public key");
            _key = Key.Checked(EVP_PKEY_new_raw_public_key(EvpPkeyEd25519, 0, key, KeySize));
        }

        /// <summary>Whether <paramref name="signature"/> over <paramref name="message"/> was made with this key.</summary>
        public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
        {
            if (signature.Length != SignatureSize) return false;
            var context = EVP_MD_CTX_new();
            try
            {
                Check(EVP_DigestVerifyInit(context, 0, 0, 0, _key));
                return EVP_DigestVerify(context, signature, SignatureSize, message, (nuint)message.Length) == 1;
            }
            finally
            {
                EVP_MD_CTX_free(context);
            }
        }

        public void Dispose() => _key.Dispose();
    }

    private sealed class Key() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;

        public static Key Checked(Key key) => key.IsInvalid ? throw new InvalidOperationException("OpenSSL refused an Ed25519 key") : key;

        protected override bool ReleaseHandle()
        {
            EVP_PKEY_free(handle);
            return true;
        }
    }

    private static void RequireLength(ReadOnlySpan<byte> bytes, int length, string what)
    {
        if (bytes.Length != length) throw new ArgumentException($"{what} has {length} bytes, not {bytes.Length}");
    }

    private static void Check(int result)
    {
        if (result != 1) throw new InvalidOperationException("an Ed25519 operation of OpenSSL failed");
    }

    private static nint Resolve(string name, System.Reflection.Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Crypto) return 0;
        foreach (var candidate in (string[])["libcrypto.so.3", "libcrypto.so.1.1", "libcrypto.3.dylib", "libcrypto-3-x64", "libcrypto-3"])
        {
            if (NativeLibrary.TryLoad(candidate, assembly, path, out var library)) return library;
        }

        throw new DllNotFoundException("OpenSSL 3 or 1.1.1 is needed for Ed25519 signatures: install it (Debian, Ubuntu: libssl3; macOS: brew install openssl@3)");
    }

    [LibraryImport(Crypto)]
    private static partial Key EVP_PKEY_new_raw_private_key(int type, nint engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Crypto)]
    private static partial Key EVP_PKEY_new_raw_public_key(int type, nint engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Crypto)]
    private static partial int EVP_PKEY_get_raw_public_key(Key key, Span<byte> publicKey, ref nuint length);

    [LibraryImport(Crypto)]
    private static partial void EVP_PKEY_free(nint key);

    [LibraryImport(Crypto)]
    private static partial nint EVP_MD_CTX_new();

    [LibraryImport(Crypto)]
    private static partial void EVP_MD_CTX_free(nint context);

    [LibraryImport(Crypto)]
    private static partial int EVP_DigestSignInit(nint context, nint keyContext, nint digest, nint engine, Key key);

    [LibraryImport(Crypto)]
    private static partial int EVP_DigestSign(nint context, Span<byte> signature, ref nuint signatureLength, ReadOnlySpan<byte> message, nuint messageLength);

    [LibraryImport(Crypto)]
    private static partial int EVP_DigestVerifyInit(nint context, nint keyContext, nint digest, nint engine, Key key);

    [LibraryImport(Crypto)]
    private static partial int EVP_DigestVerify(nint context, ReadOnlySpan<byte> signature, nuint signatureLength, ReadOnlySpan<byte> message, nuint messageLength);
}
