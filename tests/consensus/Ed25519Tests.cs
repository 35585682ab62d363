using System.Numerics;
using System.Security.Cryptography;

namespace Mysticeti.Consensus.Tests;

/// <summary>The test vectors of RFC 8032, section 7.1, and what is valid where libraries differ.</summary>
public sealed class Ed25519Tests
{
    private static readonly byte[] Seed = [.. Enumerable.Repeat((byte)7, Ed25519.KeySize)];
    private static readonly byte[] NonceSeed = [.. Enumerable.Repeat((byte)1, Ed25519.KeySize)];
    private static readonly byte[] Message = [1, 2, 3];

    /// <summary>The public key of <see cref="NonceSeed"/> plus the second point of <see cref="SmallOrder"/>.</summary>
    private static readonly byte[] NoncesPointAndOrderTwo = Convert.FromHexString("63771c228bf60e6a02ad24d2c345a28d3598f640e26bede40c8b77fe4bf090a3");

    /// <summary>The public key of <see cref="NonceSeed"/> plus the fifth point of <see cref="SmallOrder"/>.</summary>
    private static readonly byte[] NoncesPointAndOrderEight = Convert.FromHexString("3bcfb78c4ad06f9b8d7e8c50e37e33dd40042a7805f5df945fbf33620745bc68");

