using System.Collections.Immutable;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Measurement;
using Spectre.Console;

namespace Mysticeti.Engine.Reports.Comparison;

/// <summary>Comparisons as people read them.</summary>
public static class ComparisonText
{
    /// <summary>Two runs of one kind: each figure with its change and what the change means.</summary>
    public static IEnumerable<Passage> Changes(RunComparison comparison)
    {
        var table = new TextTable(">Load tx/s", "Figure", ">A", ">B", ">Change", ">95% interval", $"Means (tolerance {Percent(comparison.Tolerance)})");
        foreach (var c in comparison.Changes)
        {
            table.Add(
                $"{c.Load}", c.Figure, Number(c.A), Number(c.B), Percent(c.Change.Value), $"[{Percent(c.Change.Low)}, {Percent(c.Change.High)}]", Meaning(c.Kind));
        }

        yield return new Passage([$"A: {comparison.A}", $"B: {comparison.B}"], table);
        if (comparison.WithinRuns)
        {
            yield return new Passage(
                ["Note: a load was measured once only; its interval has the variation within the run, not that from run to run. Measure with --repeat for both."]);
        }
    }

    /// <summary>Two kinds of network: what each is and what was measured on it, aspect by aspect.</summary>
    public static TextTable Aspects(SealedRun a, SealedRun b)
    {
        var table = new TextTable("Aspect", Title(a), Title(b)) { Markdown = true };
        foreach (var (aspect, of) in (ImmutableArray<(string, Func<SealedRun, string>)>)
            [
                ("Infrastructure", Infrastructure),
                ("Regions", run => Names(run.Network?.Nodes.Select(n => n.Region))),
                ("Committee", run => $"{run.Summary.Environment.Settings.Committee} validators"),
                ("Load", run => $"{Names(run.Loads.Select(r => $"{r.Parameters.Load}"))} tx/s of {run.Summary.Environment.Settings.TransactionSize} bytes"),
                ("Latency p50", run => Range(run, f => f.P50Ms, " ms")),
                ("Latency p99", run => Range(run, f => f.P99Ms, " ms")),
                ("Throughput", run => Range(run, f => f.Throughput, " tx/s")),
                ("Efficiency", run => Range(run, f => 100 * f.Efficiency, "%")),
                ("Cost", run => run.Network?.CostPerHourUsd is double cost and > 0 ? FormattableString.Invariant($"{cost:0.###} USD an hour") : "none stated"),
                ("Verdicts", run => Names(run.Loads.Select(r => r.Verdict.Name))),
            ])
        {
            table.Add(aspect, of(a), of(b));
        }

        return table;
    }

    /// <summary>The loads of both, beside each other.</summary>
    public static Passage ByLoad(SealedRun a, SealedRun b) => NetworkComparison.Table(
        new[] { a, b }.SelectMany(run => NetworkComparison.Rows(run.Summary, Path.GetFileName(run.Directory.Path))), "BY LOAD");

    private static string Title(SealedRun run) => $"{run.Summary.NetworkType} network";

    private static string Infrastructure(SealedRun run) => run switch
    {
        { Summary.NetworkType: "simulated" } => "virtual time",
        { Network: null } => "not stated",
        { Network: var network } => $"{network.Provider}, {(network.Nodes.Select(n => n.Host).Distinct().Count() is var hosts and > 1 ? $"{hosts} hosts" : "1 host")}",
    };

    private static string Names(IEnumerable<string?>? names) => names?.OfType<string>().Distinct().ToList() is { Count: > 0 } list ? string.Join(", ", list) : "not stated";

    /// <summary>Lowest to highest over the usable measurements.</summary>
    private static string Range(SealedRun run, Func<ReportResults, double?> of, string unit)
    {
        List<double> values = [.. run.Loads.Where(r => r.IsUsable).Select(r => of(r.Results)).OfType<double>()];
        return values.Count == 0 ? "no valid figure"
            : Number(values.Min()) == Number(values.Max()) ? Number(values.Min()) + unit
            : $"{Number(values.Min())} to {Number(values.Max())}{unit}";
    }

    private static Cell Meaning(ChangeKind kind) => kind switch
    {
        ChangeKind.Improvement => new Cell("improvement", Color.Green),
        ChangeKind.Regression => new Cell("REGRESSION", Color.Red),
        ChangeKind.Insignificant => "no significant change",
        _ => "cannot be said",
    };

    private static string Number(double? value) => value is double v ? Figures.Number(v, 1) : "-";

    private static string Percent(double? ratio) => ratio is double v ? (v > 0 ? "+" : "") + Figures.Percent(v) : "-";
}
