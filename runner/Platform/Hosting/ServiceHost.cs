using System.Buffers;
using System.Data.Common;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Networks;
using Mysticeti.Metrics;

namespace Mysticeti.Platform.Hosting;

/// <summary>How services listen.</summary>
/// <param name="Bind">The address.</param>
/// <param name="Tokens">Whom they answer; null: everybody who reaches them.</param>
internal sealed record Listening(IPAddress Bind, AccessTokens? Tokens);

/// <summary>One service's web server: what all of them have in common stands around its routes.</summary>
internal sealed class ServiceHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly IPlatformService _service;
    private readonly Listening _listening;
    private readonly MetricRegistry _registry = new();
    private readonly ServiceMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly TextWriter _problems;

    private ServiceHost(WebApplication app, IPlatformService service, Listening listening, TimeProvider time, TextWriter problems)
    {
        (_app, _service, _listening, _time, _problems) = (app, service, listening, time, problems);
        _metrics = new ServiceMetrics(_registry, service.Name);
        service.Register(_registry);
    }

    /// <summary>Where it answers; loopback if it was bound to every address.</summary>
    public Uri Url { get; private set; } = new("http://127.0.0.1:0/");

    /// <summary>Starts the server; when this returns, it answers.</summary>
    /// <param name="port">0 takes a free one.</param>
    /// <param name="problems">Where unexpected errors of requests are written.</param>
    /// <exception cref="NetworkException">The address is not to be had.</exception>
    public static async Task<ServiceHost> StartAsync(
        IPlatformService service, Listening listening, int port, TimeProvider time, TextWriter problems, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        builder.Services.AddRoutingCore();
        // The command decides when to stop: signals must not stop its servers first.
        builder.Services.Replace(ServiceDescriptor.Singleton<IHostLifetime, NoLifetime>());
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            SetLimits(kestrel);
            kestrel.Listen(listening.Bind, port, listen => listen.Protocols = HttpProtocols.Http1);
        });
        var app = builder.Build();
        var host = new ServiceHost(app, service, listening, time, problems);
        app.Use(host.GuardAsync);
        var routes = app.MapGroup("");
        ((IEndpointConventionBuilder)routes).Add(AnswerHead);
        routes.MapGet("/health", host.HealthAsync);
        routes.MapGet("/metrics", host.MetricsAsync);
        service.Map(routes);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception error) when (error is IOException or System.Net.Sockets.SocketException)
        {
            await app.DisposeAsync();
            var why = error.InnerException is AddressInUseException ? "is in use; stop what listens there, or choose ports with --base-port" : $"cannot be taken: {error.Message}";
            throw new NetworkException($"{service.Name}: address {new IPEndPoint(listening.Bind, port)} {why}", error);
        }

        var bound = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        var any = listening.Bind.Equals(IPAddress.Any) || listening.Bind.Equals(IPAddress.IPv6Any);
        host.Url = any ? new Uri($"http://127.0.0.1:{bound.Port}/") : bound;
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    // Where GET only looks, HEAD does so too.
    private static void AnswerHead(EndpointBuilder endpoint)
    {
        if (endpoint.Metadata.OfType<HttpMethodMetadata>().LastOrDefault() is { HttpMethods: ["GET"] }) endpoint.Metadata.Add(new HttpMethodMetadata(["GET", "HEAD"]));
    }

    /// <summary>Who may, what came of it, and no error without an answer that says what to do.</summary>
    private async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        var begin = _time.GetTimestamp();
        try
        {
            if (Refusal(context) is { } refusal) throw refusal;
            await next(context);
            if (!context.Response.HasStarted && context.Response.StatusCode is 404 or 405 && context.Response.ContentLength is null)
                await context.SendProblemAsync(context.Response.StatusCode, context.Response.StatusCode == 404 ? "Not found" : "Method not allowed", $"{_service.Name} has no {context.Request.Method} {Shown(context.Request.Path)}");
        }
        catch (Exception error)
        {
            await AnswerAsync(context, error);
        }
        finally
        {
            _metrics.Count(context.Response.StatusCode, _time.GetElapsedTime(begin));
        }
    }

    private RequestException? Refusal(HttpContext context)
    {
        var role = context.GetEndpoint()?.Metadata.GetMetadata<Needs>()?.Role ?? Role.Read;
        if (_listening.Tokens is { } tokens)
        {
            var needed = $"a token with the role {role.ToString().ToLowerInvariant()} is needed: Authorization: Bearer TOKEN";
            var roles = tokens.RolesOf(context.Request);
            if (roles.Count == 0)
            {
                // A line each: Chromium asks for no password where a line names two schemes.
                context.Response.Headers.WWWAuthenticate = new(["Basic realm=\"mysticeti\"", "Bearer"]);
                return new RequestException(401, "Unauthorized", needed);
            }

            if (!roles.Contains(role)) return new RequestException(403, "Forbidden", needed);
        }

        // A page of another origin can make a browser send requests here: they say so, and an image's or a link's at least that they are not ours.
        if (role == Role.Operate && context.Request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "same-origin" or "none")) return OtherOrigin();
        var origin = context.Request.Headers.Origin.ToString();
        if (origin.Length > 0 && (!Uri.TryCreate(origin, UriKind.Absolute, out var from) || from.Authority != context.Request.Host.Value))
            return OtherOrigin();
        return null;
    }

    private static RequestException OtherOrigin() => new(403, "Forbidden", "requests of pages of other origins are refused");

    private async Task AnswerAsync(HttpContext context, Exception error)
    {
        if (context.RequestAborted.IsCancellationRequested) return;
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        switch (error)
        {
            case RequestException request:
                await context.SendProblemAsync(request.Status, request.Title, request.Message, request.More);
                break;
            case Microsoft.AspNetCore.Http.BadHttpRequestException bad:
                await context.SendProblemAsync(bad.StatusCode, "Bad request", "the request is malformed, too large or too slow");
                break;
            case DbException { IsTransient: true } or TimeoutException:
                context.Response.Headers.RetryAfter = "2";
                await context.SendProblemAsync(503, "Database unavailable", "the database does not answer; try again shortly");
                break;
            default:
                await _problems.WriteLineAsync($"{_service.Name}: {context.Request.Method} {Shown(context.Request.Path)}: {error.GetType().Name}: {Values.OneLine(error.Message)}");
                await context.SendProblemAsync(500, "Internal error", "the service failed; its log has the reason");
                break;
        }
    }

    private static string Shown(PathString path) => Values.OneLine(path.Value ?? "/");

    private Task HealthAsync(HttpContext context) => context.SendAsync(new { status = "ok", service = _service.Name });

    private Task MetricsAsync(HttpContext context)
    {
        var output = new ArrayBufferWriter<byte>();
        _registry.WriteTo(output);
        return context.SendBytesAsync(200, MetricRegistry.ContentType, output.WrittenMemory);
    }

    private static void SetLimits(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        limits.MaxRequestBodySize = 4 * 1024 * 1024;
        limits.MaxRequestLineSize = 16 * 1024;
        limits.MaxRequestHeadersTotalSize = 32 * 1024;
        limits.MaxConcurrentConnections = 500;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        limits.MinRequestBodyDataRate = new MinDataRate(240, TimeSpan.FromSeconds(5));
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
