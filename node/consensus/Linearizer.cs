using System.Buffers;
using System.Collections.Immutable;

namespace Mysticeti.Consensus;

/// <summary>What a committed leader adds to the total order.</summary>
/// <param name="Index">Position in the committed sequence, from 1.</param>
/// <param name="Blocks">The leader and those of its ancestors that no commit before had, by (round, author, digest).</param>
/// <param name="ChainDigest">Identifies the whole sequence up to this commit.</param>
public sealed record CommittedSubDag(long Index, Block Leader, ImmutableArray<Block> Blocks, Digest ChainDigest);

/// <summary>Where a linearizer stands: a function of the committed sequence alone, equal on all validators at equal index.</summary>
/// <param name="Index">Index of the last commit; 0 before the first.</param>
/// <param name="ChainDigest">Of the last commit; the genesis hash before the first.</param>
/// <param name="LastLeaderRound">Leader round of the last commit; 0 before the first.</param>
/// <param name="Sequenced">The blocks above the garbage collection round that have been sequenced, ascending.</param>
public sealed record LinearizerState(long Index, Digest ChainDigest, long LastLeaderRound, ImmutableArray<BlockRef> Sequenced);

/// <summary>Turns committed leaders into committed sub-DAGs. Not safe for use by several threads.</summary>
public sealed class Linearizer
{
    private readonly IDagView _dag;
    private readonly ConsensusParameters _parameters;
    private readonly Dictionary<long, HashSet<BlockRef>> _sequenced = [];
    private long _lastLeaderRound;

    /// <summary>Starts before the first commit.</summary>
    /// <param name="genesisHash">Hash of the genesis file: c_0.</param>
    public Linearizer(IDagView dag, ConsensusParameters parameters, Digest genesisHash)
        : this(dag, parameters, new LinearizerState(0, genesisHash, 0, []))
    {
    }

    /// <summary>Goes on from where another linearizer stood.</summary>
    public Linearizer(IDagView dag, ConsensusParameters parameters, LinearizerState state)
    {
        (_dag, _parameters, _lastLeaderRound) = (dag, parameters, state.LastLeaderRound);
        (LastIndex, ChainDigest) = (state.Index, state.ChainDigest);
        foreach (var reference in state.Sequenced)
        {
            if (reference.Round > GcRound) MarkSequenced(reference);
        }
    }

    /// <summary>Index of the last commit; 0 before the first.</summary>
    public long LastIndex { get; private set; }

    /// <summary>c_i of the last commit; the genesis hash before the first.</summary>
    public Digest ChainDigest { get; private set; }

    /// <summary>
    /// The garbage collection round of the next commit, max(0, round of the last committed leader - gc_depth): blocks
    /// at or below it will never be sequenced.
    /// </summary>
    public long GcRound => _parameters.GcRound(_lastLeaderRound);

    /// <summary>Takes the next committed leader.</summary>
    /// <exception cref="InvalidOperationException">An ancestor above <see cref="GcRound"/> is missing in the DAG.</exception>
    public CommittedSubDag Commit(Block leader)
    {
        var blocks = Collect(leader);
        ChainDigest = Chain(ChainDigest, leader.Reference, blocks);
        LastIndex++;

        var gcBefore = GcRound;
        _lastLeaderRound = leader.Round;
        for (var round = gcBefore + 1; round <= GcRound; round++) _sequenced.Remove(round);
        return new CommittedSubDag(LastIndex, leader, blocks, ChainDigest);
    }

    /// <summary>Whether a block above <see cref="GcRound"/> is part of a commit.</summary>
    public bool IsSequenced(BlockRef reference) => _sequenced.TryGetValue(reference.Round, out var round) && round.Contains(reference);

    /// <summary>A copy of where this linearizer stands, to go on from.</summary>
    public LinearizerState Capture()
    {
        var sequenced = _sequenced.Values.SelectMany(round => round).ToArray();
        Array.Sort(sequenced);
        return new LinearizerState(LastIndex, ChainDigest, _lastLeaderRound, [.. sequenced]);
    }

    /// <summary>c_i = SHA-256(c_{i-1}, leader reference, block references in order), references as in <see cref="BlockCodec.WriteReference"/>.</summary>
    public static Digest Chain(Digest previous, BlockRef leader, ImmutableArray<Block> blocks)
    {
        var size = Digest.Size + (BlockCodec.ReferenceSize * (1 + blocks.Length));
        var buffer = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            previous.CopyTo(buffer);
            BlockCodec.WriteReference(buffer.AsSpan(Digest.Size), leader);
            var at = Digest.Size + BlockCodec.ReferenceSize;
            foreach (var block in blocks)
            {
                BlockCodec.WriteReference(buffer.AsSpan(at), block.Reference);
                at += BlockCodec.ReferenceSize;
            }

            return Digest.Of(buffer.AsSpan(0, size));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private ImmutableArray<Block> Collect(Block leader)
    {
        var gcRound = GcRound;
        var collected = ImmutableArray.CreateBuilder<Block>();
        MarkSequenced(leader.Reference);
        collected.Add(leader);
        // The list is its own queue: each block's ancestors are looked at once.
        for (var next = 0; next < collected.Count; next++)
        {
            foreach (var ancestor in collected[next].Ancestors)
            {
                if (ancestor.Round <= gcRound || !MarkSequenced(ancestor)) continue;
                collected.Add(_dag.Find(ancestor)
                    ?? throw new InvalidOperationException($"ancestor {ancestor} of leader {leader} is missing above the garbage collection round {gcRound}"));
            }
        }

        collected.Sort((left, right) => left.Reference.CompareTo(right.Reference));
        return collected.DrainToImmutable();
    }

    private bool MarkSequenced(BlockRef reference)
    {
        if (!_sequenced.TryGetValue(reference.Round, out var round)) _sequenced.Add(reference.Round, round = []);
        return round.Add(reference);
    }
}
