using System.Collections.Concurrent;
using System.Text;

namespace Mysticeti.Metrics;

internal enum MetricKind
{
    Counter,
    Gauge,
    Histogram,
}

/// <summary>What can stand in a family.</summary>
internal interface IMetric
{
    /// <summary>Writes the sample lines of one member.</summary>
    /// <param name="labels"><c>name="value",..</c> or empty.</param>
    void WriteTo(PrometheusText text, string name, string labels);
}

/// <summary>All metrics of one name.</summary>
public abstract class MetricFamily
{
    private protected MetricFamily(MetricKind kind, string name, string help, string[] labels)
    {
        (Kind, Name, Help, Labels) = (kind, name, help, labels);
    }

    /// <summary>The metric's name.</summary>
    public string Name { get; }

    internal MetricKind Kind { get; }

    internal string Help { get; }

    internal string[] Labels { get; }

    internal abstract void WriteTo(PrometheusText text);
}

/// <summary>The metrics of one name, told apart by the values of their labels.</summary>
public sealed class MetricFamily<T> : MetricFamily
    where T : class
{
    private readonly ConcurrentDictionary<string, T> _members = new(StringComparer.Ordinal);
    private readonly Func<string[], T> _create;

    internal MetricFamily(MetricKind kind, string name, string help, string[] labels, Func<string[], T> create)
        : base(kind, name, help, labels) => _create = create;

    /// <summary>The member with these label values. Look it up once and keep it; values must come from a small fixed set.</summary>
    /// <exception cref="ArgumentException">Not one value for each label.</exception>
    public T With(params ReadOnlySpan<string> values)
    {
        if (values.Length != Labels.Length) throw new ArgumentException($"metric '{Name}' has {Labels.Length} labels, not {values.Length}");
        var key = new StringBuilder();
        for (var i = 0; i < values.Length; i++)
        {
            if (i > 0) key.Append(',');
            key.Append(Labels[i]).Append("=\"").Append(Escape(values[i])).Append('"');
        }

        var member = key.ToString();
        return _members.TryGetValue(member, out var known) ? known : _members.GetOrAdd(member, _create([.. values]));
    }

    internal override void WriteTo(PrometheusText text)
    {
        text.Header(Name, Help, Kind);
        foreach (var (labels, metric) in _members.OrderBy(member => member.Key, StringComparer.Ordinal)) ((IMetric)metric).WriteTo(text, Name, labels);
    }

    private static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
