using System.Text.Json;
using System.Text.Unicode;

namespace Mysticeti.Validator.Rpc;

internal enum JsonRpcCallKind
{
    Call,

    /// <summary>Without an id: gets no answer and, as in CometBFT, is not executed.</summary>
    Notification,

    /// <summary>Valid JSON that is no request.</summary>
    Invalid,
}

/// <summary>Where the parts of one request lie in the body. Empty ranges: absent.</summary>
/// <param name="Id">The id as written, a number or a string with its quotes.</param>
/// <param name="Method">The method's name without its quotes.</param>
/// <param name="Params">The whole object or array.</param>
internal readonly record struct JsonRpcCall(JsonRpcCallKind Kind, Range Id, Range Method, Range Params);

/// <summary>Finds the requests in a JSON-RPC body in one pass, without building anything for what they hold.</summary>
internal static class JsonRpcParser
{
    public const int MaxDepth = 32;

    private static readonly Range None = 0..0;

    /// <summary>Checks the whole body and lists its requests; nothing of a body with an error is executed.</summary>
    /// <param name="calls">Receives the requests, in order.</param>
    /// <returns>Null for a body that can be executed.</returns>
    public static RpcError? Parse(ReadOnlySpan<byte> body, int maxBatch, List<JsonRpcCall> calls, out bool batch)
    {
        batch = false;
        try
        {
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth });
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartArray)
            {
                batch = true;
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    if (calls.Count == maxBatch) return RpcError.InvalidRequest($"batch request exceeds maximum ({maxBatch}) allowed number of requests");
                    calls.Add(ReadCall(ref reader, body));
                }

                if (calls.Count == 0) return RpcError.InvalidRequest("the batch is empty");
            }
            else
            {
                calls.Add(ReadCall(ref reader, body));
            }

            // Anything after the end is an error, which this finds.
            reader.Read();
            return null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // The second kind: a name with half a surrogate pair in its escapes.
            return RpcError.Parse($"error unmarshaling request: {error.Message}");
        }
    }

    private static JsonRpcCall ReadCall(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return new JsonRpcCall(JsonRpcCallKind.Invalid, None, None, None);
        }

        Range id = None, method = None, parameters = None;
        var hasId = false;
        var valid = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var part = reader.ValueTextEquals("id"u8) ? 1 : reader.ValueTextEquals("method"u8) ? 2 : reader.ValueTextEquals("params"u8) ? 3 : 0;
            reader.Read();
            var token = reader.TokenType;
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            var range = start..(int)reader.BytesConsumed;
            switch (part)
            {
                case 1:
                    hasId = token != JsonTokenType.Null;
                    // Echoed as it is, so it must not break the answer's encoding.
                    var usable = token is JsonTokenType.String or JsonTokenType.Number && Utf8.IsValid(body[range]);
                    valid &= usable || !hasId;
                    id = usable ? range : None;
                    break;
                case 2:
                    valid &= token == JsonTokenType.String;
                    if (token == JsonTokenType.String) method = (start + 1)..((int)reader.BytesConsumed - 1);
                    break;
                case 3:
                    parameters = token == JsonTokenType.Null ? None : range;
                    break;
            }
        }

        var kind = !valid ? JsonRpcCallKind.Invalid : hasId ? JsonRpcCallKind.Call : JsonRpcCallKind.Notification;
        return new JsonRpcCall(kind, id, method, parameters);
    }
}
