using System.Buffers;
using System.Globalization;
using System.Text;

namespace Mysticeti.Metrics;

/// <summary>Writes the Prometheus text exposition format, version 0.0.4.</summary>
internal sealed class PrometheusText(IBufferWriter<byte> output)
{
    public void Header(string name, string help, MetricKind kind)
    {
        var type = kind switch { MetricKind.Counter => "counter", MetricKind.Gauge => "gauge", _ => "histogram" };
        var escaped = help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        Write($"# HELP {name} {escaped}\n# TYPE {name} {type}\n");
    }

    public void Sample(string name, string suffix, string labels, double value) =>
        Write(labels.Length == 0 ? $"{name}{suffix} {Format(value)}\n" : $"{name}{suffix}{{{labels}}} {Format(value)}\n");

    public static string Format(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    private void Write(string text) => Encoding.UTF8.GetBytes(text, output);
}
