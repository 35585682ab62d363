using System.Net.WebSockets;
using Mysticeti.Validator.Commits;

namespace Mysticeti.Validator.Rpc;

/// <summary><c>GET /websocket</c>: opens a <see cref="WebSocketSession"/>, within a bound.</summary>
internal sealed class WebSocketEndpoint(
    JsonRpcExecutor executor, CommitLog log, EventJson events, RpcMetrics metrics, RpcOptions options, TimeProvider clock, CancellationToken stopping)
{
    private int _open;

    public async Task HandleAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            await context.Response.SendProblemAsync(400, "No WebSocket", "this route takes WebSocket connections only", context.RequestAborted);
            return;
        }

        try
        {
            if (Interlocked.Increment(ref _open) > options.MaxWebSockets)
            {
                await context.Response.SendProblemAsync(
                    503, "Too many WebSockets", $"{options.MaxWebSockets} WebSocket connections are open, which is the limit: close one", context.RequestAborted);
                return;
            }

            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            using var session = new WebSocketSession(socket, executor, log, events, metrics, options, clock);
            await session.RunAsync(stopping, context.RequestAborted);
        }
        catch (WebSocketException)
        {
            // The client left without a word, or broke the protocol.
            context.Abort();
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }
}
