using System.Collections.Immutable;

namespace Mysticeti.Platform.Orchestrator;

/// <summary>The network that a setup names, in the words of <c>mysticeti benchmark</c>: exactly one of outputs, stack, nodes and type is there.</summary>
internal sealed record ExperimentNetwork
{
    /// <summary>An outputs file.</summary>
    public string? Outputs { get; init; }

    /// <summary>A Pulumi stack of the project in the service's working directory.</summary>
    public string? Stack { get; init; }

    /// <summary>RPC addresses of validators, ascending by authority.</summary>
    public ImmutableArray<Uri>? Nodes { get; init; }

    /// <summary><c>embedded</c>: started for the experiment, and stopped after it.</summary>
    public string? Type { get; init; }

    /// <summary>Validators of an embedded network.</summary>
    public int? Committee { get; init; }
}
