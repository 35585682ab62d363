using System.Collections.Concurrent;
using System.Globalization;

namespace Mysticeti.Runner.Platform.Hosting;

/// <summary>Counts requests of one service by status and sums up their time, for <c>GET /metrics</c>.</summary>
internal sealed class ServiceMetrics(string service)
{
    private readonly ConcurrentDictionary<int, long> _requests = new();
    private long _ticks;
    private long _count;

    public void Count(int status, TimeSpan time)
    {
        _requests.AddOrUpdate(status, 1, (_, count) => count + 1);
        Interlocked.Add(ref _ticks, time.Ticks);
        Interlocked.Increment(ref _count);
    }

    /// <summary>Writes Prometheus text.</summary>
    public void Write(TextWriter output)
    {
        output.WriteLine("# HELP mysticeti_platform_requests_total Requests by status.");
        output.WriteLine("# TYPE mysticeti_platform_requests_total counter");
        foreach (var (status, count) in _requests.OrderBy(entry => entry.Key))
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"mysticeti_platform_requests_total{{service=\"{service}\",status=\"{status}\"}} {count}"));
        output.WriteLine("# HELP mysticeti_platform_request_duration_seconds Time that requests took.");
        output.WriteLine("# TYPE mysticeti_platform_request_duration_seconds summary");
        var seconds = TimeSpan.FromTicks(Interlocked.Read(ref _ticks)).TotalSeconds;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"mysticeti_platform_request_duration_seconds_sum{{service=\"{service}\"}} {seconds}"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"mysticeti_platform_request_duration_seconds_count{{service=\"{service}\"}} {Interlocked.Read(ref _count)}"));
    }
}
