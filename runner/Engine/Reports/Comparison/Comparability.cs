using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Plan;

namespace Mysticeti.Engine.Reports.Comparison;

/// <summary>Why two runs cannot be compared: what should be the same and is not, or a figure that says nothing.</summary>
public static class Comparability
{
    /// <summary>Settings that do not change what is measured. All others, those to come too, must be equal.</summary>
    private static readonly ImmutableHashSet<string> Indifferent =
        ["seed", "repeat", "loads", "search", "thresholds", "startup_wait", "drain_timeout", "output_directory", "console_output", "file_output"];

    /// <returns>One clause each; empty when the runs are comparable.</returns>
    public static ImmutableArray<string> Differences(SealedRun a, SealedRun b) =>
    [
        .. Settings(a, b),
        .. Machine("machine", a, b, e => e.Machine),
        .. Machine("processor", a, b, e => e.Cpu ?? "unknown"),
        .. Machine("number of processors", a, b, e => $"{e.Cores}"),
        .. LoadsOf(a).SetEquals(LoadsOf(b)) ? [] : new[] { $"the loads are {List(LoadsOf(a))} in A and {List(LoadsOf(b))} in B" },
        .. Failings("A", a),
        .. Failings("B", b),
    ];

    private static IEnumerable<string> Settings(SealedRun a, SealedRun b)
    {
        JsonObject left = Json(a.Summary.Environment.Settings), right = Json(b.Summary.Environment.Settings);
        return left.Where(pair => !Indifferent.Contains(pair.Key) && !JsonNode.DeepEquals(pair.Value, right[pair.Key]))
            .Select(pair => $"{pair.Key} is {Text(pair.Value)} in A and {Text(right[pair.Key])} in B");
    }

    private static IEnumerable<string> Machine(string what, SealedRun a, SealedRun b, Func<RunEnvironment, string> of) =>
        of(a.Summary.Environment) == of(b.Summary.Environment) ? [] : [$"the {what} is {of(a.Summary.Environment)} in A and {of(b.Summary.Environment)} in B"];

    private static IEnumerable<string> Failings(string name, SealedRun run)
    {
        if (run.Summary.Interrupted) yield return $"{name} was interrupted";

        foreach (var load in run.Loads.GroupBy(r => r.Parameters.Load))
        {
            if (!load.Any(r => r.IsUsable))
            {
                yield return $"{name} has no valid measurement of {load.Key} tx/s ({string.Join("; ", load.First().Verdict.Reasons.DefaultIfEmpty("it was cut off"))})";
            }

            if (load.Any(r => !r.Safety.Safe)) yield return $"{name} failed its safety audit at {load.Key} tx/s";
        }
    }

    private static SortedSet<int> LoadsOf(SealedRun run) => [.. run.Loads.Select(r => r.Parameters.Load)];

    private static string List(IEnumerable<int> loads) => string.Join(",", loads);

    private static JsonObject Json(BenchmarkSettings settings) => JsonSerializer.SerializeToNode(settings, ReportJson.Options)!.AsObject();

    private static string Text(JsonNode? value) => value?.ToJsonString() ?? "nothing";
}
