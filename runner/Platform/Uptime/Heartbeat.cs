using System.Globalization;
using System.Text.Json;
using Mysticeti.Engine.Console;
using Mysticeti.Platform.Hosting;
using Mysticeti.Protocol;

namespace Mysticeti.Platform.Uptime;

/// <summary>What a validator says of itself every few seconds.</summary>
internal sealed record Heartbeat
{
    private const int LongestField = 256;

    public required int Authority { get; init; }

    /// <summary>Ed25519, lower-case hexadecimal.</summary>
    public required string PublicKey { get; init; }

    /// <summary>The key of the launch.</summary>
    public required string DeploymentId { get; init; }

    public required string BootId { get; init; }

    /// <summary>Ascends within a boot.</summary>
    public required long Counter { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required Uri RpcUrl { get; init; }

    public required string Version { get; init; }

    public required long Round { get; init; }

    public required long CommitIndex { get; init; }

    public required ReadOnlyMemory<byte> Signature { get; init; }

    /// <summary>What was signed: the members but the signature as they came, in the format's order, without white space.</summary>
    public required ReadOnlyMemory<byte> Signed { get; init; }

    /// <exception cref="RequestException">A member is missing or is not what it must be.</exception>
    public static Heartbeat Parse(JsonElement json)
    {
        foreach (var member in json.EnumerateObject())
        {
            if (!HeartbeatFormat.Members.Contains(member.Name) && member.Name != HeartbeatFormat.Signature) throw RequestException.Bad($"\"{Values.OneLine(member.Name)}\" is not a member of a heartbeat");
        }

        var key = Required(json, HeartbeatFormat.PublicKey).ToLowerInvariant();
        if (key.Length != 64 || !key.All(char.IsAsciiHexDigit)) throw RequestException.Bad("\"public_key\" must be 64 hexadecimal characters");
        return new Heartbeat
        {
            Authority = (int)Number(json, HeartbeatFormat.Authority, 9_999),
            PublicKey = key,
            DeploymentId = Required(json, HeartbeatFormat.DeploymentId),
            BootId = Required(json, HeartbeatFormat.BootId),
            Counter = Number(json, HeartbeatFormat.Counter),
            CreatedAt = Time(json),
            RpcUrl = Uri.TryCreate(Required(json, HeartbeatFormat.RpcUrl), UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? url : throw RequestException.Bad("\"rpc_url\" must be an http URL"),
            Version = Required(json, HeartbeatFormat.Version),
            Round = Number(json, HeartbeatFormat.Round),
            CommitIndex = Number(json, HeartbeatFormat.CommitIndex),
            Signature = Bytes(Required(json, HeartbeatFormat.Signature)),
            Signed = HeartbeatFormat.Write((output, member) => json.GetProperty(member).WriteTo(output)),
        };
    }

    private static string Required(JsonElement json, string name) =>
        json.Text(name, LongestField) is { Length: > 0 } text ? text : throw RequestException.Bad($"\"{name}\" is missing");

    private static long Number(JsonElement json, string name, long most = long.MaxValue) => json.Whole(name, 0, most) ?? throw RequestException.Bad($"\"{name}\" is missing");

    /// <summary>ISO 8601 text, or seconds or milliseconds since the Unix epoch.</summary>
    private static DateTimeOffset Time(JsonElement json)
    {
        if (!json.TryGetProperty(HeartbeatFormat.CreatedAt, out var value)) throw RequestException.Bad("\"created_at\" is missing");
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number is > 0 and < 4e12)
            return DateTimeOffset.UnixEpoch.AddSeconds(number > 1e11 ? number / 1000 : number);
        return value.ValueKind == JsonValueKind.String
            && DateTimeOffset.TryParse(value.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw RequestException.Bad("\"created_at\" must be a time: ISO 8601, or seconds since 1970");
    }

    private static byte[] Bytes(string base64)
    {
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out var length) ? bytes[..length] : throw RequestException.Bad("\"signature\" must be base64");
    }
}
