using System.Text.Json;
using Mysticeti.Validator.Application;
using Mysticeti.Validator.Contract;

namespace Mysticeti.Validator.Rpc;

/// <summary>Methods about the application's state: abci_info, abci_query.</summary>
internal sealed class ApplicationMethods(IValidatorNode node)
{
    private const int MaxPathLength = 256;

    public RpcError? Info(Utf8JsonWriter json)
    {
        var info = node.Application.Info;
        json.WriteStartObject();
        json.WriteStartObject("response"u8);
        json.WriteString("data"u8, FormattableString.Invariant($"{{\"size\":{info.Entries}}}"));
        json.WriteString("version"u8, NodeMethods.Version);
        json.WriteInt64("app_version"u8, 0);
        json.WriteInt64("last_block_height"u8, info.Height);
        json.WriteBase64String("last_block_app_hash"u8, info.Hash.ToArray());
        json.WriteEndObject();
        json.WriteEndObject();
        return null;
    }

    /// <summary>Looks up one key. What the application cannot answer is a result with a code, as in CometBFT, and no error.</summary>
    public RpcError? Query(RpcArguments arguments, Utf8JsonWriter json)
    {
        var path = arguments.Text("path") ?? "";
        var key = arguments.Hex("data") ?? [];
        var height = arguments.Integer("height") ?? 0;
        // Proofs are not to be had: the answer's proofOps says so.
        _ = arguments.Flag("prove");
        if (height < 0) return RpcError.Internal("height cannot be negative");
        if (path.Length > MaxPathLength) return RpcError.Internal("maximum path length exceeded");

        var result = node.Application.Query(path, key);
        if (result.Code == QueryCodes.Ok && height != 0 && height != result.Height)
        {
            result = new QueryResult(
                QueryCodes.HeightUnavailable, FormattableString.Invariant($"only the newest state is kept, that of height {result.Height}: ask for height 0"), null, result.Height);
        }

        json.WriteStartObject();
        json.WriteStartObject("response"u8);
        json.WriteNumber("code"u8, result.Code);
        json.WriteString("log"u8, result.Log);
        json.WriteString("info"u8, ""u8);
        json.WriteInt64("index"u8, 0);
        WriteBytes(json, "key"u8, key.Length == 0 ? null : (ReadOnlyMemory<byte>?)key);
        WriteBytes(json, "value"u8, result.Value);
        json.WriteNull("proofOps"u8);
        json.WriteInt64("height"u8, result.Height);
        json.WriteString("codespace"u8, result.Code == QueryCodes.Ok ? "" : "application");
        json.WriteEndObject();
        json.WriteEndObject();
        return null;
    }

    private static void WriteBytes(Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlyMemory<byte>? bytes)
    {
        if (bytes is { } present) json.WriteBase64String(name, present.Span);
        else json.WriteNull(name);
    }
}
