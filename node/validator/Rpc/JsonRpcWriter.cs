using System.Text.Encodings.Web;
using System.Text.Json;
using Mysticeti.Consensus;
using Mysticeti.Validator.Contract;

namespace Mysticeti.Validator.Rpc;

/// <summary>Writes JSON-RPC responses from pieces that are encoded already.</summary>
internal static class JsonRpcWriter
{
    public static JsonWriterOptions WriterOptions { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>The id of answers to URI calls.</summary>
    public static ReadOnlySpan<byte> UriId => "-1"u8;

    /// <summary>Writes everything before the result.</summary>
    public static void BeginResult(PooledBuffer output, ReadOnlySpan<byte> id)
    {
        output.Write("{\"jsonrpc\":\"2.0\",\"id\":"u8);
        output.Write(id.IsEmpty ? "null"u8 : id);
        output.Write(",\"result\":"u8);
    }

    public static void EndResult(PooledBuffer output) => output.Write((byte)'}');

    /// <param name="id">As the client wrote it; empty becomes null.</param>
    public static void WriteError(PooledBuffer output, ReadOnlySpan<byte> id, RpcError error)
    {
        output.Write("{\"jsonrpc\":\"2.0\",\"id\":"u8);
        output.Write(id.IsEmpty ? "null"u8 : id);
        output.Write(",\"error\":{\"code\":"u8);
        error.Code.TryFormat(output.GetSpan(), out var length, provider: System.Globalization.CultureInfo.InvariantCulture);
        output.Advance(length);
        output.Write(",\"message\":\""u8);
        output.Write(JsonEncodedText.Encode(error.Message, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes);
        if (error.Data is not null)
        {
            output.Write("\",\"data\":\""u8);
            output.Write(JsonEncodedText.Encode(error.Data, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes);
        }

        output.Write("\"}}"u8);
    }

    /// <summary>The whole answer to a broadcast_tx_async or _sync that the application refused: in CometBFT a result, no error.</summary>
    public static void WriteRefused(PooledBuffer output, ReadOnlySpan<byte> id, SubmitResult refused)
    {
        BeginResult(output, id);
        using (var json = new Utf8JsonWriter(output, WriterOptions)) TxMethods.WriteSubmitted(json, refused);
        EndResult(output);
    }

    /// <summary>The whole answer to an accepted broadcast_tx_async or _sync.</summary>
    public static void WriteAccepted(PooledBuffer output, ReadOnlySpan<byte> id, Digest hash)
    {
        BeginResult(output, id);
        output.Write("{\"code\":0,\"data\":\"\",\"log\":\"\",\"codespace\":\"\",\"hash\":\""u8);
        Span<byte> bytes = stackalloc byte[Digest.Size];
        hash.CopyTo(bytes);
        Convert.TryToHexString(bytes, output.GetSpan(Digest.Size * 2), out var length);
        output.Advance(length);
        output.Write("\"}}"u8);
    }
}
