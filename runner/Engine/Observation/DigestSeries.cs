using System.Collections.Immutable;

namespace Mysticeti.Engine.Observation;

/// <summary>
/// Compares the digests that the nodes report, index by index as they arrive. Memory is bounded: digests of the newest
/// <see cref="Retained"/> indexes are kept; a node further behind than that goes uncompared there. Used under its owner's lock.
/// </summary>
/// <param name="names">The nodes, by position.</param>
internal sealed class DigestSeries(IReadOnlyList<string> names)
{
    public const int Retained = 1 << 16;

    private const int DigestSize = 32;

    private readonly long[] _index = new long[Retained];
    private readonly int[] _reporter = new int[Retained];
    private readonly byte[] _digests = new byte[Retained * DigestSize];
    private readonly NodeState[] _nodes = [.. names.Select(_ => new NodeState())];

    /// <summary>Takes the digest that <paramref name="node"/> (its position) reports at <paramref name="index"/>.</summary>
    public void Report(int node, long index, ReadOnlySpan<byte> digest)
    {
        var state = _nodes[node];
        if (index >= state.LastIndex)
        {
            state.LastIndex = index;
            digest.CopyTo(state.LastDigest);
        }

        var slot = (int)(index & (Retained - 1));
        var kept = _digests.AsSpan(slot * DigestSize, DigestSize);
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

    /// <summary>Comparisons of one node's digest with another's.</summary>
    public long Compared { get; private set; }

    public long LowestCompared { get; private set; }

    public long HighestCompared { get; private set; }

    public long Disagreements { get; private set; }

    /// <summary>That of the lowest index.</summary>
    public Disagreement? First { get; private set; }

    /// <summary>The end of what each node reported.</summary>
    public ImmutableArray<NodePrefix> Last =>
    [
        .. _nodes.Select((node, i) => new NodePrefix(
            names[i], node.LastIndex, node.LastIndex == 0 ? null : Convert.ToHexString(node.LastDigest), node.Uncompared)),
    ];

    private void Compare(int node, long index, ReadOnlySpan<byte> digest, int reporter, ReadOnlySpan<byte> kept)
    {
        Compared++;
        LowestCompared = LowestCompared == 0 ? index : Math.Min(LowestCompared, index);
        HighestCompared = Math.Max(HighestCompared, index);
        if (digest.SequenceEqual(kept)) return;

        Disagreements++;
        if (First is null || index < First.Index)
        {
            First = new Disagreement(index, names[reporter], Convert.ToHexString(kept), names[node], Convert.ToHexString(digest));
        }
    }

    private sealed class NodeState
    {
        public long LastIndex { get; set; }

        public byte[] LastDigest { get; } = new byte[DigestSize];

        public long Uncompared { get; set; }
    }
}
