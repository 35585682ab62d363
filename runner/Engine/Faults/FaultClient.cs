using System.Net;
using System.Text;
using System.Text.Json;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Nodes;
using Mysticeti.Protocol;

namespace Mysticeti.Engine.Faults;

/// <summary>Speaks to the fault interface of validators (<c>/v1/faults</c>).</summary>
internal sealed class FaultClient(IReadOnlyList<NodeEndpoint> nodes) : IDisposable
{
    /// <summary>A validator on a busy machine takes a fault late, which is no reason to give it up.</summary>
    private readonly NodeClient _client = new(TimeSpan.FromSeconds(5));

    /// <summary>Replaces what the validator does wrong; an empty state ends it.</summary>
    /// <exception cref="NetworkException">The validator does not answer, or refuses.</exception>
    public Task SetAsync(int node, FaultState state, CancellationToken cancellationToken) => state.IsEmpty
        ? SendAsync(node, HttpMethod.Delete, null, cancellationToken)
        : SendAsync(node, HttpMethod.Put, state.ToJson(), cancellationToken);

    /// <summary>How much longer the validator's faults are in force; zero where it has none.</summary>
    /// <exception cref="NetworkException">The validator does not answer, or refuses.</exception>
    public async Task<TimeSpan> RemainingAsync(int node, CancellationToken cancellationToken)
    {
        try
        {
            return FaultAnswer.RemainingOf(await SendAsync(node, HttpMethod.Get, null, cancellationToken));
        }
        catch (JsonException error)
        {
            throw new NetworkException($"{nodes[node].Name} does not tell its faults: {error.Message}", error);
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<byte[]> SendAsync(int node, HttpMethod method, byte[]? body, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await _client.SendAsync(method, nodes[node].RpcUrl, NodePaths.Faults, body, cancellationToken);
            if (answer.Status == HttpStatusCode.OK) return answer.Body;
            var why = answer.Status switch
            {
                HttpStatusCode.Forbidden => "it was started without --unsafe-fault-injection",
                HttpStatusCode.NotFound => "it has no fault interface",
                _ => Values.OneLine(Encoding.UTF8.GetString(answer.Body)),
            };
            throw new NetworkException($"{nodes[node].Name} takes no faults: {why}");
        }
        catch (NodeException error)
        {
            throw new NetworkException($"{nodes[node].Name} cannot be asked for a fault: {error.Message}", error);
        }
    }
}
