using System.Collections.Immutable;

namespace Mysticeti.Runner.Measurement;

/// <summary>
/// Compares the chain digests that the nodes report, index by index as they arrive. A chain digest identifies the whole
/// prefix, so that equal digests at one index mean equal prefixes up to it. Memory is bounded: digests of the newest
/// <see cref="Retained"/> indexes are kept; a node further behind than that goes uncompared there. Thread-safe.
/// </summary>
/// <param name="names">The nodes, by position.</param>
public sealed class SafetyAudit(IReadOnlyList<string> names)
{
    public const int Retained = 1 << 16;

    private const int DigestSize = 32;

    private readonly Lock _gate = new();
    private readonly long[] _index = new long[Retained];
    private readonly int[] _reporter = new int[Retained];
    private readonly byte[] _digests = new byte[Retained * DigestSize];
    private readonly NodeState[] _nodes = [.. names.Select(_ => new NodeState())];
    private Disagreement? _first;
    private long _disagreements;
    private long _compared;
    private long _lowestCompared;
    private long _highestCompared;

    /// <summary>Takes the digest that <paramref name="node"/> (its position) reports at <paramref name="index"/>.</summary>
    public void Report(int node, long index, ReadOnlySpan<byte> digest)
    {
        lock (_gate)
        {
            NodeState state = _nodes[node];
            if (index >= state.LastIndex)
            {
                state.LastIndex = index;
                digest.CopyTo(state.LastDigest);
            }

            int slot = (int)(index & (Retained - 1));
            Span<byte> kept = _digests.AsSpan(slot * DigestSize, DigestSize);
            if (_index[slot] < index)
            {
                (_index[slot], _reporter[slot]) = (index, node);
                digest.CopyTo(kept);
            }
            else if (_index[slot] > index)
            {
                state.Uncompared++;
            }
            else if (_reporter[slot] != node || !digest.SequenceEqual(kept))
            {
                Compare(node, index, digest, _reporter[slot], kept);
            }
        }
    }

    /// <summary>What the digests show so far.</summary>
    public DigestEvidence Conclude()
    {
        lock (_gate)
        {
            return new DigestEvidence
            {
                Agreement = _disagreements == 0,
                Compared = _compared,
                LowestCompared = _lowestCompared,
                HighestCompared = _highestCompared,
                Disagreements = _disagreements,
                FirstDisagreement = _first,
                Last = [.. _nodes.Select((n, i) => new NodePrefix(
                    names[i], n.LastIndex, n.LastIndex == 0 ? null : Convert.ToHexString(n.LastDigest), n.Uncompared))],
            };
        }
    }

    private void Compare(int node, long index, ReadOnlySpan<byte> digest, int reporter, ReadOnlySpan<byte> kept)
    {
        _compared++;
        _lowestCompared = _lowestCompared == 0 ? index : Math.Min(_lowestCompared, index);
        _highestCompared = Math.Max(_highestCompared, index);
        if (digest.SequenceEqual(kept))
        {
            return;
        }

        _disagreements++;
        if (_first is null || index < _first.Index)
        {
            _first = new Disagreement(index, names[reporter], Convert.ToHexString(kept), names[node], Convert.ToHexString(digest));
        }
    }

    private sealed class NodeState
    {
        public long LastIndex { get; set; }

        public byte[] LastDigest { get; } = new byte[DigestSize];

        public long Uncompared { get; set; }
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
}

/// <summary>Two nodes that reported different prefixes.</summary>
public sealed record Disagreement(long Index, string NodeA, string DigestA, string NodeB, string DigestB);

/// <summary>The end of what one node reported.</summary>
/// <param name="Node">Its name.</param>
/// <param name="CommitIndex">The highest index; 0: none.</param>
/// <param name="ChainDigest">Hex, at that index.</param>
/// <param name="Uncompared">Reports that came too late to be compared.</param>
public sealed record NodePrefix(string Node, long CommitIndex, string? ChainDigest, long Uncompared);
