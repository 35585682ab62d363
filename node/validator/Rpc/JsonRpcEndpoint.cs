using Microsoft.Extensions.ObjectPool;
using Mysticeti.Metrics;

namespace Mysticeti.Validator.Rpc;

/// <summary><c>POST /</c>: JSON-RPC 2.0 over HTTP, with the status codes of CometBFT's server.</summary>
internal sealed class JsonRpcEndpoint(JsonRpcExecutor executor, RpcMetrics metrics, RpcOptions options, TimeProvider clock)
{
    private readonly ObjectPool<RpcExchange> _exchanges = new DefaultObjectPool<RpcExchange>(new DefaultPooledObjectPolicy<RpcExchange>(), 64);
    private readonly Histogram _duration = metrics.RequestDuration;

    /// <summary>Answers one request.</summary>
    /// <returns>False for an empty body, which asks for the index of routes.</returns>
    public async Task<bool> HandleAsync(HttpContext context)
    {
        var exchange = _exchanges.Get();
        try
        {
            return await HandleAsync(context, exchange);
        }
        catch (BadHttpRequestException error)
        {
            // Half a request, one that came too slowly, or one beyond the size that is still read to its end.
            context.Response.Headers.Connection = "close";
            await SendErrorAsync(context, error.StatusCode, $"error reading request body: {error.Message}", exchange);
            return true;
        }
        finally
        {
            _exchanges.Return(exchange);
        }
    }

    private async Task<bool> HandleAsync(HttpContext context, RpcExchange exchange)
    {
        var aborted = context.RequestAborted;
        var reader = context.Request.BodyReader;
        if (await exchange.ReadBodyAsync(reader, options.MaxBodyBytes, aborted) is not { } body)
        {
            await SendErrorAsync(
                context, StatusCodes.Status413PayloadTooLarge, $"error reading request body: http: request body too large (max: {options.MaxBodyBytes} bytes)", exchange);
            return true;
        }

        try
        {
            if (body.Bytes.IsEmpty) return false;
            var started = clock.GetTimestamp();
            var isJson = await executor.ExecuteAsync(body.Bytes, null, exchange.Calls, exchange.Scratch, exchange.Output, aborted);
            await context.Response.SendAsync(
                isJson ? StatusCodes.Status200OK : StatusCodes.Status500InternalServerError, HttpAnswers.Json, exchange.Output.WrittenMemory, aborted);
            _duration.Observe(clock.GetElapsedTime(started).TotalSeconds);
            return true;
        }
        finally
        {
            reader.AdvanceTo(body.End);
        }
    }

    private async Task SendErrorAsync(HttpContext context, int status, string reason, RpcExchange exchange)
    {
        var error = RpcError.InvalidRequest(reason);
        metrics.Failed(error);
        if (context.Response.HasStarted) return;
        exchange.Output.CutTo(0);
        JsonRpcWriter.WriteError(exchange.Output, default, error);
        await context.Response.SendAsync(status, HttpAnswers.Json, exchange.Output.WrittenMemory, context.RequestAborted);
    }
}
