using System.Globalization;
using System.Text.Json;

namespace Mysticeti.Engine.Load;

/// <summary>Reads the whole numbers of CometBFT's JSON, which has those of 64 bits as strings.</summary>
internal static class RpcNumber
{
    /// <exception cref="FormatException">It is no whole number.</exception>
    /// <exception cref="InvalidOperationException">It is neither a number nor a string.</exception>
    public static long Read(JsonElement element) =>
        element.ValueKind == JsonValueKind.Number ? element.GetInt64() : long.Parse(element.GetString() ?? "", CultureInfo.InvariantCulture);
}
