using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Mysticeti.Metrics;
using Mysticeti.Validator.Contract;

namespace Mysticeti.Validator.Rpc;

/// <summary>The RPC server could not take its address.</summary>
internal sealed class RpcStartException(string message, Exception inner) : IOException(message, inner);

/// <summary>The validator's HTTP server: JSON-RPC in CometBFT's shapes, readiness, metrics and the commit stream. See docs/rpc.md.</summary>
internal sealed class RpcServer : IAsyncDisposable
{
    // A body beyond the limit is still read to its end up to this size, so that its sender sees the answer.
    private const int LargestDroppedBody = 16 * 1024 * 1024;
    private const int LongestRequestLine = 64 * 1024;
    private const int LargestHeaders = 64 * 1024;

    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stopping;
    private int _stopped;

    private RpcServer(WebApplication app, CancellationTokenSource stopping) => (_app, _stopping) = (app, stopping);

    /// <summary>Where the server answers, with the port it really has; loopback if it was bound to every address.</summary>
    public Uri Url { get; private set; } = new("http://127.0.0.1:0/");

    /// <summary>Starts the server; when this returns, it answers.</summary>
    /// <param name="port">0 takes a free one.</param>
    /// <exception cref="RpcStartException">The address is not to be had: the port is occupied or not allowed.</exception>
    public static async Task<RpcServer> StartAsync(
        IValidatorNode node, IPAddress bind, int port, ILoggerFactory loggers, TimeProvider clock, RpcOptions options, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        // The validator decides when to stop: signals must not stop its server first.
        builder.Services.Replace(ServiceDescriptor.Singleton<IHostLifetime, NoLifetime>());
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.ShutdownTimeout);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            SetLimits(kestrel, options);
            kestrel.Listen(bind, port, listen => listen.Protocols = HttpProtocols.Http1);
        });

        var app = builder.Build();
        var server = new RpcServer(app, new CancellationTokenSource());
        server.Route(node, loggers.CreateLogger<RpcServer>(), clock, options);
        try
        {
            await app.StartAsync(cancellation);
        }
        catch (Exception error)
        {
            await server.DisposeAsync();
            if (error is not IOException and not System.Net.Sockets.SocketException) throw;
            var why = error.InnerException is AddressInUseException ? "is in use: stop what listens there, or choose another port" : $"cannot be taken: {error.Message}";
            throw new RpcStartException($"RPC address {new IPEndPoint(bind, port)} {why}", error);
        }

        var bound = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        server.Url = bind.Equals(IPAddress.Any) || bind.Equals(IPAddress.IPv6Any) ? new Uri($"http://127.0.0.1:{bound.Port}/") : bound;
        return server;
    }

    /// <summary>Ends the commit streams with a reason, lets requests under way finish for a short while, and closes the port.</summary>
    public async Task StopAsync(CancellationToken cancellation = default)
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0) return;
        await _stopping.CancelAsync();
        await _app.StopAsync(cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _app.DisposeAsync();
        _stopping.Dispose();
    }

    private void Route(IValidatorNode node, ILogger logger, TimeProvider clock, RpcOptions options)
    {
        var commits = new CommitStreamEndpoint(node.CommitLog, options, clock, _stopping.Token);
        var registry = options.Metrics ?? new MetricRegistry();
        var metrics = new RpcMetrics(registry, node.CommitLog, () => commits.Open);
        var broadcast = new Broadcast(node, metrics);
        var methods = new RpcMethods(node, broadcast, new BlockJson(node), metrics, options, clock, () => Url);
        var executor = new JsonRpcExecutor(methods, broadcast, metrics, options, logger);
        var router = new RpcRouter(
            new JsonRpcEndpoint(executor, metrics, options, clock), new UriEndpoint(methods, metrics, logger), new OperationsEndpoint(node, registry),
            commits, new CommitEndpoint(node.CommitLog), new TraceEndpoint(node, options.Trace),
            new FaultEndpoint(node, options.Faults),
            new WebSocketEndpoint(executor, node.CommitLog, new EventJson(new BlockJson(node)), metrics, options, clock, _stopping.Token),
            new SubmitEndpoint(broadcast, node.Genesis.Consensus.MaxTransactionBytes, metrics, options, _stopping.Token), logger);
        // Only where it is needed: the hot path shall not pass through it.
        var keepAlive = new WebSocketOptions { KeepAliveInterval = options.StalledReaderTimeout, KeepAliveTimeout = options.StalledReaderTimeout };
        _app.UseWhen(context => context.Request.Path == RpcRouter.WebSocketPath, branch => branch.UseWebSockets(keepAlive));
        _app.Run(router.HandleAsync);
    }

    private static void SetLimits(KestrelServerOptions kestrel, RpcOptions options)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        limits.MaxRequestBodySize = Math.Max(LargestDroppedBody, options.MaxBodyBytes);
        limits.MaxRequestLineSize = LongestRequestLine;
        limits.MaxRequestHeadersTotalSize = LargestHeaders;
        limits.MaxConcurrentConnections = options.MaxConnections;
        limits.RequestHeadersTimeout = options.HeadersTimeout;
        limits.MinRequestBodyDataRate = new MinDataRate(240, TimeSpan.FromSeconds(5));
        limits.MinResponseDataRate = new MinDataRate(240, options.StalledReaderTimeout);
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
