using System.Text;
using Mysticeti.Consensus;

namespace Mysticeti.Topology.Tests;

public sealed class ValidatorKeyTests
{
    [Fact]
    public void What_is_written_is_read_again_and_signs()
    {
        using var directory = new ScratchDirectory();
        var written = ValidatorKey.Generate(3);
        written.Write(directory["key.json"]);
        var read = ValidatorKey.Load(directory["key.json"]);

        Assert.Equal(3, read.AuthorityIndex);
        Assert.Equal(written.PrivateKey.ToArray(), read.PrivateKey.ToArray());
        using var signer = new Ed25519.PrivateKey(read.PrivateKey.Span);
        var verifier = new Ed25519.PublicKey(read.PublicKey.Span);
        var signature = new byte[Ed25519.SignatureSize];
        signer.Sign("message"u8, signature);
        Assert.True(verifier.Verify("message"u8, signature));
    }

    [Fact]
    public void Generated_keys_differ() => Assert.NotEqual(ValidatorKey.Generate(0).PublicKeyHex, ValidatorKey.Generate(0).PublicKeyHex);

    [Fact]
    public void The_file_is_the_owners_alone_even_where_a_readable_one_stood()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes");
        }
        else
        {
            using var directory = new ScratchDirectory();
            File.WriteAllText(directory["key.json"], "");
            File.SetUnixFileMode(directory["key.json"], UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
            Samples.Key(0).Write(directory["key.json"]);

            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(directory["key.json"]));
            Assert.Equal([directory["key.json"]], Directory.GetFiles(directory.Path));
        }
    }

    [Fact]
    public void Its_text_never_shows_the_private_key()
    {
        var key = Samples.Key(1);
        var secret = Convert.ToHexString(key.PrivateKey.Span);
        Assert.DoesNotContain(secret, key.ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(secret, Samples.Plan(4).ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.Contains(key.PublicKeyHex, key.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("schemaVersion", "schemaVersion is missing")]
    [InlineData("authorityIndex", "authorityIndex is missing")]
    [InlineData("publicKey", "publicKey is missing")]
    [InlineData("privateKey", "privateKey is missing")]
    public void A_missing_field_is_named(string field, string expected) =>
        Assert.Equal($"k.json: {expected}", ErrorOf(Text(0).Replace($"\"{field}\"", "\"other\"", StringComparison.Ordinal)));

    [Fact]
    public void A_public_key_of_another_private_key_is_refused() => Assert.Equal(
        "k.json: publicKey does not belong to privateKey",
        ErrorOf(Text(0).Replace(Samples.Key(0).PublicKeyHex, Samples.Key(1).PublicKeyHex, StringComparison.Ordinal)));

    [Fact]
    public void An_error_about_the_private_key_does_not_show_it()
    {
        var secret = Convert.ToHexStringLower(Samples.Key(0).PrivateKey.Span);
        var message = ErrorOf(Text(0).Replace(secret, secret[2..], StringComparison.Ordinal));
        Assert.Equal("k.json: privateKey is not 64 hexadecimal characters", message);
    }

    private static string Text(int index) => Encoding.UTF8.GetString(Samples.Key(index).ToBytes());

    private static string ErrorOf(string text) => Samples.ErrorOf(() => ValidatorKey.Parse(Encoding.UTF8.GetBytes(text), "k.json"));
}
