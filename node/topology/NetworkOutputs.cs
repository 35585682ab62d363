namespace Mysticeti.Topology;

/// <summary>The stack-output contract.</summary>
public sealed record NetworkOutputs;
