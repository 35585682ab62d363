using System.Text.Json;

namespace Mysticeti.Validator.Rpc;

/// <summary>Turns the bytes of a JSON-RPC request or batch into the bytes of its response.</summary>
internal sealed class JsonRpcExecutor(RpcMethods methods, Broadcast broadcast, RpcMetrics metrics, RpcOptions options, ILogger logger)
{
    /// <summary>Executes the body's calls in order.</summary>
    /// <param name="more">Methods that this caller has beside the common ones; null for none.</param>
    /// <param name="calls">Working space, empty.</param>
    /// <param name="scratch">Working space, empty.</param>
    /// <param name="output">Receives the response; stays empty where there is none, as for a notification.</param>
    /// <returns>Whether the body was JSON at all.</returns>
    public async ValueTask<bool> ExecuteAsync(
        ReadOnlyMemory<byte> body, Func<string, RpcMethod?>? more, List<JsonRpcCall> calls, PooledBuffer scratch, PooledBuffer output, CancellationToken cancellation)
    {
        if (JsonRpcParser.Parse(body.Span, options.MaxBatch, calls, out var batch) is { } error)
        {
            metrics.Failed(error);
            JsonRpcWriter.WriteError(output, default, error);
            return error.Code != RpcError.ParseCode;
        }

        if (batch) output.Write((byte)'[');
        var empty = output.Length;
        foreach (var call in calls)
        {
            if (call.Kind == JsonRpcCallKind.Notification) continue;
            if (output.Length > empty) output.Write((byte)',');
            if (!TryExecuteAtOnce(body.Span, call, scratch, output)) await ExecuteOneAsync(body, call, more, output, cancellation);
        }

        if (output.Length == empty) output.CutTo(0);
        else if (batch) output.Write((byte)']');
        return true;
    }

    private bool TryExecuteAtOnce(ReadOnlySpan<byte> body, in JsonRpcCall call, PooledBuffer scratch, PooledBuffer output)
    {
        if (call.Kind == JsonRpcCallKind.Invalid) return Refuse(RpcError.InvalidRequest("a request is an object with a method name and an id that is a string or a number"), body[call.Id], output);
        if (output.Length > options.MaxResponseBytes) return Refuse(RpcError.Internal("the response to this batch is too large: ask for less at once"), body[call.Id], output);
        return broadcast.TryExecute(body, call, scratch, output);
    }

    private async ValueTask ExecuteOneAsync(ReadOnlyMemory<byte> body, JsonRpcCall call, Func<string, RpcMethod?>? more, PooledBuffer output, CancellationToken cancellation)
    {
        var id = body[call.Id];
        if (methods.Find(body.Span[call.Method], more) is not { } method)
        {
            Refuse(RpcError.MethodNotFound, id.Span, output);
            return;
        }

        var parameters = body[call.Params];
        if (parameters.IsEmpty)
        {
            await method.ExecuteAsync(new RpcCall(RpcArguments.Empty, id, cancellation), output, metrics, logger);
            return;
        }

        using var document = JsonDocument.Parse(parameters, new JsonDocumentOptions { MaxDepth = JsonRpcParser.MaxDepth });
        JsonArguments arguments;
        try
        {
            arguments = new JsonArguments(document.RootElement, method.Parameters);
        }
        catch (InvalidParamsException error)
        {
            Refuse(RpcError.InvalidParams($"error converting json params to arguments: {error.Message}"), id.Span, output);
            return;
        }

        await method.ExecuteAsync(new RpcCall(arguments, id, cancellation), output, metrics, logger);
    }

    private bool Refuse(RpcError error, ReadOnlySpan<byte> id, PooledBuffer output)
    {
        metrics.Failed(error);
        JsonRpcWriter.WriteError(output, id, error);
        return true;
    }
}
