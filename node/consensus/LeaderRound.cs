namespace Mysticeti.Consensus;

/// <summary>The leader slots of one round, fed with the blocks of its voting and decision rounds as they come.</summary>
internal sealed class LeaderRound
{
    private readonly IDagView _dag;
    private readonly long _votingRound;
    private readonly long _decisionRound;
    private readonly Dictionary<BlockRef, int> _voters = [];
    private int _deciders;
    private (BlockRef Anchor, HashSet<BlockRef> History)? _lastHistory;

    public LeaderRound(IDagView dag, Committee committee, ConsensusParameters parameters, long round)
    {
        _dag = dag;
        Round = round;
        _votingRound = parameters.VotingRound(round);
        _decisionRound = parameters.DecisionRound(round);
        Slots = new LeaderSlot[parameters.LeadersPerRound];
        for (var offset = 0; offset < Slots.Length; offset++) Slots[offset] = new LeaderSlot(dag, committee, round, offset);
    }

    public long Round { get; }

    public LeaderSlot[] Slots { get; }

    /// <summary>Takes in the blocks that have come since the last call.</summary>
    /// <param name="scratch">Used for counting; left in any state.</param>
    /// <returns>Whether the direct rule's answer changed for a slot.</returns>
    public bool Update(StakeCounter scratch, List<(int Voter, int Author)> parents)
    {
        var changed = false;
        var voting = _dag.BlocksAt(_votingRound);
        while (_voters.Count < voting.Count)
        {
            var block = voting[_voters.Count];
            _voters.Add(block.Reference, _voters.Count);
            foreach (var slot in Slots) changed |= slot.AddVoter(block);
        }

        var deciding = _dag.BlocksAt(_decisionRound);
        for (; _deciders < deciding.Count; _deciders++)
        {
            var block = deciding[_deciders];
            FindParents(block, parents);
            foreach (var slot in Slots) changed |= slot.AddDecider(block, parents, scratch);
        }

        return changed;
    }

    /// <summary>The ancestors of <paramref name="anchor"/> at this round's decision round: where certificates count for the indirect rule.</summary>
    public HashSet<BlockRef> HistoryOf(BlockRef anchor)
    {
        if (_lastHistory is { } last && last.Anchor == anchor) return last.History;
        var history = new HashSet<BlockRef>();
        var visited = new HashSet<BlockRef> { anchor };
        var open = new Stack<BlockRef>([anchor]);
        while (open.TryPop(out var reference))
        {
            if (_dag.Find(reference) is not { } block) continue;
            foreach (var ancestor in block.Ancestors)
            {
                if (ancestor.Round == _decisionRound) history.Add(ancestor);
                else if (ancestor.Round > _decisionRound && visited.Add(ancestor)) open.Push(ancestor);
            }
        }

        _lastHistory = (anchor, history);
        return history;
    }

    private void FindParents(Block block, List<(int Voter, int Author)> parents)
    {
        parents.Clear();
        foreach (var ancestor in block.Ancestors)
        {
            if (ancestor.Round == _votingRound && _voters.TryGetValue(ancestor, out var voter)) parents.Add((voter, ancestor.Author));
        }
    }
}
