using Microsoft.AspNetCore.Routing;
using Mysticeti.Metrics;

namespace Mysticeti.Platform.Hosting;

/// <summary>One service of the platform: routes on a port of its own, and perhaps work in the background.</summary>
internal interface IPlatformService
{
    /// <summary>As <c>--service</c> takes it.</summary>
    string Name { get; }

    /// <summary>The port unless another is asked for.</summary>
    int DefaultPort { get; }

    /// <summary>Adds the routes. Health and metrics are there already.</summary>
    void Map(IEndpointRouteBuilder routes);

    /// <summary>Runs until the token is cancelled. An error that the service cannot get over ends the platform.</summary>
    Task RunAsync(CancellationToken cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken);

    /// <summary>Adds the service's own metrics to those of its requests.</summary>
    void Register(MetricRegistry metrics)
    {
    }
}
