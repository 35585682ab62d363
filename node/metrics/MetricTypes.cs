namespace Mysticeti.Metrics;

/// <summary>A count that only grows.</summary>
public sealed class Counter : IMetric
{
    private long _value;

    /// <summary>The count so far.</summary>
    public long Value => Interlocked.Read(ref _value);

    public void Increment() => Interlocked.Increment(ref _value);

    /// <param name="amount">0 or more.</param>
    public void Add(long amount) => Interlocked.Add(ref _value, amount);

    void IMetric.WriteTo(PrometheusText text, string name, string labels) => text.Sample(name, "", labels, Value);
}

/// <summary>A value that goes up and down.</summary>
public sealed class Gauge : IMetric
{
    private double _value;

    public double Value => Volatile.Read(ref _value);

    public void Set(double value) => Volatile.Write(ref _value, value);

    void IMetric.WriteTo(PrometheusText text, string name, string labels) => text.Sample(name, "", labels, Value);
}

/// <summary>Counts observations in fixed buckets.</summary>
public sealed class Histogram : IMetric
{
    private readonly double[] _bounds;
    private readonly long[] _counts;
    private double _sum;

    internal Histogram(IReadOnlyList<double> bounds)
    {
        _bounds = [.. bounds];
        for (var i = 1; i < _bounds.Length; i++)
        {
            if (!(_bounds[i] > _bounds[i - 1])) throw new ArgumentException("the buckets of a histogram must ascend", nameof(bounds));
        }

        _counts = new long[_bounds.Length + 1];
    }

    /// <summary>Counts one value, in the unit of the metric's name; NaN is dropped, since it would spoil the sum for good.</summary>
    public void Observe(double value)
    {
        if (double.IsNaN(value)) return;
        var bucket = Array.BinarySearch(_bounds, value);
        Interlocked.Increment(ref _counts[bucket < 0 ? ~bucket : bucket]);
        double sum;
        do sum = Volatile.Read(ref _sum);
        while (BitConverter.DoubleToInt64Bits(Interlocked.CompareExchange(ref _sum, sum + value, sum)) != BitConverter.DoubleToInt64Bits(sum));
    }

    void IMetric.WriteTo(PrometheusText text, string name, string labels)
    {
        var separator = labels.Length == 0 ? "" : ",";
        long total = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            total += Interlocked.Read(ref _counts[i]);
            var bound = i == _bounds.Length ? "+Inf" : PrometheusText.Format(_bounds[i]);
            text.Sample(name, "_bucket", $"{labels}{separator}le=\"{bound}\"", total);
        }

        text.Sample(name, "_sum", labels, Volatile.Read(ref _sum));
        text.Sample(name, "_count", labels, total);
    }
}

/// <summary>A value that is asked for when metrics are written.</summary>
internal sealed class CallbackMetric(Func<double> read) : IMetric
{
    void IMetric.WriteTo(PrometheusText text, string name, string labels) => text.Sample(name, "", labels, read());
}
