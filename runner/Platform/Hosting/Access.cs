using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Mysticeti.Engine.Console;

namespace Mysticeti.Platform.Hosting;

/// <summary>What a request may do.</summary>
internal enum Role
{
    /// <summary>Look.</summary>
    Read,

    /// <summary>Hand in data: heartbeats.</summary>
    Ingest,

    /// <summary>Change what the platform does; includes looking.</summary>
    Operate,
}

/// <summary>Metadata of a route: the role that it needs.</summary>
internal sealed record Needs(Role Role);

/// <summary>The bearer tokens of the roles. Tokens never show in logs or answers.</summary>
internal sealed class AccessTokens
{
    private readonly byte[] _read, _ingest, _operate;
    private readonly string _ingestToken;

    private AccessTokens(string read, string ingest, string operate) => (_read, _ingest, _operate, _ingestToken) = (Hash(read), Hash(ingest), Hash(operate), ingest);

    /// <param name="lines">Lines of <c>role=token</c>; each role once, each token at least 16 characters.</param>
    /// <param name="source">What errors name as the file.</param>
    /// <exception cref="UsageException">A role is missing, or a token is too short. The message never quotes one.</exception>
    public static AccessTokens Parse(IEnumerable<string> lines, string source)
    {
        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in lines.Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'))
        {
            var at = line.IndexOf('=', StringComparison.Ordinal);
            var role = at < 0 ? "" : line[..at].Trim();
            if (role is not ("read" or "ingest" or "operate"))
                throw new UsageException($"{source}: a line is not role=token; roles are read, ingest and operate");
            tokens[role] = line[(at + 1)..].Trim();
        }

        return new AccessTokens(Token("read"), Token("ingest"), Token("operate"));

        string Token(string role) => tokens.GetValueOrDefault(role) is { Length: >= 16 } token
            ? token
            : throw new UsageException($"{source}: the {role} token is missing or shorter than 16 characters");
    }

    /// <summary>Three random tokens as <see cref="Parse"/> reads them.</summary>
    public static string[] Generate() =>
        [.. new[] { "read", "ingest", "operate" }.Select(role => $"{role}={Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}")];

    /// <summary>Leaves the token of <see cref="Role.Ingest"/> in a file for validators that this program starts.</summary>
    public void WriteIngest(string path) => PrivateFile.Write(path, [_ingestToken]);

    /// <summary>The roles of the token that the request carries, as bearer, or as the password of HTTP Basic, which browsers can ask for; none: it is no token of ours.</summary>
    public IReadOnlyCollection<Role> RolesOf(HttpRequest request)
    {
        if (!AuthenticationHeaderValue.TryParse(request.Headers.Authorization.ToString(), out var header) || header.Parameter is not { Length: > 0 and < 1024 } given)
            return [];
        var token = header.Scheme.ToUpperInvariant() switch
        {
            "BEARER" => given,
            "BASIC" => PasswordOf(given),
            _ => null,
        };
        if (token is null) return [];
        var hash = Hash(token);
        var (read, ingest, operate) = (Same(hash, _read), Same(hash, _ingest), Same(hash, _operate));
        return operate ? [Role.Read, Role.Ingest, Role.Operate] : [.. read ? (Role[])[Role.Read] : [], .. ingest ? (Role[])[Role.Ingest] : []];
    }

    private static string? PasswordOf(string basic)
    {
        var bytes = new byte[basic.Length];
        if (!Convert.TryFromBase64String(basic, bytes, out var length)) return null;
        var text = Encoding.UTF8.GetString(bytes, 0, length);
        return text[(text.IndexOf(':', StringComparison.Ordinal) + 1)..];
    }

    // Hashes have one length, so that comparing tells nothing of the token.
    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    private static bool Same(byte[] a, byte[] b) => CryptographicOperations.FixedTimeEquals(a, b);
}
