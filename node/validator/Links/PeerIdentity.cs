using System.Buffers.Binary;
using System.Security.Cryptography;
using Mysticeti.Consensus;
using Mysticeti.Topology;
using System.Security.Cryptography.X509Certificates;

namespace Mysticeti.Validator.Links;

/// <summary>
/// Binds a TLS certificate to a committee key. TLS stacks do not all speak Ed25519, so each process makes an ephemeral
/// P-256 certificate, and the authority's Ed25519 key signs that certificate's public key together with the network it
/// is for. TLS proves possession of the P-256 key, the signature proves whose it is; both sides check both.
/// </summary>
internal sealed class PeerIdentity : IDisposable
{
    /// <summary>The certificate extension that carries authority index (u16, big-endian) and signature (64 bytes).</summary>
    private const string EndorsementOid = "2.25.155826117412849134019465871260364180723";

    private static ReadOnlySpan<byte> Domain => "mysticeti/link/1"u8;

    private readonly Genesis _genesis;
    private readonly Ed25519.PublicKey[] _keys;

    public PeerIdentity(Genesis genesis, int authorityIndex, Ed25519.PrivateKey key)
    {
        _genesis = genesis;
        _keys = [.. genesis.Authorities.Select(authority => new Ed25519.PublicKey(Convert.FromHexString(authority.PublicKey)))];
        Certificate = CreateCertificate(genesis, authorityIndex, key);
    }

    /// <summary>What this process shows to its peers.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>The authority that endorsed <paramref name="certificate"/> for this network; null for a stranger.</summary>
    public int? AuthorityOf(X509Certificate? certificate)
    {
        if (certificate is not X509Certificate2 shown) return null;
        var content = shown.Extensions.FirstOrDefault(extension => extension.Oid?.Value == EndorsementOid)?.RawData;
        if (content is not { Length: 2 + Ed25519.SignatureSize }) return null;
        var index = BinaryPrimitives.ReadUInt16BigEndian(content);
        if (index >= _keys.Length) return null;
        var message = Message(_genesis, index, shown.PublicKey.ExportSubjectPublicKeyInfo());
        return _keys[index].Verify(message, content.AsSpan(2)) ? index : null;
    }

    public void Dispose() => Certificate.Dispose();

    private static X509Certificate2 CreateCertificate(Genesis genesis, int authorityIndex, Ed25519.PrivateKey key)
    {
        using var ephemeral = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=mysticeti-validator", ephemeral, HashAlgorithmName.SHA256);
        var content = new byte[2 + Ed25519.SignatureSize];
        BinaryPrimitives.WriteUInt16BigEndian(content, (ushort)authorityIndex);
        key.Sign(Message(genesis, authorityIndex, request.PublicKey.ExportSubjectPublicKeyInfo()), content.AsSpan(2));
        request.CertificateExtensions.Add(new X509Extension(EndorsementOid, content, critical: false));
        // The validity dates are required by the format and checked by nobody: clocks of peers may differ.
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(130));
        // Some platforms' TLS can only use a key that came out of a container.
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }

    private static byte[] Message(Genesis genesis, int authorityIndex, byte[] publicKeyInfo)
    {
        var message = new byte[Domain.Length + Digest.Size + 2 + publicKeyInfo.Length];
        var at = message.AsSpan();
        Domain.CopyTo(at);
        genesis.Hash.CopyTo(at[Domain.Length..]);
        BinaryPrimitives.WriteUInt16BigEndian(at[(Domain.Length + Digest.Size)..], (ushort)authorityIndex);
        publicKeyInfo.CopyTo(at[(Domain.Length + Digest.Size + 2)..]);
        return message;
    }
}
