using Mysticeti.Topology;

namespace Mysticeti.Engine.Networks.External;

/// <summary>Reads what a Pulumi stack exports.</summary>
internal static class PulumiStack
{
    /// <summary>The network of a stack of the Pulumi project in the working directory.</summary>
    /// <exception cref="TopologyException">There is no Pulumi, no such stack, or its outputs are not what the contract says.</exception>
    public static async Task<NetworkOutputs> ReadAsync(string stack, CancellationToken cancellationToken)
    {
        var result = await Tool.TryRunAsync("pulumi", ["stack", "output", "--json", "--non-interactive", "--stack", stack], cancellationToken)
            ?? throw new TopologyException("--stack needs pulumi, which is not installed; install it, or pass the stack's outputs in a file with --outputs");
        return result.Succeeded
            ? NetworkOutputs.Parse(result.Output, $"stack '{stack}'")
            : throw new TopologyException($"stack '{stack}' cannot be read: {result.Reason}; bring it up with: pulumi up --stack {stack}");
    }
}
