using System.Globalization;
using System.Text;
using System.Text.Json;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Load;

namespace Mysticeti.Engine.Plan;

/// <summary>The merged configuration, every default filled in, as text for people and as JSON.</summary>
public static class SettingsText
{
    /// <summary>The block that the console and the summary begin with, one setting a line.</summary>
    public static string Render(BenchmarkSettings settings)
    {
        var text = new StringBuilder();
        text.AppendLine("Configuration:");
        foreach (var (name, value) in Lines(settings))
        {
            text.AppendLine($"  {name}: {value}");
        }

        return text.ToString();
    }

    public static string RenderJson(BenchmarkSettings settings) => JsonSerializer.Serialize(settings, ReportJson.Options);

    /// <summary>"180s", "0.5s".</summary>
    public static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + "s";

    private static IEnumerable<(string Name, string Value)> Lines(BenchmarkSettings s)
    {
        yield return ("Network type", s.NetworkType);
        yield return ("Committee size", s.Committee.ToString(CultureInfo.InvariantCulture));
        yield return ("Duration", Seconds(s.Duration));
        yield return ("Transaction size", s.Sizes is { } sizes ? $"{sizes} bytes" : $"{s.TransactionSize} bytes");
        yield return ("Transaction type", s.TransactionType.ToString().ToLowerInvariant());
        yield return ("Loads", s.Search ? $"search for the saturation point from {s.Loads.Min()} tx/s" : string.Join(", ", s.Loads) + " tx/s");
        yield return ("Arrival", s.Arrival.ToString().ToLowerInvariant());
        if (s.Shape.Kind != ShapeKind.Constant) yield return ("Shape", s.Shape.Text);

        if (s.Targets != TargetChoice.RoundRobin) yield return ("Targets", s.Targets.ToString());

        yield return ("Submission", $"{s.Submission.Mode.ToString().ToLowerInvariant()}, {s.Submission.ConnectionsToEach} connections to each node{(s.Submission.Workers > 1 ? $" from each of {s.Submission.Workers} worker processes" : "")}");
        yield return ("Warm-up", Seconds(s.WarmUp));
        yield return ("Repeat", s.Repeat.ToString(CultureInfo.InvariantCulture));
        if (!s.Thresholds.IsEmpty) yield return ("Thresholds", string.Join(", ", s.Thresholds));

        yield return ("Seed", s.Seed.ToString(CultureInfo.InvariantCulture));
        yield return ("Startup wait", $"at most {Seconds(s.StartupWait)}");
        yield return ("Drain", $"at most {Seconds(s.DrainTimeout)}");
        if (s.Faults > 0)
        {
            yield return ("Faults", s.CrashRecovery ? $"{s.Faults}, recovering every {Seconds(s.CrashInterval)}" : $"{s.Faults}");
        }

        if (!s.Regions.IsEmpty) yield return ("Regions", string.Join(", ", s.Regions));

        if (s.Parameters is not null) yield return ("Parameters", s.Parameters);

        foreach (var fault in s.FaultTimeline) yield return ("Fault", fault.ToString());

        yield return ("Output directory", s.FileOutput ? s.OutputDirectory : "none");
    }
}
