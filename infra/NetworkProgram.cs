using System.Text.Json;
using Mysticeti.Topology;

namespace Mysticeti.Infra;

/// <summary>The Pulumi program: declares the network that the stack's configuration asks for and exports where it is.</summary>
public static class NetworkProgram
{
    /// <summary>Declares the resources.</summary>
    /// <param name="directory">The program's directory, infra; relative paths in commands start there.</param>
    /// <returns>The stack's outputs: <c>network</c>, by the stack-output contract, and <c>endpoints</c>, its RPC URLs.</returns>
    public static IDictionary<string, object?> Run(string directory)
    {
        var settings = NetworkSettings.Read(new Pulumi.Config("mysticeti"), Pulumi.Deployment.Instance.StackName);
        var network = settings.Provider switch
        {
            "docker" => new DockerNetwork(settings, directory).Network,
            _ => throw new Pulumi.RunException($"mysticeti:provider is '{settings.Provider}'; the known one is docker"),
        };

        // From the plan alone, never from what a resource returns: so no secret can flow into it.
        return new Dictionary<string, object?>
        {
            ["network"] = JsonSerializer.Deserialize<JsonElement>(network.ToJson()),
            ["endpoints"] = network.Nodes.Select(node => node.RpcUrl.OriginalString).ToArray(),
        };
    }
}
