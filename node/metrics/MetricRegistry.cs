using System.Buffers;
using System.Text.RegularExpressions;

namespace Mysticeti.Metrics;

/// <summary>
/// The metrics of one server, a validator or a service, written in Prometheus' text format. Register at start-up and keep the returned
/// objects: changing them takes no lock and allocates nothing. Every member may be called by any thread.
/// </summary>
/// <remarks>Names have base units (<c>_seconds</c>, <c>_bytes</c>); what <c>promtool check metrics</c> complains of is mostly refused here.</remarks>
public sealed partial class MetricRegistry
{
    /// <summary>The media type of what <see cref="WriteTo"/> writes.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);

    /// <summary>Buckets for latencies in seconds, from 1 ms to 10 s.</summary>
    public static IReadOnlyList<double> LatencyBuckets { get; } =
        [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

    /// <summary>A count that only grows.</summary>
    /// <param name="name">Ends in <c>_total</c>, with the unit before it where there is one: <c>mysticeti_peer_sent_bytes_total</c>.</param>
    /// <exception cref="ArgumentException">The name is taken or malformed.</exception>
    public Counter Counter(string name, string help) => Counters(name, help).With();

    /// <summary>A counter whose value is read when metrics are written.</summary>
    public void Counter(string name, string help, Func<double> read) =>
        Register(new MetricFamily<CallbackMetric>(MetricKind.Counter, name, help, [], _ => new CallbackMetric(read))).With();

    /// <summary>Counters told apart by labels.</summary>
    public MetricFamily<Counter> Counters(string name, string help, params string[] labels) =>
        Register(new MetricFamily<Counter>(MetricKind.Counter, name, help, labels, static _ => new Counter()));

    /// <summary>A value that is set.</summary>
    public Gauge Gauge(string name, string help) => Gauges(name, help).With();

    /// <summary>A value that is read when metrics are written; <paramref name="read"/> must be quick and may not throw.</summary>
    public void Gauge(string name, string help, Func<double> read) =>
        Register(new MetricFamily<CallbackMetric>(MetricKind.Gauge, name, help, [], _ => new CallbackMetric(read))).With();

    /// <summary>Values told apart by one label; each is read when metrics are written.</summary>
    /// <param name="values">The label's values: all that there will ever be.</param>
    /// <param name="read">Given one of them; must be quick and may not throw.</param>
    public void Gauges(string name, string help, string label, ReadOnlySpan<string> values, Func<string, double> read)
    {
        var family = Register(new MetricFamily<CallbackMetric>(MetricKind.Gauge, name, help, [label], labels => new CallbackMetric(() => read(labels[0]))));
        foreach (var value in values) family.With(value);
    }

    /// <summary>Values told apart by labels.</summary>
    public MetricFamily<Gauge> Gauges(string name, string help, params string[] labels) =>
        Register(new MetricFamily<Gauge>(MetricKind.Gauge, name, help, labels, static _ => new Gauge()));

    /// <summary>A distribution over fixed buckets.</summary>
    /// <param name="buckets">Upper bounds, ascending, in the unit of the name; null for <see cref="LatencyBuckets"/>.</param>
    public Histogram Histogram(string name, string help, IReadOnlyList<double>? buckets = null) => Histograms(name, help, buckets).With();

    /// <summary>Distributions told apart by labels.</summary>
    public MetricFamily<Histogram> Histograms(string name, string help, IReadOnlyList<double>? buckets, params string[] labels) =>
        Register(new MetricFamily<Histogram>(MetricKind.Histogram, name, help, labels, _ => new Histogram(buckets ?? LatencyBuckets)));

    /// <summary>Writes everything in Prometheus' text format, version 0.0.4.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        MetricFamily[] families;
        lock (_lock) families = [.. _families.Values];
        var text = new PrometheusText(output);
        foreach (var family in families) family.WriteTo(text);
    }

    private MetricFamily<T> Register<T>(MetricFamily<T> family)
        where T : class, IMetric
    {
        if (!NamePattern().IsMatch(family.Name)) throw new ArgumentException($"'{family.Name}' is no metric name: use lower-case letters, digits and underscores");
        if (family.Name.EndsWith("_total", StringComparison.Ordinal) != (family.Kind == MetricKind.Counter))
            throw new ArgumentException($"'{family.Name}': names of counters end in _total, and only those");
        if (string.IsNullOrWhiteSpace(family.Help)) throw new ArgumentException($"'{family.Name}' needs a help text");
        foreach (var label in family.Labels)
        {
            if (!NamePattern().IsMatch(label) || label == "le") throw new ArgumentException($"'{label}' is no label name");
        }

        lock (_lock)
        {
            if (!_families.TryAdd(family.Name, family)) throw new ArgumentException($"metric '{family.Name}' is registered already");
        }

        return family;
    }

    [GeneratedRegex("^[a-z][a-z0-9_]*$")]
    private static partial Regex NamePattern();
}
