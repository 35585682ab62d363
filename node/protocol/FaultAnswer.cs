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
        json.WriteStartArray("links"u8);
        foreach (var link in state.Links)
        {
            json.WriteStartObject();
            if (link.Peers is { } peers) WriteIndexes(json, "peers"u8, peers);
            json.WriteBoolean("blocked"u8, link.Blocked);
            json.WriteNumber("delay_ms"u8, link.DelayMs);
            json.WriteNumber("jitter_ms"u8, link.JitterMs);
            json.WriteNumber("loss"u8, link.Loss);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteBoolean("equivocate"u8, state.Equivocate);
        WriteIndexes(json, "withhold_from"u8, state.WithholdFrom);
        json.WriteNumber("clock_skew_ms"u8, state.ClockSkewMs);
        json.WriteBoolean("disk_full"u8, state.DiskFull);
        json.WriteBoolean("pause"u8, state.Pause);
        json.WriteEndObject();
    }

    private static void WriteIndexes(Utf8JsonWriter json, ReadOnlySpan<byte> name, List<int> indexes)
    {
        json.WriteStartArray(name);
        foreach (var index in indexes) json.WriteNumberValue(index);
        json.WriteEndArray();
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
