using System.Globalization;
using System.Text.Json;
using Mysticeti.Consensus;
using Mysticeti.Protocol;

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
    /// <summary>The message as <see cref="HeartbeatFormat"/> has it, signed.</summary>
    public byte[] Sign(Ed25519.PrivateKey key)
    {
        var signature = new byte[Ed25519.SignatureSize];
        key.Sign(HeartbeatFormat.Write(WriteValue), signature);
        return HeartbeatFormat.Write(WriteValue, signature);
    }

    private void WriteValue(Utf8JsonWriter json, string member)
    {
        switch (member)
        {
            case HeartbeatFormat.Authority: json.WriteNumberValue(Authority); break;
            case HeartbeatFormat.PublicKey: json.WriteStringValue(PublicKey); break;
            case HeartbeatFormat.DeploymentId: json.WriteStringValue(DeploymentId); break;
            case HeartbeatFormat.BootId: json.WriteStringValue(BootId); break;
            case HeartbeatFormat.Counter: json.WriteNumberValue(Counter); break;
            case HeartbeatFormat.CreatedAt: json.WriteStringValue(CreatedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)); break;
            case HeartbeatFormat.RpcUrl: json.WriteStringValue(RpcUrl); break;
            case HeartbeatFormat.Version: json.WriteStringValue(Version); break;
            case HeartbeatFormat.Round: json.WriteNumberValue(Round); break;
            case HeartbeatFormat.CommitIndex: json.WriteNumberValue(CommitIndex); break;
            default: throw new InvalidOperationException($"a heartbeat has a new member: {member}");
        }
    }
}