    /// <summary>L, the order of the base point.</summary>
    private static readonly BigInteger Order = (BigInteger.One << 252) + BigInteger.Parse("27742317777372353535851937790883648493", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The y coordinates from 0 to 18 with the field's prime added, with either sign of x; most of them are of points.</summary>
    private static IEnumerable<byte[]> NonCanonical =>
        from y in Enumerable.Range(0, 19)
        from sign in (byte[])[0x7f, 0xff]
        select (byte[])[(byte)(0xed + y), .. Enumerable.Repeat((byte)0xff, 30), sign];

    public static TheoryData<string, string, string, string> Vectors => new()
    {
        {
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        },
        {
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        },
        {
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        },
        {
            "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
            "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"
        },
    };

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Keys_and_signatures_are_those_of_the_rfc(string seed, string publicKey, string message, string signature)
    {
        using var privateKey = new Ed25519.PrivateKey(Convert.FromHexString(seed));
        Assert.Equal(publicKey, Convert.ToHexStringLower(privateKey.PublicKey.Span));

        var signed = new byte[Ed25519.SignatureSize];
        privateKey.Sign(Convert.FromHexString(message), signed);
        Assert.Equal(signature, Convert.ToHexStringLower(signed));

        var verifier = new Ed25519.PublicKey(Convert.FromHexString(publicKey));
        Assert.True(verifier.Verify(Convert.FromHexString(message), signed));
    }

    [Fact]
    public void Any_flipped_bit_of_a_signature_or_message_is_noticed()
    {
        using var key = new Ed25519.PrivateKey(new byte[Ed25519.KeySize]);
        var verifier = new Ed25519.PublicKey(key.PublicKey.Span);
        byte[] message = [1, 2, 3];
        var signature = new byte[Ed25519.SignatureSize];
        key.Sign(message, signature);
        for (var bit = 0; bit < signature.Length * 8; bit++)
        {
            var flipped = signature.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(verifier.Verify(message, flipped), $"bit {bit}");
        }

        Assert.False(verifier.Verify([1, 2, 2], signature));
        Assert.False(verifier.Verify(message, signature.AsSpan(0, 63)));
        Assert.False(verifier.Verify(message, []));
    }

    [Fact]
    public void Keys_of_another_length_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new Ed25519.PrivateKey(new byte[31]));
        Assert.Throws<ArgumentException>(() => new Ed25519.PublicKey(new byte[33]));
        Assert.Throws<ArgumentException>(() => new Ed25519.PublicKey([]));
    }

    /// <summary>The eight points whose order divides the cofactor, then the other encodings that decode to one of them.</summary>
    public static TheoryData<string> SmallOrder =>
    [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ];

    [Theory]
    [MemberData(nameof(SmallOrder))]
    public void A_public_key_of_small_order_is_refused(string point) => AssertRefused(Convert.FromHexString(point));

    [Fact]
    public void A_public_key_that_is_no_point_or_not_of_prime_order_is_refused()
    {
        AssertRefused([2, .. new byte[31]]);
        AssertRefused(NoncesPointAndOrderTwo);
        AssertRefused(NoncesPointAndOrderEight);
    }

    [Fact]
    public void A_public_key_in_a_non_canonical_encoding_is_refused() => Assert.All(NonCanonical, AssertRefused);

    [Fact]
    public void A_signature_made_by_hand_is_that_of_the_library_in_all_but_the_nonce()
    {
        using var nonce = new Ed25519.PrivateKey(NonceSeed);
        Assert.True(Verify(SignedByHand(nonce.PublicKey.Span, Scalar(NonceSeed))));
        Assert.False(Verify(SignedByHand(nonce.PublicKey.Span, Scalar(NonceSeed) + 1)));
    }

    /// <summary>With the first of these points the equation holds, with the others the one that is multiplied by 8.</summary>
    [Theory]
    [MemberData(nameof(SmallOrder))]
    public void A_signature_whose_R_is_of_small_order_is_refused(string point) => Assert.False(Verify(SignedByHand(Convert.FromHexString(point), 0)));

    [Fact]
    public void A_signature_whose_R_is_not_canonical_is_refused() => Assert.All(NonCanonical, point => Assert.False(Verify(SignedByHand(point, 0))));

    [Fact]
    public void A_signature_whose_S_is_not_below_the_order_is_refused()
    {
        using var key = new Ed25519.PrivateKey(Seed);
        var signature = new byte[Ed25519.SignatureSize];
        key.Sign(Message, signature);
        Assert.True(Verify(signature));
        var s = Number(signature.AsSpan(32));
        // All that have the same remainder and fit.
        for (var larger = s + Order; larger < BigInteger.One << 256; larger += Order) Assert.False(Verify([.. signature[..32], .. Bytes(larger)]));
        Assert.False(Verify([.. signature[..32], .. Bytes(Order)]));
    }

    /// <summary>The equation multiplied by 8 holds, the one that is not does not. A library that takes the other one makes another protocol.</summary>
    [Fact]
    public void A_signature_whose_R_has_a_part_of_small_order_is_refused()
    {
        Assert.False(Verify(SignedByHand(NoncesPointAndOrderTwo, Scalar(NonceSeed))));
        Assert.False(Verify(SignedByHand(NoncesPointAndOrderEight, Scalar(NonceSeed))));
    }

    [Fact]
    public void Checking_a_signature_allocates_nothing()
    {
        using var key = new Ed25519.PrivateKey(Seed);
        var verifier = new Ed25519.PublicKey(key.PublicKey.Span);
        var signature = new byte[Ed25519.SignatureSize];
        key.Sign(Message, signature);
        Assert.True(verifier.Verify(Message, signature));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10; i++) verifier.Verify(Message, signature);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static void AssertRefused(byte[] key)
    {
        Assert.False(Ed25519.PublicKey.IsValid(key));
        Assert.Throws<ArgumentException>(() => new Ed25519.PublicKey(key));
    }

    private static bool Verify(ReadOnlySpan<byte> signature)
    {
        using var key = new Ed25519.PrivateKey(Seed);
        return new Ed25519.PublicKey(key.PublicKey.Span).Verify(Message, signature);
    }

    /// <summary>The signature that follows from a nonce <paramref name="r"/> and its point, whatever that point is.</summary>
    private static byte[] SignedByHand(ReadOnlySpan<byte> point, BigInteger r)
    {
        using var key = new Ed25519.PrivateKey(Seed);
        var hash = Number(SHA512.HashData([.. point, .. key.PublicKey.Span, .. Message]));
        return [.. point, .. Bytes((r + (hash * Scalar(Seed))) % Order)];
    }

    private static BigInteger Scalar(byte[] seed)
    {
        var bytes = SHA512.HashData(seed)[..32];
        bytes[0] &= 0b1111_1000;
        bytes[31] = (byte)((bytes[31] & 0b0111_1111) | 0b0100_0000);
        return Number(bytes);
    }

    private static BigInteger Number(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true);

    private static byte[] Bytes(BigInteger number)
    {
        var bytes = new byte[32];
        number.TryWriteBytes(bytes, out _, isUnsigned: true);
        return bytes;
    }
}
