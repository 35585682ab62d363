using System.Text.Json;
using Mysticeti.Metrics;

namespace Mysticeti.Validator.Rpc;

/// <summary>One call of a method.</summary>
/// <param name="Id">As the client wrote it; valid until the call is answered.</param>
/// <param name="Cancellation">The client is gone.</param>
internal readonly record struct RpcCall(RpcArguments Arguments, ReadOnlyMemory<byte> Id, CancellationToken Cancellation);

/// <summary>Writes the result of one call, or returns the error that takes its place.</summary>
internal delegate ValueTask<RpcError?> RpcHandler(RpcCall call, Utf8JsonWriter result);

/// <summary>A method of the API.</summary>
/// <param name="Parameters">Names of its parameters, in the order of positional calls.</param>
internal sealed record RpcMethod(string Name, string[] Parameters, RpcHandler Handler, Counter Calls)
{
    /// <summary>Executes the call; the output then holds one whole response more, whatever happens.</summary>
    /// <returns>Whether it succeeded.</returns>
    public async ValueTask<bool> ExecuteAsync(RpcCall call, PooledBuffer output, RpcMetrics metrics, ILogger logger)
    {
        Calls.Increment();
        var start = output.Length;
        RpcError? error;
        try
        {
            JsonRpcWriter.BeginResult(output, call.Id.Span);
            await using var result = new Utf8JsonWriter(output, JsonRpcWriter.WriterOptions);
            error = await Handler(call, result);
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
        JsonRpcWriter.WriteError(output, call.Id.Span, error);
        return false;
    }
}
