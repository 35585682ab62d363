using System.Text.Json;

namespace Mysticeti.Protocol;

/// <summary>The answer of <c>/v1/faults</c>: what is in force, and for how long still.</summary>
public static class FaultAnswer
{
    /// <summary>Writes the answer.</summary>
    public static void Write(Utf8JsonWriter json, FaultState state, TimeSpan remaining)
    {
        json.WriteStartObject();
        json.WriteBoolean("enabled"u8, true);
        json.WriteNumber("remaining_ms"u8, (long)Math.Ceiling(remaining.TotalMilliseconds));
        foreach (var member in (state with { ExpiresAfterMs = null }).ToElement().EnumerateObject()) member.WriteTo(json);
        json.WriteEndObject();
    }

    /// <summary>How much longer faults are in force; zero where there are none.</summary>
    /// <exception cref="JsonException">It is no such answer.</exception>
    public static TimeSpan RemainingOf(ReadOnlyMemory<byte> answer)
    {
        using var state = JsonDocument.Parse(answer);
        return state.RootElement.ValueKind == JsonValueKind.Object && state.RootElement.TryGetProperty("remaining_ms", out var left) && left.ValueKind == JsonValueKind.Number && left.TryGetDouble(out var ms)
            ? TimeSpan.FromMilliseconds(Math.Clamp(ms, 0, int.MaxValue))
            : throw new JsonException("remaining_ms is missing");
    }
}
