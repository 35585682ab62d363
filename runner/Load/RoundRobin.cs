namespace Mysticeti.Runner.Load;

/// <summary>
/// Which node each transaction goes to: in turn, in groups of as many as fall due in a millisecond. A group goes out as
/// one request, which spares generator and nodes most of the system calls of one request for each.
/// </summary>
/// <param name="Nodes">Number of nodes, at least 1.</param>
/// <param name="Group">Transactions in a row for the same node, at least 1.</param>
public readonly record struct RoundRobin(int Nodes, int Group)
{
    /// <summary>For an offered load in transactions a second.</summary>
    public static RoundRobin For(int nodes, int load) => new(nodes, Math.Clamp(load / 1000, 1, 100));

    public int NodeOf(int sequence) => sequence / Group % Nodes;

    /// <summary>The first transaction of a node.</summary>
    public int First(int node) => node * Group;

    /// <summary>The next transaction of the same node.</summary>
    public int Next(int sequence) => (sequence + 1) % Group == 0 ? sequence + 1 + ((Nodes - 1) * Group) : sequence + 1;
}
