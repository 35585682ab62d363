using System.Text.Json;

namespace Mysticeti.Topology;

/// <summary>
/// A JSON value that knows where it stands, so that whatever is wrong with it can be said in one line:
/// <c>FILE: nodes[2].rpcUrl is missing</c>.
/// </summary>
internal readonly struct JsonField
{
    /// <summary>The key by which Pulumi marks a wrapped value, and its value for secrets.</summary>
    private const string PulumiSignature = "4dabf18193072939515e22adb298388d";

    private readonly JsonElement _element;
    private readonly string _source;

    private JsonField(JsonElement element, string source, string path) => (_element, _source, Path) = (element, source, path);

    /// <summary>Names and indexes from the document's root; empty for the root.</summary>
    public string Path { get; }

    private JsonValueKind Kind => _element.ValueKind;

    /// <summary>Whether the field is absent or null.</summary>
    public bool IsNothing => Kind is JsonValueKind.Undefined or JsonValueKind.Null;

    /// <summary>Reads a whole document whose root is an object.</summary>
    public static JsonField ParseObject(ReadOnlySpan<byte> utf8, string source)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8);
            using var document = JsonDocument.ParseValue(ref reader);
            if (utf8[(int)reader.BytesConsumed..].Trim(" \t\r\n"u8).Length > 0)
                throw new TopologyException($"{source}: is not JSON: something follows the end of the document");
            return new JsonField(document.RootElement.Clone(), source, "").Object();
        }
        catch (JsonException error)
        {
            throw new TopologyException($"{source}: is not JSON: {FirstSentence(error)}", error);
        }
    }

    /// <summary>Checks that this is an object that names each field once.</summary>
    public JsonField Object()
    {
        if (Kind != JsonValueKind.Object) throw WrongKind("an object");
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in _element.EnumerateObject())
        {
            if (!names.Add(property.Name)) throw Child(property.Name, default).Wrong("stands there twice");
        }

        return names.Contains(PulumiSignature) ? throw Secret() : this;
    }

    /// <summary>The names of an object's fields, in the file's order.</summary>
    public IEnumerable<string> Names() => _element.EnumerateObject().Select(property => property.Name);

    /// <summary>A field that must be there and not null.</summary>
    public JsonField Required(string name)
    {
        var field = Optional(name);
        return field.IsNothing ? throw field.Wrong("is missing") : field;
    }

    /// <summary>A field that may be absent or null; ask <see cref="IsNothing"/>.</summary>
    public JsonField Optional(string name) => Child(name, _element.TryGetProperty(name, out var value) ? value : default);

    /// <summary>The elements of an array.</summary>
    public IReadOnlyList<JsonField> Items()
    {
        if (Kind != JsonValueKind.Array) throw WrongKind("an array");
        var (source, path) = (_source, Path);
        return [.. _element.EnumerateArray().Select((item, index) => new JsonField(item, source, $"{path}[{index}]"))];
    }

    /// <summary>A text that is not empty.</summary>
    public string Text()
    {
        if (Kind != JsonValueKind.String) throw WrongKind("a string");
        var text = _element.GetString()!;
        if (text == "[secret]") throw Secret();
        return text.Length > 0 ? text : throw Wrong("is empty");
    }

    /// <summary>A whole number from <paramref name="least"/> to <paramref name="most"/>.</summary>
    public long Integer(long least, long most)
    {
        if (Kind != JsonValueKind.Number) throw WrongKind("a number");
        return _element.TryGetInt64(out var value) && value >= least && value <= most
            ? value
            : throw Wrong($"is {_element.GetRawText()}; it must be a whole number from {least} to {most}");
    }

    /// <summary>A whole number from <paramref name="least"/> to <paramref name="most"/>.</summary>
    public int Int32(int least = int.MinValue, int most = int.MaxValue) => (int)Integer(least, most);

    /// <summary>A number that is not negative.</summary>
    public double Amount()
    {
        if (Kind != JsonValueKind.Number) throw WrongKind("a number");
        var value = _element.GetDouble();
        return value >= 0 && double.IsFinite(value) ? value : throw Wrong($"is {_element.GetRawText()}; it must not be negative");
    }

    /// <summary>true or false.</summary>
    public bool Flag() => Kind is JsonValueKind.True or JsonValueKind.False ? Kind == JsonValueKind.True : throw WrongKind("true or false");

    /// <summary>Exactly <paramref name="size"/> bytes as hexadecimal characters. The error never quotes them.</summary>
    public byte[] Hex(int size)
    {
        var text = Text();
        if (text.Length == 2 * size && text.All(char.IsAsciiHexDigit)) return Convert.FromHexString(text);
        throw Wrong($"is not {2 * size} hexadecimal characters");
    }

    /// <summary>An absolute http or https URL.</summary>
    public Uri Url()
    {
        var text = Text();
        return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Host.Length > 0
            ? url
            : throw Wrong($"is '{text}'; it must be an http:// or https:// URL");
    }

    /// <summary>An error that names the source and this field.</summary>
    public TopologyException Wrong(string what) => new(Path.Length == 0 ? $"{_source}: {what}" : $"{_source}: {Path} {what}");

    private JsonField Child(string name, JsonElement value) => new(value, _source, Path.Length == 0 ? name : $"{Path}.{name}");

    private TopologyException WrongKind(string wanted)
    {
        if (IsNothing) return Wrong(Path.Length == 0 ? $"is null; it must be {wanted}" : "is missing");
        if (Kind == JsonValueKind.String && _element.GetString() == "[secret]") return Secret();
        if (Kind == JsonValueKind.Object && _element.TryGetProperty(PulumiSignature, out _)) return Secret();
        var kind = Kind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "an array",
            JsonValueKind.String => "a string",
            JsonValueKind.Number => "a number",
            _ => "true or false",
        };
        return Wrong($"is {kind}; it must be {wanted}");
    }

    private TopologyException Secret() => Wrong(
        "is a Pulumi secret: no secret may flow into the network output; read it with 'pulumi stack output --json --show-secrets', or mend the stack");

    private static string FirstSentence(JsonException e)
    {
        var end = e.Message.IndexOf(" LineNumber", StringComparison.Ordinal);
        var what = (end < 0 ? e.Message : e.Message[..end]).ReplaceLineEndings(" ").TrimEnd('.');
        return $"{what} (line {e.LineNumber + 1})";
    }
}
