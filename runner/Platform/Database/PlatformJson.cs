using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mysticeti.Platform.Database;

/// <summary>How the services write JSON: snake case, null where something is not known.</summary>
internal static class PlatformJson
{
    public static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static readonly JsonWriterOptions Writer = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Deeper documents are refused.</summary>
    public static readonly JsonDocumentOptions Reader = new() { MaxDepth = 32 };

    /// <summary>A stored JSON text as it goes into an answer; null stays null.</summary>
    public static JsonElement? Stored(string? json)
    {
        if (json is null) return null;
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
