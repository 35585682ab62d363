using System.Text.Json;
using Mysticeti.Validator.Metrics;

namespace Mysticeti.Validator.Rpc;

/// <summary>Writes the result of one call, or returns the error that takes its place.</summary>
internal delegate ValueTask<RpcError?> RpcHandler(RpcArguments arguments, Utf8JsonWriter result, CancellationToken cancellation);

/// <summary>A method of the API.</summary>
/// <param name="Parameters">Names of its parameters, in the order of positional calls.</param>
internal sealed record RpcMethod(string Name, string[] Parameters, RpcHandler Handler, Counter Calls)
{
    /// <summary>Executes the call; the output then holds one whole response more, whatever happens.</summary>
    public async ValueTask<bool> ExecuteAsync(
        RpcArguments arguments, ReadOnlyMemory<byte> id, PooledBuffer output, RpcMetrics metrics, ILogger logger, CancellationToken cancellation)
    {
        Calls.Increment();
        var start = output.Length;
        RpcError? error;
        try
        {
            JsonRpcWriter.BeginResult(output, id.Span);
            await using var result = new Utf8JsonWriter(output, JsonRpcWriter.WriterOptions);
            error = await Handler(arguments, result, cancellation);
            result.Flush();
            JsonRpcWriter.EndResult(output);
        }
        catch (InvalidParamsException wrong)
        {
            error = RpcError.InvalidParams($"error converting json params to arguments: {wrong.Message}");
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            logger.LogError(failure, "RPC method {Method} failed", Name);
            error = RpcError.Internal("the validator could not answer; its log says why");
        }

        if (error is null) return true;
        output.CutTo(start);
        metrics.Failed(error);
        JsonRpcWriter.WriteError(output, id.Span, error);
        return false;
    }
}
