using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Mysticeti.Engine.Ssh;

/// <summary>
/// The host keys of OpenSSH's known_hosts (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"): names in clear and hashed ones, no wildcards and no
/// certificates. For transports that do not check them by themselves.
/// </summary>
internal sealed class KnownHosts
{
    private readonly string _path;
    private readonly Lock _lock = new();

    private KnownHosts(string path) => _path = path;

    /// <param name="configFile">An OpenSSH configuration whose first UserKnownHostsFile is taken; null: ~/.ssh/known_hosts.</param>
    public static KnownHosts Load(string? configFile)
    {
        const string Keyword = "UserKnownHostsFile";
        var named = configFile is null ? null : File.ReadLines(configFile).Select(line => line.Trim().Split((char[])[' ', '\t', '='], StringSplitOptions.RemoveEmptyEntries))
            .FirstOrDefault(words => words.Length > 1 && words[0].Equals(Keyword, StringComparison.OrdinalIgnoreCase))?[1];
        return new KnownHosts(named ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".ssh", "known_hosts"));
    }

    /// <summary>The types of the keys that are known of a host, for example <c>ssh-ed25519</c>; a client asks for one of these.</summary>
    public IReadOnlySet<string> TypesOf(SshTarget target) => Entries(target).Where(words => words[0][0] != '@').Select(words => words[1]).ToHashSet(StringComparer.Ordinal);

    /// <summary>Null: the key is the known one, or is new and was taken. Else why it is refused.</summary>
    /// <param name="key">As RFC 4253, 6.6 encodes it: its type, then its numbers.</param>
    public string? Check(SshTarget target, ReadOnlySpan<byte> key, bool trustNew)
    {
        var text = Convert.ToBase64String(key);
        lock (_lock)
        {
            var known = Entries(target);
            var revoked = known.Any(words => words[0] == "@revoked" && words[^1] == text);
            if (!revoked && known.Any(words => words[0][0] != '@' && words[2] == text)) return null;
            if (known.Length > 0) return SshMessages.Explain(target, "REMOTE HOST IDENTIFICATION HAS CHANGED");
            if (!trustNew) return SshMessages.Explain(target, "Host key verification failed");
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(_path))!);
            var type = Encoding.ASCII.GetString(key.Slice(4, BinaryPrimitives.ReadInt32BigEndian(key)));
            File.AppendAllText(_path, $"{Name(target)} {type} {text}\n");
            return null;
        }
    }

    private static string Name(SshTarget target) => target.Port == 22 ? target.Host : string.Create(CultureInfo.InvariantCulture, $"[{target.Host}]:{target.Port}");

    private string[][] Entries(SshTarget target) => !File.Exists(_path)
        ? []
        : [.. File.ReadAllLines(_path).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length >= 3 && words[0][0] != '#' && words[words[0][0] == '@' ? 1 : 0].Split(',').Any(pattern => Names(pattern, Name(target))))];

    // "|1|salt|hash": HMAC-SHA1 of the name, as ssh-keygen -H writes it.
    private static bool Names(string pattern, string name)
    {
        if (!pattern.StartsWith("|1|", StringComparison.Ordinal)) return pattern.Equals(name, StringComparison.OrdinalIgnoreCase);
        var parts = pattern.Split('|');
        if (parts.Length != 4) return false;
#pragma warning disable CA5350 // The format of known_hosts prescribes it.
        return Convert.ToBase64String(HMACSHA1.HashData(Convert.FromBase64String(parts[2]), Encoding.UTF8.GetBytes(name))) == parts[3];
#pragma warning restore CA5350
    }
}
