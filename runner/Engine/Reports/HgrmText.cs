using System.Globalization;
using System.Text;
using Mysticeti.Engine.Measurement;

namespace Mysticeti.Engine.Reports;

/// <summary>
/// The latency of one load, from the scheduled time, as HdrHistogram's plotters read it: its percentile distribution in milliseconds. Lost samples lie at
/// infinity, so that the rows end below 1 where something was lost, and no curve goes on into the lost ones.
/// </summary>
/// <remarks>The library's own writer knows nothing of lost samples, and takes mean and deviation from the buckets; without losses the form is the same.</remarks>
internal static class HgrmText
{
    public const string Extension = ".hgrm";

    /// <exception cref="FormatException">The data contradict themselves.</exception>
    public static string Render(HistogramData data)
    {
        var histogram = Histogram.FromData(data);
        var total = histogram.Count + data.Lost;
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

        Line($"{"Value",12} {"Percentile",14} {"TotalCount",10} {"1/(1-Percentile)",14}\n");
        var rows = histogram.Distribution(data.Lost).ToArray();
        foreach (var (percent, valueNs, upTo) in rows.SkipLast(1))
        {
            Line($"{Ms(valueNs),12} {percent / 100,2:F12} {upTo,10} {1 / (1 - percent / 100),14:F2}");
        }

        // The last row has no fourth column: plotters set files side by side row by row, and this one is at a percentile of its own.
        if (rows is [.., var (end, longestNs, count)]) Line($"{Ms(longestNs),12} {end / 100,2:F12} {count,10}");

        // Plotters read nothing but digits as the maximum, so that the end of the histogram's range, an hour, stands for infinity.
        var longestMs = total > 0 ? Figures.ToMs(histogram.MaxNs) : double.NaN;
        var maxMs = data.Lost > 0 ? Math.Max(longestMs, Histogram.Highest.TotalMilliseconds) : longestMs;
        Line($"#[Mean    = {(histogram.MeanNs ?? double.NaN) / 1e6,12:F3}, StdDeviation   = {(histogram.StandardDeviationNs ?? double.NaN) / 1e6,12:F3}]");
        Line($"#[Max     = {maxMs,12:F3}, Total count    = {total,12}]");
        Line($"#[Buckets = {histogram.Stretches,12}, SubBuckets     = {Histogram.SubBuckets,12}]");
        if (data.Lost > 0) Line($"#[Lost    = {data.Lost,12}, Committed      = {histogram.Count,12}]");

        return text.ToString();
    }

    private static string Ms(long ns) => Figures.Number(Figures.ToMs(ns), 3);
}
