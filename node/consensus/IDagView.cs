namespace Mysticeti.Consensus;

/// <summary>
/// What the commit rule and the linearizer see of a DAG: the narrow seam between storing blocks and deciding on them.
/// The ancestors of every block in view are in view too, down to the garbage collection round.
/// </summary>
public interface IDagView
{
    /// <summary>The highest round that has a block; 0 while there is only genesis.</summary>
    long HighestRound { get; }

    /// <summary>
    /// All blocks of a round in the order in which they came into view. The list may be live: blocks are only ever
    /// added at its end, and none leaves it before the whole round is dropped.
    /// </summary>
    IReadOnlyList<Block> BlocksAt(long round);

    /// <summary>The blocks of one author at a round: more than one where the author equivocates.</summary>
    IReadOnlyList<Block> BlocksAt(long round, int author);

    /// <summary>The block of this reference, or null.</summary>
    Block? Find(BlockRef reference);
}
