namespace Mysticeti.Consensus;

/// <summary>
/// Decides the leader slots, in ascending (round, offset), from the DAG alone: first by what the slot's own wave says
/// (direct rule), else by what a decided later slot, its anchor, has seen of that wave (indirect rule). Blocks are taken
/// in as they come, each once for each wave it matters to; nothing below the cursor is touched. Not safe for use by
/// several threads.
/// </summary>
public sealed class CommitRule
{
    private readonly IDagView _dag;
    private readonly Committee _committee;
    private readonly ConsensusParameters _parameters;
    private readonly StakeCounter _scratch;
    private readonly List<(int Voter, int Author)> _parents = [];

    // The leader rounds from the cursor's on, one after the other, as far as the DAG reaches.
    private readonly List<LeaderRound> _rounds = [];

    // Whether the direct rule's answer changed for a slot since the last try: nothing else can decide one.
    private bool _changed;

    /// <param name="parameters">K, W and whether waves are pipelined.</param>
    /// <param name="fromRound">Round of the first slot to decide; without pipelining the next leader round from there.</param>
    /// <param name="fromOffset">Offset of the first slot to decide in <paramref name="fromRound"/>.</param>
    /// <exception cref="ArgumentException">K is not from 1 to the committee's size, or W is below 3.</exception>
    public CommitRule(IDagView dag, Committee committee, ConsensusParameters parameters, long fromRound = 1, int fromOffset = 0)
    {
        if (parameters.LeadersPerRound < 1 || parameters.LeadersPerRound > committee.Size)
            throw new ArgumentException($"leaders per round: {parameters.LeadersPerRound} is not from 1 to the committee's {committee.Size}", nameof(parameters));
        if (parameters.WaveLength < 3)
            throw new ArgumentException($"wave length: {parameters.WaveLength} is below 3", nameof(parameters));

        (_dag, _committee, _parameters, _scratch) = (dag, committee, parameters, new StakeCounter(committee));
        MoveTo(fromRound, fromOffset);
    }

    /// <summary>Round of the first slot that is not decided yet.</summary>
    public long CursorRound { get; private set; }

    /// <summary>Offset of the first slot that is not decided yet.</summary>
    public int CursorOffset { get; private set; }

    /// <summary>
    /// Extends the decided sequence by the longest prefix of decided slots and moves the cursor past it, skipped slots
    /// included: no slot is ever returned twice.
    /// </summary>
    /// <returns>The newly decided slots, ascending; empty where there are none.</returns>
    public IReadOnlyList<LeaderDecision> TryDecide()
    {
        TakeIn();
        if (!_changed) return [];
        _changed = false;
        Scan();
        var decided = new List<LeaderDecision>();
        foreach (var slot in SlotsFrom(0, CursorOffset))
        {
            if (slot.Current.Status == LeaderStatus.Undecided) break;
            decided.Add(Describe(slot));
        }

        if (decided.Count > 0) MoveTo(decided[^1].Round, decided[^1].Offset + 1);
        return decided;
    }

    /// <summary>The status of every slot from the cursor to <paramref name="toRound"/>, ascending; the cursor stays.</summary>
    public IReadOnlyList<LeaderDecision> Evaluate(long toRound)
    {
        TakeIn();
        Scan();
        var statuses = new List<LeaderDecision>();
        for (var round = CursorRound; round <= toRound; round += Step)
        {
            for (var offset = round == CursorRound ? CursorOffset : 0; offset < _parameters.LeadersPerRound; offset++)
            {
                var index = (int)((round - CursorRound) / Step);
                statuses.Add(index < _rounds.Count
                    ? Describe(_rounds[index].Slots[offset])
                    : new LeaderDecision(round, offset, _committee.Leader(round, offset), LeaderStatus.Undecided, null));
            }
        }

        return statuses;
    }

    /// <summary>
    /// Whether each slot of <paramref name="leaderRound"/> has a quorum of votes for one block or of blames, or can have
    /// neither any more. True for what is decided already, and for a round without leaders.
    /// </summary>
    public bool IsVotedOn(long leaderRound)
    {
        if (leaderRound < CursorRound || !_parameters.IsLeaderRound(leaderRound)) return true;
        TakeIn();
        var index = (leaderRound - CursorRound) / Step;
        return index < _rounds.Count && Array.TrueForAll(_rounds[(int)index].Slots, slot => slot.IsVotedOn);
    }

    private int Step => _parameters.Pipelined ? 1 : _parameters.WaveLength;

    private void TakeIn()
    {
        var next = CursorRound + ((long)_rounds.Count * Step);
        for (; next <= _dag.HighestRound; next += Step) _rounds.Add(new LeaderRound(_dag, _committee, _parameters, next));

        foreach (var round in _rounds) _changed |= round.Update(_scratch, _parents);
    }

    /// <summary>Gives every slot its status, from the highest down: an anchor is above the slots that hang on it.</summary>
    private void Scan()
    {
        for (var index = _rounds.Count - 1; index >= 0; index--)
        {
            var slots = _rounds[index].Slots;
            for (var offset = slots.Length - 1; offset >= 0; offset--)
            {
                var slot = slots[offset];
                slot.Current = slot.Direct.Status == LeaderStatus.Undecided ? DecideIndirectly(index, slot) : slot.Direct;
            }
        }
    }

    private (LeaderStatus Status, BlockRef? Leader) DecideIndirectly(int index, LeaderSlot slot)
    {
        // The first leader round at or above L + W.
        var firstAnchorRound = index + (_parameters.Pipelined ? _parameters.WaveLength : 1);
        foreach (var anchor in SlotsFrom(firstAnchorRound, 0))
        {
            if (anchor.Current.Status is LeaderStatus.DirectSkip or LeaderStatus.IndirectSkip) continue;
            return anchor.Current.Leader is { } leader ? slot.DecideBy(_rounds[index].HistoryOf(leader)) : default;
        }

        return default;
    }

    private IEnumerable<LeaderSlot> SlotsFrom(int index, int offset)
    {
        for (; index < _rounds.Count; index++, offset = 0)
        {
            var slots = _rounds[index].Slots;
            for (; offset < slots.Length; offset++) yield return slots[offset];
        }
    }

    private LeaderDecision Describe(LeaderSlot slot) => new(
        slot.Round, slot.Offset, slot.Authority, slot.Current.Status,
        slot.Current.Leader is { } leader ? _dag.Find(leader) : null);

    private void MoveTo(long round, int offset)
    {
        if (offset >= _parameters.LeadersPerRound) (round, offset) = (round + 1, 0);
        var leaderRound = Math.Max(round, 1);
        if (leaderRound % Step != 0) leaderRound += Step - (leaderRound % Step);
        CursorOffset = leaderRound == round ? offset : 0;
        CursorRound = leaderRound;
        var passed = _rounds.FindIndex(kept => kept.Round >= leaderRound);
        _rounds.RemoveRange(0, passed < 0 ? _rounds.Count : passed);
    }
}
