using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Mysticeti.Protocol.Trace;
using Mysticeti.Engine.Measurement;

namespace Mysticeti.Engine.Simulation;

/// <summary>Saves what simulated validators traced, in the form of <c>GET /v1/trace</c>; its times are virtual.</summary>
internal static class SimulationTraces
{
    /// <summary>The name of a validator's files.</summary>
    public static string NameOf(int validator) => string.Create(CultureInfo.InvariantCulture, $"validator{validator}");

    /// <summary>Writes <c>traces/NUMBER_LOADtxs/NAME.json</c> for each validator.</summary>
    public static void Save(string directory, LoadResult result, ulong seed, ImmutableArray<TraceLog> traces)
    {
        if (traces.IsEmpty) return;
        var place = Directory.CreateDirectory(Path.Combine(directory, "traces", string.Create(CultureInfo.InvariantCulture, $"{result.Number}_{result.Load}txs")));
        var entries = new List<TraceEntry>();
        for (var validator = 0; validator < traces.Length; validator++)
        {
            var window = traces[validator].Read(0, int.MaxValue, entries);
            using var file = File.Create(Path.Combine(place.FullName, $"{NameOf(validator)}.json"));
            using var json = new Utf8JsonWriter(file);
            var source = new TraceSource(NameOf(validator), validator, "simulated", string.Create(CultureInfo.InvariantCulture, $"seed-{seed}"));
            TraceJson.WritePage(json, source, window, entries.Select((entry, i) => (window.First + i, entry)));
        }
    }
}
