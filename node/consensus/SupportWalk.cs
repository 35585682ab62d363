namespace Mysticeti.Consensus;

/// <summary>
/// Finds which leader block of one slot a block supports: the first block of the slot met on a depth-first walk over
/// its ancestors in their order, ignoring those below the leader's round. The ancestors of a block in the DAG never
/// change and neither does its support, so what was walked once is remembered.
/// </summary>
internal sealed class SupportWalk(IDagView dag, long leaderRound, int authority)
{
    // Blocks between the leader's and the voting round; stays empty with waves of three rounds.
    private readonly Dictionary<BlockRef, BlockRef?> _between = [];
    private readonly Stack<(Block Block, int Next)> _path = new();

    /// <returns>The supported leader block, or null where <paramref name="voter"/> supports none.</returns>
    public BlockRef? Of(Block voter)
    {
        _path.Push((voter, 0));
        while (_path.TryPop(out var step))
        {
            var (block, next) = step;
            var descended = false;
            for (; next < block.Ancestors.Length && !descended; next++)
            {
                var ancestor = block.Ancestors[next];
                if (ancestor.Round < leaderRound) continue;
                if (ancestor.Round == leaderRound)
                {
                    if (ancestor.Author == authority) return Found(block, ancestor);
                }
                else if (_between.TryGetValue(ancestor, out var known))
                {
                    if (known is { } leader) return Found(block, leader);
                }
                else if (dag.Find(ancestor) is { } below)
                {
                    _path.Push((block, next + 1));
                    _path.Push((below, 0));
                    descended = true;
                }
            }

            if (!descended && _path.Count > 0) _between.TryAdd(block.Reference, null);
        }

        return null;
    }

    /// <summary>Every block on the path came to the end of the walk by its first way to a leader block: all support the same.</summary>
    private BlockRef Found(Block block, BlockRef leader)
    {
        if (_path.Count > 0) _between[block.Reference] = leader;
        while (_path.TryPop(out var step))
        {
            // The bottom of the path is the voter, which nobody walks through.
            if (_path.Count > 0) _between[step.Block.Reference] = leader;
        }

        return leader;
    }
}
