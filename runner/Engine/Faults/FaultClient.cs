using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Networks;

namespace Mysticeti.Engine.Faults;

/// <summary>Speaks to the fault interface of validators (<c>/v1/faults</c>).</summary>
internal sealed class FaultClient(IReadOnlyList<NodeEndpoint> nodes) : IDisposable
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
    };

    /// <summary>A validator on a busy machine takes a fault late, which is no reason to give it up.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http = Readiness.CreateClient(Patience);

    /// <summary>Replaces what the validator does wrong; an empty state ends it.</summary>
    /// <exception cref="NetworkException">The validator does not answer, or refuses.</exception>
    public async Task SetAsync(int node, FaultState state, CancellationToken cancellationToken)
    {
        var body = state.IsEmpty ? null : JsonSerializer.Serialize(state, Format);
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Delete : HttpMethod.Put, Url(node));
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await SendAsync(node, request, cancellationToken);
    }

    /// <summary>How much longer the validator's faults are in force; zero where it has none.</summary>
    /// <exception cref="NetworkException">The validator does not answer, or refuses.</exception>
    public async Task<TimeSpan> RemainingAsync(int node, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Url(node));
        using var response = await SendAsync(node, request, cancellationToken);
        using var state = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken));
        return TimeSpan.FromMilliseconds(state.RootElement.TryGetProperty("remaining_ms", out var left) && left.TryGetDouble(out var ms) ? ms : 0);
    }

    public void Dispose() => _http.Dispose();

    private Uri Url(int node) => Readiness.Service(nodes[node].RpcUrl, "v1/faults");

    private async Task<HttpResponseMessage> SendAsync(int node, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            var response = await _http.SendAsync(request, cancellationToken);
            if (response.IsSuccessStatusCode) return response;
            using (response)
            {
                var why = response.StatusCode switch
                {
                    HttpStatusCode.Forbidden => "it was started without --unsafe-fault-injection",
                    HttpStatusCode.NotFound => "it has no fault interface",
                    _ => Values.OneLine(await response.Content.ReadAsStringAsync(cancellationToken)),
                };
                throw new NetworkException($"{nodes[node].Name} takes no faults: {why}");
            }
        }
        catch (HttpRequestException error)
        {
            throw new NetworkException($"{nodes[node].Name} cannot be asked for a fault: {error.Message}", error);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new NetworkException($"{nodes[node].Name} does not answer at {Url(node)}", error);
        }
    }
}
