using System.Security.Cryptography;
using Mysticeti.Validator.Links;
using System.Security.Cryptography.X509Certificates;

namespace Mysticeti.Validator.Tests.Links;

public sealed class PeerIdentityTests : IDisposable
{
    private readonly TestNetwork _network = new();

    public void Dispose() => _network.Dispose();

    [Fact]
    public void A_certificate_names_the_authority_that_endorsed_it()
    {
        using var mine = new PeerIdentity(_network.Genesis, 0, _network.Keys[0]);
        using var theirs = new PeerIdentity(_network.Genesis, 2, _network.Keys[2]);
        Assert.Equal(2, mine.AuthorityOf(theirs.Certificate));
        Assert.Equal(0, theirs.AuthorityOf(mine.Certificate));
    }

    [Fact]
    public void A_certificate_for_another_network_is_a_strangers()
    {
        using var other = new TestNetwork(chainId: "other");
        using var mine = new PeerIdentity(_network.Genesis, 0, _network.Keys[0]);
        using var theirs = new PeerIdentity(other.Genesis, 2, _network.Keys[2]);
        Assert.Null(mine.AuthorityOf(theirs.Certificate));
    }

    [Fact]
    public void An_authority_cannot_claim_the_place_of_another()
    {
        using var mine = new PeerIdentity(_network.Genesis, 0, _network.Keys[0]);
        using var impostor = new PeerIdentity(_network.Genesis, 2, _network.Keys[1]);
        Assert.Null(mine.AuthorityOf(impostor.Certificate));
    }

    [Fact]
    public void An_endorsement_copied_to_another_certificate_is_worthless()
    {
        using var mine = new PeerIdentity(_network.Genesis, 0, _network.Keys[0]);
        using var theirs = new PeerIdentity(_network.Genesis, 2, _network.Keys[2]);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=thief", key, HashAlgorithmName.SHA256);
        var endorsement = Assert.Single(theirs.Certificate.Extensions);
        request.CertificateExtensions.Add(endorsement);
        using var stolen = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        Assert.Null(mine.AuthorityOf(stolen));
    }

    [Fact]
    public void A_certificate_without_an_endorsement_or_none_at_all_is_a_strangers()
    {
        using var mine = new PeerIdentity(_network.Genesis, 0, _network.Keys[0]);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var plain = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        Assert.Null(mine.AuthorityOf(plain));
        Assert.Null(mine.AuthorityOf(null));
    }
}
