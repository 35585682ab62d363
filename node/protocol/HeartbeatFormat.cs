using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Mysticeti.Protocol;

/// <summary>
/// What a validator's heartbeat is: JSON without white space, its members in this order and then <c>signature</c>, Ed25519 in base64 over the same
/// JSON without it. Signing and checking go through the same list, so that neither can forget a member.
/// </summary>
public static class HeartbeatFormat
{
    public const string Authority = "authority";
    public const string PublicKey = "public_key";
    public const string DeploymentId = "deployment_id";
    public const string BootId = "boot_id";
    public const string Counter = "counter";
    public const string CreatedAt = "created_at";
    public const string RpcUrl = "rpc_url";
    public const string Version = "version";
    public const string Round = "round";
    public const string CommitIndex = "commit_index";

    /// <summary>Not among the <see cref="Members"/>: it stands behind them.</summary>
    public const string Signature = "signature";

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The members that are signed, in order.</summary>
    public static ImmutableArray<string> Members { get; } =
        [Authority, PublicKey, DeploymentId, BootId, Counter, CreatedAt, RpcUrl, Version, Round, CommitIndex];

    /// <summary>The bytes that are signed, or with a signature the whole heartbeat.</summary>
    /// <param name="value">Writes the value of the member that it is given.</param>
    public static byte[] Write(Action<Utf8JsonWriter, string> value, ReadOnlySpan<byte> signature = default)
    {
        using var output = new MemoryStream();
        using (var json = new Utf8JsonWriter(output, Options))
        {
            json.WriteStartObject();
            foreach (var name in Members)
            {
                json.WritePropertyName(name);
                value(json, name);
            }

            if (!signature.IsEmpty) json.WriteBase64String(Signature, signature);
            json.WriteEndObject();
        }

        return output.ToArray();
    }
}
