namespace Mysticeti.Consensus.Core;

/// <summary>
/// Whether a round is rich enough to build on at once: every connected leader has its block in it, and each slot that
/// it votes on has a quorum of votes or of blames. Waiting for the leaders alone would not be live: one adversary
/// that blames each leader early and sends its own leader blocks late could then stop all commits.
/// </summary>
internal sealed class LeaderWait(IDagView dag, CommitRule rule, Committee committee, ConsensusParameters parameters, int self)
{
    private readonly bool[] _connected = CreateConnected(committee, self);

    public void SetConnected(int peer, bool connected) => _connected[peer] = connected;

    /// <summary>Whether a block of the round after <paramref name="round"/> need not wait for the leader time-out.</summary>
    public bool IsSatisfied(long round) => HasLeaders(round) && rule.IsVotedOn(round - parameters.WaveLength + 2);

    private bool HasLeaders(long round)
    {
        if (!parameters.IsLeaderRound(round)) return true;
        for (var offset = 0; offset < parameters.LeadersPerRound; offset++)
        {
            var leader = committee.Leader(round, offset);
            if (_connected[leader] && dag.BlocksAt(round, leader).Count == 0) return false;
        }

        return true;
    }

    private static bool[] CreateConnected(Committee committee, int self)
    {
        var connected = new bool[committee.Size];
        connected[self] = true;
        return connected;
    }
}
