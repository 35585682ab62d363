namespace Mysticeti.Consensus.Tests.Dags;

/// <summary>The protocol's words, one by one, with neither cleverness nor memory: what the real rule must agree with.</summary>
internal sealed class NaiveCommitRule(Committee committee, ConsensusParameters parameters, IReadOnlyCollection<Block> blocks)
{
    private readonly Dictionary<BlockRef, Block> _blocks = blocks.ToDictionary(block => block.Reference);

    /// <summary>The status of every slot from round 1 to the highest round, ascending.</summary>
    public List<LeaderDecision> Decide()
    {
        var highest = blocks.Count == 0 ? 0 : blocks.Max(block => block.Round);
        var slots = new List<(long Round, int Offset)>();
        for (long round = 1; round <= highest; round++)
        {
            if (!parameters.Pipelined && round % parameters.WaveLength != 0) continue;
            for (var offset = 0; offset < parameters.LeadersPerRound; offset++) slots.Add((round, offset));
        }

        var decided = new List<LeaderDecision>();
        for (var i = slots.Count - 1; i >= 0; i--) decided.Insert(0, Decide(slots[i].Round, slots[i].Offset, decided));
        return decided;
    }

    private LeaderDecision Decide(long round, int offset, List<LeaderDecision> later)
    {
        var authority = (int)((round + offset) % committee.Size);
        var votingRound = round + parameters.WaveLength - 2;
        var decisionRound = round + parameters.WaveLength - 1;
        LeaderDecision Answer(LeaderStatus status, Block? leader = null) => new(round, offset, authority, status, leader);

        var blames = blocks.Where(block => block.Round == votingRound && Support(block, round, authority) is null);
        if (Stake(blames) >= committee.Quorum) return Answer(LeaderStatus.DirectSkip);

        var leaders = blocks.Where(block => block.Round == round && block.Author == authority).OrderBy(block => block.Digest).ToArray();
        foreach (var leader in leaders)
        {
            var certificates = blocks.Where(block => block.Round == decisionRound && IsCertificate(block, leader, votingRound));
            if (Stake(certificates) >= committee.Quorum) return Answer(LeaderStatus.DirectCommit, leader);
        }

        var anchor = later.Find(slot => slot.Round >= round + parameters.WaveLength && slot.Status is not (LeaderStatus.DirectSkip or LeaderStatus.IndirectSkip));
        if (anchor is null || anchor.Status == LeaderStatus.Undecided) return Answer(LeaderStatus.Undecided);
        var history = new HashSet<Block>();
        AddAncestors(anchor.Block!, history);
        foreach (var leader in leaders)
        {
            if (history.Any(block => block.Round == decisionRound && IsCertificate(block, leader, votingRound))) return Answer(LeaderStatus.IndirectCommit, leader);
        }

        return Answer(LeaderStatus.IndirectSkip);
    }

    private bool IsCertificate(Block block, Block leader, long votingRound)
    {
        var votes = block.Ancestors
            .Where(ancestor => ancestor.Round == votingRound)
            .Select(ancestor => _blocks[ancestor])
            .Where(vote => Support(vote, leader.Round, leader.Author) == leader.Reference);
        return Stake(votes) >= committee.Quorum;
    }

    private BlockRef? Support(Block block, long round, int authority)
    {
        foreach (var ancestor in block.Ancestors)
        {
            if (ancestor.Round < round) continue;
            if (ancestor.Round == round && ancestor.Author == authority) return ancestor;
            if (ancestor.Round > round && Support(_blocks[ancestor], round, authority) is { } leader) return leader;
        }

        return null;
    }

    private void AddAncestors(Block block, HashSet<Block> history)
    {
        foreach (var ancestor in block.Ancestors)
        {
            if (ancestor.Round > 0 && history.Add(_blocks[ancestor])) AddAncestors(_blocks[ancestor], history);
        }
    }

    private long Stake(IEnumerable<Block> of) => of.Select(block => block.Author).Distinct().Sum(committee.Stake);
}
