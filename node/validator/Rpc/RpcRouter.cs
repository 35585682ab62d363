using Mysticeti.Protocol;

namespace Mysticeti.Validator.Rpc;

/// <summary>Finds the endpoint for a path. Few fixed paths need no routing table.</summary>
internal sealed class RpcRouter(
    JsonRpcEndpoint jsonRpc, UriEndpoint uri, OperationsEndpoint operations, CommitStreamEndpoint commits, CommitEndpoint commit, TraceEndpoint trace,
    FaultEndpoint faults, WebSocketEndpoint webSocket, SubmitEndpoint submit, ILogger logger)
{
    public const string WebSocketPath = $"/{NodePaths.WebSocket}";
    private const string CommitPath = $"/{NodePaths.Commits}/";

    /// <summary>Answers one request; a failure inside concerns nobody else.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            await DispatchAsync(context);
        }
        catch (Exception error) when (error is OperationCanceledException or BadHttpRequestException or IOException)
        {
            // The client left, or broke the rules of HTTP in the middle: there is nobody to answer.
            context.Abort();
        }
        catch (Exception error)
        {
            logger.LogError(error, "RPC request {Method} {Path} failed", context.Request.Method, context.Request.Path.Value);
            if (context.Response.HasStarted) context.Abort();
            else await context.Response.SendProblemAsync(500, "Internal error", "the validator could not answer; its log says why", context.RequestAborted);
        }
    }

    private async Task DispatchAsync(HttpContext context)
    {
        var request = context.Request;
        var path = request.Path.Value ?? "/";
        if (path is "/" or "")
        {
            if (HttpMethods.IsPost(request.Method) && await jsonRpc.HandleAsync(context)) return;
            if (HttpMethods.IsPost(request.Method) || IsRead(request)) await uri.SendIndexAsync(context);
            else await RefuseMethodAsync(context, "GET, HEAD, POST");
            return;
        }

        if (path == $"/{NodePaths.Faults}")
        {
            await faults.HandleAsync(context);
            return;
        }

        if (!IsRead(request) && !HttpMethods.IsPost(request.Method))
        {
            await RefuseMethodAsync(context, "GET, HEAD, POST");
            return;
        }

        switch (path)
        {
            case $"/{NodePaths.Ready}":
                await operations.ReadyAsync(context);
                break;
            case $"/{NodePaths.Metrics}":
                await operations.MetricsAsync(context);
                break;
            case WebSocketPath:
                await webSocket.HandleAsync(context);
                break;
            case $"/{NodePaths.Commits}" when HttpMethods.IsGet(request.Method):
                await commits.HandleAsync(context);
                break;
            case $"/{NodePaths.Submit}" when HttpMethods.IsPost(request.Method):
                await submit.HandleAsync(context);
                break;
            case $"/{NodePaths.Trace}":
                await trace.HandleAsync(context);
                break;
            default:
                if (path.StartsWith(CommitPath, StringComparison.Ordinal)) await commit.HandleAsync(context, path[CommitPath.Length..]);
                else await uri.HandleAsync(context, path[1..]);
                break;
        }
    }

    private static bool IsRead(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);

    private static async Task RefuseMethodAsync(HttpContext context, string allowed)
    {
        context.Response.Headers.Allow = allowed;
        await context.Response.SendProblemAsync(405, "Method not allowed", $"allowed here: {allowed}", context.RequestAborted);
    }
}
