namespace Mysticeti.Topology;

/// <summary>A network description is wrong. The message is one line that names the file or option, the field, and what is wrong with it.</summary>
public sealed class TopologyException(string message, Exception? inner = null) : Exception(message, inner);
