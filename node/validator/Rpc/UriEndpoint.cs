using System.Text;
using Mysticeti.Protocol;

namespace Mysticeti.Validator.Rpc;

/// <summary><c>GET /method?name=value</c>: CometBFT's URI calls, and the index of routes.</summary>
internal sealed class UriEndpoint(RpcMethods methods, RpcMetrics metrics, ILogger logger)
{
    private static readonly byte[] Id = JsonRpcWriter.UriId.ToArray();
    private static readonly string[] OtherRoutes = [NodePaths.Metrics, NodePaths.Ready, $"{NodePaths.Commits}?after=_&prefix=_", $"{NodePaths.Commits}/_", NodePaths.WebSocket];

    public async Task HandleAsync(HttpContext context, string name)
    {
        using var output = new PooledBuffer();
        if (methods.Find(name) is { } method)
        {
            var succeeded = await method.ExecuteAsync(new RpcCall(new UriArguments(context.Request.Query), Id, context.RequestAborted), output, metrics, logger);
            var status = succeeded ? StatusCodes.Status200OK : StatusCodes.Status500InternalServerError;
            await context.Response.SendAsync(status, HttpAnswers.Json, output.WrittenMemory, context.RequestAborted);
            return;
        }

        metrics.Failed(RpcError.MethodNotFound);
        JsonRpcWriter.WriteError(output, Id, RpcError.MethodNotFound);
        await context.Response.SendAsync(StatusCodes.Status404NotFound, HttpAnswers.Json, output.WrittenMemory, context.RequestAborted);
    }

    /// <summary>The routes as links, for people.</summary>
    public async Task SendIndexAsync(HttpContext context)
    {
        var html = new StringBuilder("<html><body><br>Available endpoints:<br>");
        foreach (var method in methods.All.Where(method => method.Parameters.Length == 0)) Link($"/{method.Name}");
        foreach (var route in OtherRoutes) Link($"/{route}");
        html.Append("<br>Endpoints that require arguments:<br>");
        foreach (var method in methods.All.Where(method => method.Parameters.Length > 0))
            Link($"/{method.Name}?{string.Join('&', method.Parameters.Select(parameter => $"{parameter}=_"))}");
        html.Append("</body></html>");
        await context.Response.SendTextAsync(StatusCodes.Status200OK, "text/html", html.ToString(), context.RequestAborted);

        void Link(string route) => html.Append(System.Globalization.CultureInfo.InvariantCulture, $"<a href=\"{route.Replace("&", "&amp;", StringComparison.Ordinal)}\">{route}</a></br>");
    }
}
