using Microsoft.AspNetCore.Http;
using Mysticeti.Platform.Hosting;
using Mysticeti.Protocol;

namespace Mysticeti.Platform.Dashboard;

/// <summary>Hands what the page asks of the orchestrator on to it, so that the page needs one origin only.</summary>
internal sealed class OrchestratorForwarder(Func<Uri?> orchestrator) : IDisposable
{
    private const int LargestBody = 64 * 1024;
    // Cancelling waits for validators that are started again.
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(60);

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { Timeout = LongestAnswer };

    /// <summary>Sends the query, the body and the token on and answers what comes back.</summary>
    public async Task ForwardAsync(HttpContext context, string verb)
    {
        var url = orchestrator() ?? throw new RequestException(503, "No orchestrator", "this process runs none; name another's address in ORCHESTRATOR_API_URL");
        var body = await Requests.ReadBytesAsync(context, LargestBody);
        using var request = new HttpRequestMessage(HttpMethod.Post, NodePaths.Of(url, $"api/v0/experiment/{verb}{context.Request.QueryString}")) { Content = new ReadOnlyMemoryContent(body) };
        if (context.Request.ContentType is { } type) request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        if (context.Request.Headers.Authorization is { Count: 1 } authorization) request.Headers.TryAddWithoutValidation("Authorization", authorization.ToString());
        try
        {
            using var response = await _client.SendAsync(request, context.RequestAborted);
            var answer = await response.Content.ReadAsByteArrayAsync(context.RequestAborted);
            await context.SendBytesAsync((int)response.StatusCode, response.Content.Headers.ContentType?.ToString() ?? "application/json", answer);
        }
        catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
        {
            context.RequestAborted.ThrowIfCancellationRequested();
            throw new RequestException(503, "No orchestrator", "the orchestrator does not answer");
        }
    }

    public void Dispose() => _client.Dispose();
}
