namespace Mysticeti.Consensus.Core;

/// <summary>
/// Whether a round is rich enough to build on at once: every connected leader has its block in it, and each slot that
/// it votes on has a quorum of votes or of blames. Waiting for the leaders alone would not be live: one adversary
/// that blames each leader early and sends its own leader blocks late could then stop all commits.
/// </summary>
internal sealed class LeaderWait(IDagView dag, CommitRule rule, Committee committee, ConsensusParameters parameters, int self)
{
    /// <summary>A validator that catches up is connected and proposes nothing, for seconds: one without a block for so long is not waited for.</summary>
    private const long SilenceNs = 1_000_000_000;

    private readonly bool[] _connected = CreateConnected(committee, self);
    private readonly (long Round, long AtNs)[] _heard = [.. Enumerable.Repeat((0L, long.MinValue / 2), committee.Size)];

    public void SetConnected(int peer, bool connected) => _connected[peer] = connected;

    /// <summary>Takes note that an author sent a block of its own.</summary>
    public void Heard(Block block, Instant now)
    {
        ref var heard = ref _heard[block.Author];
        heard = (Math.Max(heard.Round, block.Round), now.MonotonicNs);
    }

    /// <summary>Whether a connected validator is far behind <paramref name="round"/> and has sent nothing for a while.</summary>
    public bool SomebodyCatchesUp(long round, Instant now)
    {
        for (var author = 0; author < _connected.Length; author++)
        {
            if (author != self && _connected[author] && IsCatchingUp(author, round, now)) return true;
        }

        return false;
    }

    /// <summary>Whether a block of the round after <paramref name="round"/> need not wait for the leader time-out.</summary>
    public bool IsSatisfied(long round, Instant now) => HasLeaders(round, now) && rule.IsVotedOn(round - parameters.WaveLength + 2);

    private bool HasLeaders(long round, Instant now)
    {
        if (!parameters.IsLeaderRound(round)) return true;
        for (var offset = 0; offset < parameters.LeadersPerRound; offset++)
        {
            var leader = committee.Leader(round, offset);
            if (_connected[leader] && dag.BlocksAt(round, leader).Count == 0 && !IsCatchingUp(leader, round, now)) return false;
        }

        return true;
    }

    // Both: a slow round is long, and one whose blocks only come late is waited for, so that it does not fall behind for good.
    private bool IsCatchingUp(int author, long round, Instant now) =>
        round - _heard[author].Round > ValidatorCore.CatchUpRounds && now.MonotonicNs - _heard[author].AtNs >= SilenceNs;

    private static bool[] CreateConnected(Committee committee, int self)
    {
        var connected = new bool[committee.Size];
        connected[self] = true;
        return connected;
    }
}
