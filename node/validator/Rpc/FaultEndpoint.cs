using System.Text.Json;
using Mysticeti.Protocol;
using Mysticeti.Validator.Contract;
using Mysticeti.Validator.Faults;

namespace Mysticeti.Validator.Rpc;

/// <summary><c>GET</c>, <c>PUT</c> and <c>DELETE /v1/faults</c>: makes the validator misbehave for a while. Refused unless it was started for that.</summary>
internal sealed class FaultEndpoint(IValidatorNode node, FaultControl? control)
{
    private const int MaxBodyBytes = 64 * 1024;

    public async Task HandleAsync(HttpContext context)
    {
        var (request, response, aborted) = (context.Request, context.Response, context.RequestAborted);
        if (control is null)
        {
            await response.SendProblemAsync(403, "Fault injection is off", "start the validator with --unsafe-fault-injection, never where it matters", aborted);
        }
        else if (HttpMethods.IsPut(request.Method))
        {
            await SetAsync(context, control);
        }
        else if (HttpMethods.IsDelete(request.Method))
        {
            control.Clear();
            await SendStateAsync(context, control);
        }
        else if (HttpMethods.IsGet(request.Method))
        {
            await SendStateAsync(context, control);
        }
        else
        {
            response.Headers.Allow = "GET, PUT, DELETE";
            await response.SendProblemAsync(405, "Method not allowed", "allowed here: GET, PUT, DELETE", aborted);
        }
    }

    private async Task SetAsync(HttpContext context, FaultControl faults)
    {
        var (response, aborted) = (context.Response, context.RequestAborted);
        var body = new byte[MaxBodyBytes + 1];
        var length = await context.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, aborted);
        if (length > MaxBodyBytes)
        {
            await response.SendProblemAsync(413, "Body too large", $"a description of faults has at most {MaxBodyBytes} bytes", aborted);
            return;
        }

        FaultState state;
        try
        {
            state = FaultState.Parse(body.AsSpan(0, length));
        }
        catch (JsonException error)
        {
            await response.SendProblemAsync(400, "Bad faults", $"at {error.Path ?? "$"}: {error.Message}", aborted);
            return;
        }

        if (state.Broken(node.AuthorityIndex, node.Genesis.Authorities.Length) is { } broken)
        {
            await response.SendProblemAsync(400, "Bad faults", broken, aborted);
            return;
        }

        faults.Set(state);
        await SendStateAsync(context, faults);
    }

    private static async Task SendStateAsync(HttpContext context, FaultControl faults)
    {
        using var output = new PooledBuffer();
        await using var json = new Utf8JsonWriter(output, JsonRpcWriter.WriterOptions);
        FaultAnswer.Write(json, faults.Current, faults.Remaining);
        json.Flush();
        await context.Response.SendAsync(200, HttpAnswers.Json, output.WrittenMemory, context.RequestAborted);
    }
}
