using System.Net.Http.Headers;
using System.Net;
using Mysticeti.Engine.Console;
using Mysticeti.Protocol;

namespace Mysticeti.Engine.Nodes;

/// <summary>
/// Asks the HTTP services of nodes. An RPC address may have a path of its own; no proxy stands between, whatever the environment says; redirects are
/// answers like others and never followed; an answer is bounded in time and size. Whatever goes wrong is a <see cref="NodeException"/>.
/// </summary>
public sealed class NodeClient : IDisposable
{
    /// <summary>Longest wait for a connection, and by default for an answer.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Most bytes of an answer.</summary>
    public const int MaxAnswerBytes = 64 * 1024 * 1024;

    private readonly HttpClient _http;
    private readonly TimeSpan _timeout;

    /// <param name="timeout">Longest wait for a whole answer, or for the beginning of one that is read as it comes; null: <see cref="DefaultTimeout"/>.</param>
    /// <param name="handler">Carries the requests; null: connections of its own.</param>
    public NodeClient(TimeSpan? timeout = null, int maxAnswerBytes = MaxAnswerBytes, HttpMessageHandler? handler = null)
    {
        _timeout = timeout ?? DefaultTimeout;
        handler ??= new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, ConnectTimeout = DefaultTimeout };
        // Streams last as long as a load; everything else has a limit of its own.
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = maxAnswerBytes };
    }

    public void Dispose() => _http.Dispose();

    /// <summary>The body of an answer with status 200.</summary>
    /// <param name="service">A path of <see cref="NodePaths"/>, perhaps with a query.</param>
    /// <exception cref="NodeException">There is none.</exception>
    public async Task<byte[]> GetAsync(Uri rpcUrl, string service, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(HttpMethod.Get, rpcUrl, service, null, cancellationToken);
        return answer.Status == HttpStatusCode.OK ? answer.Body : throw Refused(rpcUrl, service, answer.Status);
    }

    /// <summary>The answer to a request, whatever its status.</summary>
    /// <param name="json">The body; null: none.</param>
    /// <exception cref="NodeException">There is none.</exception>
    public Task<NodeAnswer> SendAsync(HttpMethod method, Uri rpcUrl, string service, byte[]? json, CancellationToken cancellationToken) =>
        WithinAsync(rpcUrl, async limit =>
        {
            using var request = new HttpRequestMessage(method, NodePaths.Of(rpcUrl, service));
            if (json is not null) request.Content = new ByteArrayContent(json) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            using var response = await _http.SendAsync(request, limit);
            return new NodeAnswer(response.StatusCode, await response.Content.ReadAsByteArrayAsync(limit));
        }, cancellationToken);

    /// <summary>Opens an answer that is read as it comes. Only the wait for its beginning is bounded.</summary>
    /// <returns>The response, whatever its status.</returns>
    /// <exception cref="NodeException">There is none.</exception>
    public Task<HttpResponseMessage> OpenAsync(Uri rpcUrl, string service, CancellationToken cancellationToken) => WithinAsync(
        rpcUrl, limit => _http.GetAsync(NodePaths.Of(rpcUrl, service), HttpCompletionOption.ResponseHeadersRead, limit), cancellationToken);

    private static NodeException Refused(Uri rpcUrl, string service, HttpStatusCode status) =>
        new(NodeProblem.BadAnswer, $"answers {(int)status} on {NodePaths.Of(rpcUrl, service).GetLeftPart(UriPartial.Path)}");

    private async Task<T> WithinAsync<T>(Uri rpcUrl, Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_timeout);
        try
        {
            return await ask(limit.Token);
        }
        catch (HttpRequestException error) when (error.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            throw new NodeException(NodeProblem.BadAnswer, $"the answer of {rpcUrl.Authority} is longer than {_http.MaxResponseContentBufferSize} bytes", error);
        }
        catch (HttpRequestException error)
        {
            throw new NodeException(NodeProblem.NoConnection, $"no connection to {rpcUrl.Authority}", error);
        }
        catch (IOException error)
        {
            throw new NodeException(NodeProblem.NoConnection, $"the connection to {rpcUrl.Authority} broke", error);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new NodeException(NodeProblem.NoAnswer, $"no answer from {rpcUrl.Authority}", error);
        }
    }
}

/// <summary>What a node answered.</summary>
public sealed record NodeAnswer(HttpStatusCode Status, byte[] Body);

/// <summary>Why there is no answer.</summary>
public enum NodeProblem
{
    /// <summary>Nobody listens, or the connection broke.</summary>
    NoConnection,

    /// <summary>The connection stands, and nothing came in time.</summary>
    NoAnswer,

    /// <summary>An answer came that cannot be used.</summary>
    BadAnswer,
}

/// <summary>A node did not answer. The message is one line that names its address.</summary>
public sealed class NodeException(NodeProblem problem, string message, Exception? inner = null) : CommandException(ExitCodes.Network, message, inner)
{
    public NodeProblem Problem => problem;
}
