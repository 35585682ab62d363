using System.Collections.Immutable;

namespace Mysticeti.Engine.Observation;

/// <summary>
/// Holds the nodes to one sequence and to one result of executing it. A chain digest identifies the whole prefix of commits, so that
/// equal digests at one index mean equal prefixes up to it; an application hash identifies what became of the application's state.
/// Thread-safe.
/// </summary>
/// <param name="names">The nodes, by position.</param>
public sealed class SafetyAudit(IReadOnlyList<string> names)
{
    /// <summary>Commit indexes, counted from the newest, at which nodes can be compared.</summary>
    public const int Retained = DigestSeries.Retained;

    private readonly Lock _gate = new();
    private readonly DigestSeries _chain = new(names);
    private readonly DigestSeries _application = new(names);

    /// <summary>Takes the chain digest that <paramref name="node"/> (its position) reports at <paramref name="index"/>.</summary>
    public void Report(int node, long index, ReadOnlySpan<byte> digest)
    {
        lock (_gate) _chain.Report(node, index, digest);
    }

    /// <summary>Takes the application hash that <paramref name="node"/> (its position) reports after commit <paramref name="index"/>.</summary>
    public void ReportApplication(int node, long index, ReadOnlySpan<byte> hash)
    {
        lock (_gate) _application.Report(node, index, hash);
    }

    /// <summary>What the digests show so far.</summary>
    public DigestEvidence Conclude()
    {
        lock (_gate)
        {
            return new DigestEvidence
            {
                Agreement = _chain.Disagreements == 0,
                Compared = _chain.Compared,
                LowestCompared = _chain.LowestCompared,
                HighestCompared = _chain.HighestCompared,
                Disagreements = _chain.Disagreements,
                FirstDisagreement = _chain.First,
                Last = _chain.Last,
                Application = new ApplicationEvidence(_application.Disagreements == 0, _application.Compared, _application.Disagreements, _application.First),
            };
        }
    }
}

/// <summary>What the chain digests of a load show.</summary>
public sealed record DigestEvidence
{
    /// <summary>No two nodes reported different digests at one index.</summary>
    public required bool Agreement { get; init; }

    /// <summary>Comparisons of one node's digest with another's.</summary>
    public required long Compared { get; init; }

    public required long LowestCompared { get; init; }

    public required long HighestCompared { get; init; }

    public required long Disagreements { get; init; }

    public required Disagreement? FirstDisagreement { get; init; }

    public required ImmutableArray<NodePrefix> Last { get; init; }

    public required ApplicationEvidence Application { get; init; }
}

/// <summary>What the application hashes of a load show.</summary>
/// <param name="Agreement">No two nodes reported different hashes after one commit.</param>
/// <param name="Compared">Comparisons of one node's hash with another's; 0 where the nodes tell none.</param>
public sealed record ApplicationEvidence(bool Agreement, long Compared, long Disagreements, Disagreement? FirstDisagreement);

/// <summary>Two nodes that reported different prefixes.</summary>
public sealed record Disagreement(long Index, string NodeA, string DigestA, string NodeB, string DigestB);

/// <summary>The end of what one node reported.</summary>
/// <param name="Node">Its name.</param>
/// <param name="CommitIndex">The highest index; 0: none.</param>
/// <param name="ChainDigest">Hex, at that index.</param>
/// <param name="Uncompared">Reports that came too late to be compared.</param>
public sealed record NodePrefix(string Node, long CommitIndex, string? ChainDigest, long Uncompared);
