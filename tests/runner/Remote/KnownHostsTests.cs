using System.Security.Cryptography;
using System.Text;
using Mysticeti.Engine.Ssh;

namespace Mysticeti.Runner.Tests.Remote;

public sealed class KnownHostsTests : IDisposable
{
    private static readonly byte[] Key = [0, 0, 0, 11, .. "ssh-ed25519"u8, 0, 0, 0, 1, 7];
    private static readonly byte[] Other = [0, 0, 0, 11, .. "ssh-ed25519"u8, 0, 0, 0, 1, 8];
    private static readonly SshTarget Host = new("10.0.0.1", 22, "u", null);
    private static readonly SshTarget Port = new("10.0.0.1", 2222, "u", null);

    private readonly string _root = Directory.CreateTempSubdirectory("mysticeti-known-").FullName;

    private string File => Path.Combine(_root, "known_hosts");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_new_key_is_refused_or_taken_and_then_known()
    {
        Assert.Contains("--trust-new-hosts", Load().Check(Host, Key, trustNew: false), StringComparison.Ordinal);
        Assert.Null(Load().Check(Host, Key, trustNew: true));
        Assert.Null(Load().Check(Port, Key, trustNew: true));
        Assert.Equal(["ssh-ed25519"], Load().TypesOf(Host));
        Assert.Null(Load().Check(Host, Key, trustNew: false));
        Assert.StartsWith("[10.0.0.1]:2222 ssh-ed25519 ", System.IO.File.ReadAllLines(File)[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_has_changed_is_refused_even_where_new_ones_are_trusted()
    {
        Assert.Null(Load().Check(Host, Key, trustNew: true));
        Assert.Contains("another host key", Load().Check(Host, Other, trustNew: true), StringComparison.Ordinal);
    }

    [Fact]
    public void Hashed_names_are_found()
    {
        var salt = RandomNumberGenerator.GetBytes(20);
#pragma warning disable CA5350 // The format prescribes it.
        var hash = HMACSHA1.HashData(salt, Encoding.UTF8.GetBytes(Host.Host));
#pragma warning restore CA5350
        System.IO.File.WriteAllText(File, $"# hosts\n|1|{Convert.ToBase64String(salt)}|{Convert.ToBase64String(hash)} ssh-ed25519 {Convert.ToBase64String(Key)}\n");
        Assert.Null(Load().Check(Host, Key, trustNew: false));
        Assert.NotNull(Load().Check(Host, Other, trustNew: true));
    }

    [Fact]
    public void A_revoked_key_is_refused()
    {
        System.IO.File.WriteAllText(File, $"10.0.0.1 ssh-ed25519 {Convert.ToBase64String(Key)}\n@revoked 10.0.0.1 ssh-ed25519 {Convert.ToBase64String(Key)}\n");
        Assert.NotNull(Load().Check(Host, Key, trustNew: true));
    }

    private KnownHosts Load()
    {
        var config = Path.Combine(_root, "config");
        System.IO.File.WriteAllText(config, $"Host *\n  UserKnownHostsFile {File}\n");
        return KnownHosts.Load(config);
    }
}
