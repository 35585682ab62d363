namespace Mysticeti.Consensus;

/// <summary>
/// One leader slot: which of its blocks the voting round supports, what the decision round certifies, and the status
/// that follows from these alone (the direct rule). Grows with each block; nothing is counted twice.
/// </summary>
internal sealed class LeaderSlot(IDagView dag, Committee committee, long round, int offset)
{
    private const int Blame = -1;

    private readonly SupportWalk _support = new(dag, round, committee.Leader(round, offset));
    private readonly StakeCounter _heard = new(committee);
    private readonly StakeCounter _blames = new(committee);
    private readonly List<Candidate> _candidates = [];

    // For each block of the voting round, in the order of their coming: the index of the candidate it votes for, or Blame.
    private readonly List<int> _votes = [];

    public long Round => round;

    public int Offset => offset;

    public int Authority { get; } = committee.Leader(round, offset);

    /// <summary>Status and leader block by the direct rule.</summary>
    public (LeaderStatus Status, BlockRef? Leader) Direct { get; private set; }

    /// <summary>Status and leader block by both rules, as of the last scan.</summary>
    public (LeaderStatus Status, BlockRef? Leader) Current { get; set; }

    /// <summary>
    /// Whether a quorum has voted for one leader block or has blamed the slot, or whether neither can come about any more:
    /// an equivocating leader can split the votes, and waiting would not mend that.
    /// </summary>
    public bool IsVotedOn
    {
        get
        {
            var most = _blames.Stake;
            foreach (var candidate in _candidates) most = Math.Max(most, candidate.Votes);
            return most >= committee.Quorum || most + committee.TotalStake - _heard.Stake < committee.Quorum;
        }
    }

    /// <summary>Counts the next block of the voting round.</summary>
    /// <returns>Whether <see cref="Direct"/> changed.</returns>
    public bool AddVoter(Block block)
    {
        _heard.Add(block.Author);
        if (_support.Of(block) is { } leader)
        {
            var candidate = CandidateOf(leader);
            _votes.Add(candidate);
            _candidates[candidate].Vote(block.Author);
            return false;
        }

        _votes.Add(Blame);
        return _blames.Add(block.Author) && DecideDirectly();
    }

    /// <summary>Counts a block of the decision round: a certificate if its votes for one leader block are a quorum.</summary>
    /// <param name="parents">Its direct ancestors of the voting round: their places in that round's order, and authors.</param>
    /// <param name="scratch">Used for counting; left in any state.</param>
    /// <returns>Whether <see cref="Direct"/> changed.</returns>
    public bool AddDecider(Block block, List<(int Voter, int Author)> parents, StakeCounter scratch)
    {
        var changed = false;
        for (var candidate = 0; candidate < _candidates.Count; candidate++)
        {
            scratch.Clear();
            foreach (var (voter, author) in parents)
            {
                if (_votes[voter] == candidate) scratch.Add(author);
            }

            if (scratch.IsQuorum && _candidates[candidate].Certify(block)) changed |= DecideDirectly();
        }

        return changed;
    }

    /// <summary>The indirect rule below a committed anchor.</summary>
    /// <param name="history">The anchor's ancestors of this slot's decision round.</param>
    public (LeaderStatus Status, BlockRef? Leader) DecideBy(HashSet<BlockRef> history)
    {
        BlockRef? committed = null;
        foreach (var candidate in _candidates)
        {
            if (candidate.HasCertificateIn(history) && IsBefore(candidate.Leader, committed)) committed = candidate.Leader;
        }

        return (committed is null ? LeaderStatus.IndirectSkip : LeaderStatus.IndirectCommit, committed);
    }

    private bool DecideDirectly()
    {
        var before = Direct;
        if (_blames.IsQuorum)
        {
            Direct = (LeaderStatus.DirectSkip, null);
        }
        else
        {
            foreach (var candidate in _candidates)
            {
                if (candidate.IsCertified && IsBefore(candidate.Leader, Direct.Leader)) Direct = (LeaderStatus.DirectCommit, candidate.Leader);
            }
        }

        return Direct != before;
    }

    private int CandidateOf(BlockRef leader)
    {
        var index = _candidates.FindIndex(candidate => candidate.Leader == leader);
        if (index >= 0) return index;
        _candidates.Add(new Candidate(committee, leader));
        return _candidates.Count - 1;
    }

    /// <summary>Two leader blocks can only both qualify where more than a third of the stake equivocates; the order then makes the choice one and the same.</summary>
    private static bool IsBefore(BlockRef leader, BlockRef? other) => other is null || leader.Digest.CompareTo(other.Value.Digest) < 0;

    /// <summary>A leader block with a vote.</summary>
    private sealed class Candidate(Committee committee, BlockRef leader)
    {
        private readonly StakeCounter _voters = new(committee);
        private readonly StakeCounter _certifiers = new(committee);
        private readonly List<BlockRef> _certificates = [];

        public BlockRef Leader => leader;

        public long Votes => _voters.Stake;

        public void Vote(int author) => _voters.Add(author);

        public bool IsCertified => _certifiers.IsQuorum;

        public bool Certify(Block certificate)
        {
            _certificates.Add(certificate.Reference);
            return _certifiers.Add(certificate.Author);
        }

        public bool HasCertificateIn(HashSet<BlockRef> history)
        {
            foreach (var certificate in _certificates)
            {
                if (history.Contains(certificate)) return true;
            }

            return false;
        }
    }
}
