using System.Globalization;
using Mysticeti.Metrics;

namespace Mysticeti.Platform.Hosting;

/// <summary>Counts requests of one service by status, and the time that they took.</summary>
internal sealed class ServiceMetrics(MetricRegistry registry, string service)
{
    private readonly MetricFamily<Counter> _requests = registry.Counters("mysticeti_platform_requests_total", "Requests by status.", "service", "status");

    private readonly Histogram _durations = registry
        .Histograms("mysticeti_platform_request_duration_seconds", "Time that requests took.", null, "service").With(service);

    public void Count(int status, TimeSpan time)
    {
        _requests.With(service, status.ToString(CultureInfo.InvariantCulture)).Increment();
        _durations.Observe(time.TotalSeconds);
    }
}
