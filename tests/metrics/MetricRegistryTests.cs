using System.Buffers;
using System.Text;

namespace Mysticeti.Metrics.Tests;

public sealed class MetricRegistryTests
{
    [Fact]
    public void The_text_format_is_that_of_prometheus()
    {
        var registry = new MetricRegistry();
        registry.Counter("b_total", "Counts\nthings \\ more.").Add(3);
        registry.Gauge("a_bytes", "A size.", () => 1.5);
        var labelled = registry.Counters("c_total", "With labels.", "peer", "kind");
        labelled.With("1", "x\"y\\z\n").Increment();
        labelled.With("0", "k").Increment();
        Assert.Same(labelled.With("0", "k"), labelled.With("0", "k"));
        var histogram = registry.Histogram("d_seconds", "Takes time.", [0.001, 0.5]);
        foreach (var value in (double[])[0.0005, 0.001, 0.25, 7, double.NaN]) histogram.Observe(value);
        registry.Gauge("e", "Infinite.").Set(double.PositiveInfinity);
        Assert.Equal(
            """
            # HELP a_bytes A size.
            # TYPE a_bytes gauge
            a_bytes 1.5
            # HELP b_total Counts\nthings \\ more.
            # TYPE b_total counter
            b_total 3
            # HELP c_total With labels.
            # TYPE c_total counter
            c_total{peer="0",kind="k"} 1
            c_total{peer="1",kind="x\"y\\z\n"} 1
            # HELP d_seconds Takes time.
            # TYPE d_seconds histogram
            d_seconds_bucket{le="0.001"} 2
            d_seconds_bucket{le="0.5"} 3
            d_seconds_bucket{le="+Inf"} 4
            d_seconds_sum 7.2515
            d_seconds_count 4
            # HELP e Infinite.
            # TYPE e gauge
            e +Inf

            """,
            TextOf(registry));
    }

    [Fact]
    public void A_value_that_is_read_has_a_line_for_each_value_of_its_label()
    {
        var registry = new MetricRegistry();
        var online = 1;
        registry.Gauges("nodes", "Nodes by state.", "state", ["online", "offline"], state => state == "online" ? online : 0);
        online = 3;
        Assert.Equal("# HELP nodes Nodes by state.\n# TYPE nodes gauge\nnodes{state=\"offline\"} 0\nnodes{state=\"online\"} 3\n", TextOf(registry));
    }

    [Theory]
    [InlineData("requests")]
    [InlineData("Requests_total")]
    [InlineData("1_total")]
    [InlineData("taken_total")]
    public void A_counter_with_a_bad_name_is_refused(string name)
    {
        var registry = new MetricRegistry();
        registry.Counter("taken_total", "Taken.");
        Assert.Throws<ArgumentException>(() => registry.Counter(name, "Help."));
    }

    [Fact]
    public void Metrics_without_help_with_a_foreign_suffix_or_with_wrong_labels_are_refused()
    {
        var registry = new MetricRegistry();
        Assert.Throws<ArgumentException>(() => registry.Gauge("a", " "));
        Assert.Throws<ArgumentException>(() => registry.Gauge("a_total", "Help."));
        Assert.Throws<ArgumentException>(() => registry.Counters("a_total", "Help.", "le"));
        Assert.Throws<ArgumentException>(() => registry.Counters("a_total", "Help.", "kind").With());
        Assert.Throws<ArgumentException>(() => registry.Histogram("a_seconds", "Help.", [1, 1]));
    }

    [Fact]
    public async Task Increments_of_many_threads_all_count()
    {
        var registry = new MetricRegistry();
        var counter = registry.Counter("a_total", "Help.");
        var histogram = registry.Histogram("b_seconds", "Help.");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                counter.Increment();
                histogram.Observe(0.25);
            }
        })));
        var text = TextOf(registry);
        Assert.Contains("a_total 40000\n", text, StringComparison.Ordinal);
        Assert.Contains("b_seconds_sum 10000\n", text, StringComparison.Ordinal);
        Assert.Contains("b_seconds_count 40000\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Counting_and_observing_allocate_nothing()
    {
        var registry = new MetricRegistry();
        var counter = registry.Counter("a_total", "Help.");
        var histogram = registry.Histogram("b_seconds", "Help.");
        histogram.Observe(1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            counter.Increment();
            histogram.Observe(i);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static string TextOf(MetricRegistry registry)
    {
        var output = new ArrayBufferWriter<byte>();
        registry.WriteTo(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
