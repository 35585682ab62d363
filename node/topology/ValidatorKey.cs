using System.Security.Cryptography;
using Mysticeti.Consensus;

namespace Mysticeti.Topology;

/// <summary>A validator's secret: its Ed25519 key pair, as in its key file.</summary>
public sealed class ValidatorKey
{
    private const int SchemaVersion = 1;

    private ValidatorKey(int authorityIndex, byte[] publicKey, byte[] privateKey) =>
        (AuthorityIndex, PublicKey, PrivateKey) = (authorityIndex, publicKey, privateKey);

    /// <summary>Whose key it is: index in the committee.</summary>
    public int AuthorityIndex { get; }

    /// <summary>32 bytes.</summary>
    public ReadOnlyMemory<byte> PublicKey { get; }

    /// <summary>The seed of RFC 8032, 32 secret bytes; <see cref="Ed25519.PrivateKey"/> takes it.</summary>
    public ReadOnlyMemory<byte> PrivateKey { get; }

    /// <summary>64 lower-case hexadecimal characters, as in the genesis file.</summary>
    public string PublicKeyHex => Convert.ToHexStringLower(PublicKey.Span);

    /// <summary>A new random key.</summary>
    public static ValidatorKey Generate(int authorityIndex) => FromSeed(authorityIndex, RandomNumberGenerator.GetBytes(Ed25519.KeySize));

    /// <summary>The key that follows from 32 secret bytes.</summary>
    /// <exception cref="ArgumentException">Not 32 bytes.</exception>
    public static ValidatorKey FromSeed(int authorityIndex, ReadOnlySpan<byte> seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(authorityIndex);
        using var key = new Ed25519.PrivateKey(seed);
        return new ValidatorKey(authorityIndex, key.PublicKey.ToArray(), seed.ToArray());
    }

    /// <summary>Reads a key file.</summary>
    /// <exception cref="TopologyException">It cannot be read, or something in it is wrong; the message never holds the key.</exception>
    public static ValidatorKey Load(string path) => Parse(TextFile.Read(path, "key file"), path);

    /// <summary>Reads a key file's bytes.</summary>
    /// <param name="source">What errors name as the file.</param>
    /// <exception cref="TopologyException">Something in it is wrong; the message never holds the key.</exception>
    public static ValidatorKey Parse(ReadOnlySpan<byte> bytes, string source = "key")
    {
        var root = JsonField.ParseObject(bytes, source);
        root.Required("schemaVersion").Int32(SchemaVersion, SchemaVersion);
        var publicKey = root.Required("publicKey");
        var key = FromSeed(root.Required("authorityIndex").Int32(0), root.Required("privateKey").Hex(Ed25519.KeySize));
        return key.PublicKey.Span.SequenceEqual(publicKey.Hex(Ed25519.KeySize)) ? key : throw publicKey.Wrong("does not belong to privateKey");
    }

    /// <summary>The file. It holds the private key.</summary>
    public byte[] ToBytes() => JsonFile.Write(json =>
    {
        json.WriteNumber("schemaVersion", SchemaVersion);
        json.WriteNumber("authorityIndex", AuthorityIndex);
        json.WriteString("publicKey", PublicKeyHex);
        json.WriteString("privateKey", Convert.ToHexStringLower(PrivateKey.Span));
    });

    /// <summary>
    /// Writes the file with mode 0600 (on Windows: the directory's access rules). It is made under another name with that mode and then
    /// renamed, so that nobody else can read it even for a moment, whatever stood there before.
    /// </summary>
    public void Write(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var unfinished = $"{path}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}";
        try
        {
            using (var file = new FileStream(unfinished, options)) file.Write(ToBytes());
            File.Move(unfinished, path, overwrite: true);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }

    /// <summary>Index and public key only.</summary>
    public override string ToString() => $"validator key {AuthorityIndex} ({PublicKeyHex})";
}
