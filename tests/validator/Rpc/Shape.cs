using System.Text.Json;

namespace Mysticeti.Validator.Tests.Rpc;

/// <summary>Compares names, their order and the kinds of values. A list's first element is the pattern for all.</summary>
internal static class Shape
{
    public static void Matches(string expected, JsonElement actual)
    {
        using var pattern = JsonDocument.Parse(expected);
        Matches(pattern.RootElement, actual, "$");
    }

    private static void Matches(JsonElement expected, JsonElement actual, string path)
    {
        Assert.True(Kind(expected) == Kind(actual), $"{path}: {Kind(expected)} expected, {Kind(actual)} found");
        switch (expected.ValueKind)
        {
            case JsonValueKind.Object:
                Assert.Equal(Names(expected, path), Names(actual, path));
                foreach (var property in expected.EnumerateObject()) Matches(property.Value, actual.GetProperty(property.Name), $"{path}.{property.Name}");
                break;
            case JsonValueKind.Array when expected.GetArrayLength() > 0:
                foreach (var element in actual.EnumerateArray()) Matches(expected[0], element, $"{path}[]");
                break;
        }
    }

    private static string Names(JsonElement element, string path) => $"{path}: {string.Join(' ', element.EnumerateObject().Select(property => property.Name))}";

    private static string Kind(JsonElement element) => element.ValueKind is JsonValueKind.True or JsonValueKind.False ? "Boolean" : element.ValueKind.ToString();
}
