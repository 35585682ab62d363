using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Mysticeti.Consensus;

namespace Mysticeti.Validator.Heartbeat;

/// <summary>What a validator says of itself every few seconds.</summary>
/// <param name="Authority">Index in the committee.</param>
/// <param name="PublicKey">64 lower-case hexadecimal characters.</param>
/// <param name="DeploymentId">The deployment key of the genesis file.</param>
/// <param name="BootId">Another one for each start of the process.</param>
/// <param name="Counter">Higher than in all messages before, those before a restart included.</param>
/// <param name="RpcUrl">Where the validator's RPC is reached.</param>
/// <param name="Round">The threshold clock's round.</param>
/// <param name="CommitIndex">The newest commit.</param>
internal sealed record HeartbeatMessage(
    int Authority, string PublicKey, string DeploymentId, string BootId, long Counter, DateTimeOffset CreatedAt, string RpcUrl, string Version,
    long Round, long CommitIndex)
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// JSON without white space, the members in the order of this record, <c>signature</c> the last: Ed25519, in base64, over the
    /// same JSON without it.
    /// </summary>
    public byte[] Sign(Ed25519.PrivateKey key)
    {
        var signature = new byte[Ed25519.SignatureSize];
        key.Sign(Write(null), signature);
        return Write(signature);
    }

    private byte[] Write(byte[]? signature)
    {
        using var output = new MemoryStream();
        using (var json = new Utf8JsonWriter(output, Options))
        {
            json.WriteStartObject();
            json.WriteNumber("authority"u8, Authority);
            json.WriteString("public_key"u8, PublicKey);
            json.WriteString("deployment_id"u8, DeploymentId);
            json.WriteString("boot_id"u8, BootId);
            json.WriteNumber("counter"u8, Counter);
            json.WriteString("created_at"u8, CreatedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            json.WriteString("rpc_url"u8, RpcUrl);
            json.WriteString("version"u8, Version);
            json.WriteNumber("round"u8, Round);
            json.WriteNumber("commit_index"u8, CommitIndex);
            if (signature is not null) json.WriteBase64String("signature"u8, signature);
            json.WriteEndObject();
        }

        return output.ToArray();
    }
}
