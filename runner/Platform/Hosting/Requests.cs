using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Mysticeti.Platform.Database;

namespace Mysticeti.Platform.Hosting;

/// <summary>Reads what requests carry; whatever is wrong becomes a <see cref="RequestException"/>.</summary>
internal static class Requests
{
    /// <summary>Longest text that is taken anywhere.</summary>
    public const int LongestText = 4096;

    /// <summary>Bytes of a body unless a route says otherwise.</summary>
    public const int LargestBody = 256 * 1024;

    /// <summary>Reads a JSON object of at most <paramref name="most"/> bytes that a database can store. No body is an empty object: what it lacks is said by name.</summary>
    public static async Task<JsonElement> ReadObjectAsync(this HttpContext context, int most = LargestBody)
    {
        var body = await ReadBytesAsync(context, most);
        if (body.IsEmpty) return ParseObject("{}"u8.ToArray());
        if (context.Request.ContentType is { } type && !type.Contains("json", StringComparison.OrdinalIgnoreCase))
            throw new RequestException(415, "Unsupported media type", "the body must be JSON: send Content-Type: application/json");
        return ParseObject(body);
    }

    /// <summary>Reads a body of at most <paramref name="most"/> bytes.</summary>
    public static async Task<ReadOnlyMemory<byte>> ReadBytesAsync(HttpContext context, int most)
    {
        if (context.Request.ContentLength > most) throw TooLarge(most);
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0)
        {
            if (body.Length + read > most) throw TooLarge(most);
            body.Write(buffer, 0, read);
        }

        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    public static JsonElement ParseObject(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes, PlatformJson.Reader);
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw RequestException.Bad("the body must be a JSON object");
            CheckStorable(document.RootElement);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            throw RequestException.Bad("the body is not JSON, or is nested deeper than 32 levels");
        }
    }

    /// <summary>A text member; null where it is missing.</summary>
    public static string? Text(this JsonElement parent, string name, int longest = LongestText)
    {
        if (!parent.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null) return null;
        if (value.ValueKind != JsonValueKind.String) throw RequestException.Bad($"\"{name}\" must be a string");
        var text = value.GetString()!;
        return text.Length <= longest ? text : throw RequestException.Bad($"\"{name}\" is longer than {longest} characters");
    }

    /// <summary>A whole-number member; null where it is missing.</summary>
    public static long? Whole(this JsonElement parent, string name, long least, long most)
    {
        if (!parent.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null) return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= least && number <= most
            ? number
            : throw RequestException.Bad($"\"{name}\" must be a whole number from {least} to {most}");
    }

    /// <summary>A parameter of the query; null where it is missing or empty.</summary>
    public static string? Query(this HttpContext context, string name, int longest = 256)
    {
        var text = context.Request.Query[name].ToString();
        if (text.Length == 0) return null;
        if (text.Length > longest) throw RequestException.Bad($"{name} is longer than {longest} characters");
        return IsStorable(text) ? text : throw RequestException.Bad($"{name} holds characters that no text may hold");
    }

    /// <summary>A whole number of the query.</summary>
    public static long? QueryNumber(this HttpContext context, string name, long least, long most)
    {
        if (context.Query(name) is not { } text) return null;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw RequestException.Bad($"{name} must be a whole number from {least} to {most}");
    }

    /// <summary>true or false of the query; false where it is missing.</summary>
    public static bool QueryFlag(this HttpContext context, string name) => context.Query(name) switch
    {
        null or "false" or "0" => false,
        "true" or "1" => true,
        _ => throw RequestException.Bad($"{name} must be true or false"),
    };

    /// <summary>Text of the route.</summary>
    public static string Route(this HttpContext context, string name, int longest = 256)
    {
        var text = context.Request.RouteValues[name] as string ?? "";
        return text.Length is > 0 && text.Length <= longest && IsStorable(text)
            ? text
            : throw RequestException.Bad($"{name} is empty, longer than {longest} characters, or holds characters that no text may hold");
    }

    // PostgreSQL stores neither NUL nor half surrogate pairs, and no number that overflows.
    private static void CheckStorable(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in value.EnumerateObject())
                {
                    if (!IsStorable(Unescaped(() => member.Name))) throw RequestException.Bad("a name holds characters that no text may hold");
                    CheckStorable(member.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray()) CheckStorable(item);
                break;
            case JsonValueKind.String:
                if (!IsStorable(Unescaped(() => value.GetString()!))) throw RequestException.Bad("a string holds characters that no text may hold");
                break;
            case JsonValueKind.Number:
                if (!value.TryGetDouble(out var number) || !double.IsFinite(number)) throw RequestException.Bad("a number is out of range");
                break;
        }
    }

    private static string Unescaped(Func<string> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException)
        {
            throw RequestException.Bad("a string is not valid Unicode");
        }
    }

    private static bool IsStorable(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0') return false;
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return false;
            i++;
        }

        return true;
    }

    private static RequestException TooLarge(int most) => new(413, "Too large", $"the body may have {most} bytes");
}
