using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Mysticeti.Validator.Rpc;

/// <summary>The arguments of one call, read by name. Every member throws <see cref="InvalidParamsException"/> on a wrong type.</summary>
internal abstract class RpcArguments
{
    public static RpcArguments Empty { get; } = new UriArguments(new QueryCollection());

    /// <summary>Null where it is absent.</summary>
    public abstract long? Integer(string name);

    /// <summary>Null where it is absent; base64 in JSON, hexadecimal after 0x or a quoted text in a URI.</summary>
    public abstract byte[]? Bytes(string name);

    /// <summary>Null where it is absent; hexadecimal, after 0x or not, in JSON, and as <see cref="Bytes"/> in a URI.</summary>
    public abstract byte[]? Hex(string name);

    /// <summary>Null where it is absent.</summary>
    public abstract string? Text(string name);

    /// <summary>False where it is absent.</summary>
    public abstract bool Flag(string name);

    protected static byte[] ParseHex(string name, string text)
    {
        try
        {
            return Convert.FromHexString(text.AsSpan(text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? 2 : 0));
        }
        catch (FormatException)
        {
            throw new InvalidParamsException($"{name} is not hexadecimal");
        }
    }

    protected static long ParseInteger(string name, string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new InvalidParamsException($"{name} must be an integer of 64 bits");
}

/// <summary>Arguments from the <c>params</c> of a JSON-RPC request, by name or by position.</summary>
internal sealed class JsonArguments : RpcArguments
{
    private readonly JsonElement _params;
    private readonly string[] _names;

    /// <exception cref="InvalidParamsException">Neither an object nor an array with a value for each name.</exception>
    public JsonArguments(JsonElement parameters, string[] names)
    {
        _params = parameters;
        _names = names;
        if (parameters.ValueKind == JsonValueKind.Array && parameters.GetArrayLength() != names.Length)
            throw new InvalidParamsException($"expected {names.Length} parameters ([{string.Join(' ', names)}]), got {parameters.GetArrayLength()}");
        if (parameters.ValueKind is not (JsonValueKind.Array or JsonValueKind.Object))
            throw new InvalidParamsException("unknown type for JSON params. Expected map or array");
    }

    public override long? Integer(string name) => Find(name) is not { } value ? null : value.ValueKind switch
    {
        JsonValueKind.String => ParseInteger(name, StringOf(name, value)),
        JsonValueKind.Number => ParseInteger(name, value.GetRawText()),
        _ => throw new InvalidParamsException($"{name} must be an integer"),
    };

    public override byte[]? Bytes(string name)
    {
        if (Find(name) is not { } value) return null;
        var bytes = value.ValueKind == JsonValueKind.String ? Decoded(name, () => value.TryGetBytesFromBase64(out var decoded) ? decoded : null) : null;
        return bytes ?? throw new InvalidParamsException($"{name} must be a base64 string");
    }

    public override byte[]? Hex(string name) => Text(name) is { } text ? ParseHex(name, text) : null;

    public override string? Text(string name) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? StringOf(name, value)
        : throw new InvalidParamsException($"{name} must be a string");

    public override bool Flag(string name) => Find(name) is not { } value ? false : value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw new InvalidParamsException($"{name} must be true or false"),
    };

    private static string StringOf(string name, JsonElement value) => Decoded(name, value.GetString)!;

    // Half a surrogate pair in the escapes of a name or a text shows only when it is looked at.
    private static T Decoded<T>(string name, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException)
        {
            throw new InvalidParamsException($"{name} is not valid UTF-8");
        }
    }

    private JsonElement? Find(string name)
    {
        var value = _params.ValueKind == JsonValueKind.Array ? _params[Array.IndexOf(_names, name)]
            : Decoded(name, () => _params.TryGetProperty(name, out var found) ? found : default);
        return value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined ? null : value;
    }
}

/// <summary>Arguments from the query of a URI call, in CometBFT's notation.</summary>
internal sealed class UriArguments(IQueryCollection query) : RpcArguments
{
    public override long? Integer(string name) => Find(name) is not { } text ? null : ParseInteger(name, Unquoted(name, text));

    public override byte[]? Bytes(string name)
    {
        if (Find(name) is not { } text) return null;
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)) return ParseHex(name, text);
        if (text.StartsWith('"')) return Encoding.UTF8.GetBytes(Unquoted(name, text));
        throw new InvalidParamsException($"{name} must be 0x and hexadecimal digits, or a text in double quotes");
    }

    public override byte[]? Hex(string name) => Bytes(name);

    public override string? Text(string name)
    {
        if (Find(name) is not { } text) return null;
        return text.StartsWith('"') ? Unquoted(name, text) : throw new InvalidParamsException($"{name} must be a text in double quotes");
    }

    public override bool Flag(string name) => Find(name) switch
    {
        null or "false" => false,
        "true" => true,
        _ => throw new InvalidParamsException($"{name} must be true or false"),
    };

    private string? Find(string name) => query.TryGetValue(name, out var values) && values.Count > 0 && values[0] is { Length: > 0 } text ? text : null;

    private static string Unquoted(string name, string text)
    {
        if (!text.StartsWith('"')) return text;
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.GetString()!;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new InvalidParamsException($"{name} is no valid quoted text");
        }
    }
}
