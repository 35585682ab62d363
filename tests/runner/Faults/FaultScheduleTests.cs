using System.Collections.Immutable;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Faults;

namespace Mysticeti.Runner.Tests.Faults;

public sealed class FaultScheduleTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void Crashes_befall_the_last_nodes_for_the_whole_load() =>
        Assert.Equal(["kill 8,9 at 0s"], Words(FaultSchedule.Crashes(committee: 10, faults: 2)));

    [Fact]
    public void Crash_and_recovery_goes_by_thirds() => Assert.Equal(
        ["kill 6 at 60s for 180s", "kill 7 at 120s for 120s", "kill 8,9 at 180s for 60s", "kill 6 at 300s for 180s", "kill 7 at 360s for 120s", "kill 8,9 at 420s for 60s"],
        Words(FaultSchedule.CrashRecovery(committee: 10, faults: 4, Minute, 9 * Minute)));

    [Fact]
    public void Fewer_than_three_crash_together() => Assert.Equal(
        ["kill 5,6 at 60s for 60s", "kill 5,6 at 180s"], Words(FaultSchedule.CrashRecovery(committee: 7, faults: 2, Minute, 3.5 * Minute)));

    [Theory]
    [InlineData(4, "kill 1,2 at 5s", "2 of 4 nodes would be faulty or cut off at 5s, more than f = 1")]
    [InlineData(4, "kill 1 at 5s for 5s; pause 2 at 9s", "2 of 4 nodes would be faulty or cut off at 9s")]
    [InlineData(4, "partition 0,1|2,3 at 5s", "2 of 4")]
    [InlineData(4, "disconnect 0,1 at 5s", "2 of 4")]
    [InlineData(4, "equivocate 0 at 1s; disconnect 3 at 5s", "2 of 4")]
    [InlineData(7, "partition 0,1 at 1s; kill 6 at 2s", "3 of 7")]
    [InlineData(4, "kill 4 at 5s", "names node 4; the nodes are 0 to 3")]
    [InlineData(4, "kill 1 at 60s", "after the end of the load")]
    [InlineData(4, "kill 1 at 5s; restart 1 at 6s", "node 1 is still down")]
    public void What_cannot_be_carried_out_is_refused(int committee, string faults, string why) =>
        Assert.Contains(why, Assert.Throws<UsageException>(() => FaultSchedule.Check(Parse(faults), committee, Minute, allowQuorumLoss: false)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(4, "kill 1 at 5s for 5s; kill 2 at 10s for 5s")]
    [InlineData(4, "slow 0-3 by 1s at 0s; loss 0-3 by 5% at 0s; clock-skew 0,1 by 1s at 0s")]
    [InlineData(7, "partition 0,1 at 1s; kill 0,1 at 2s")]
    [InlineData(4, "disconnect 0 from 1 at 0s")]
    public void What_a_quorum_survives_is_taken(int committee, string faults) => FaultSchedule.Check(Parse(faults), committee, Minute, allowQuorumLoss: false);

    [Fact]
    public void The_loss_of_the_quorum_can_be_asked_for() => FaultSchedule.Check(Parse("kill 0-3 at 5s"), 4, Minute, allowQuorumLoss: true);

    [Fact]
    public void The_state_of_a_validator_sums_up_what_befalls_it()
    {
        var active = Parse("slow 1 to 2 by 200ms at 0s; partition 0,1|2,3 at 0s; withhold 1 at 0s; clock-skew 1 by 5ms at 0s; clock-skew 1 by 6ms at 0s; kill 1 at 0s");
        var state = FaultStates.Of(1, 4, active);
        Assert.Equal([(false, 200), (true, 0)], state.Links.Select(link => (link.Blocked, link.DelayMs)));
        Assert.Equal([2, 3], state.Links[1].Peers!);
        Assert.Equal([0, 2, 3], state.WithholdFrom);
        Assert.Equal(11, state.ClockSkewMs);
        Assert.Equal([0, 1], Assert.Single(FaultStates.Of(3, 4, active).Links).Peers!);
        Assert.True(FaultStates.Of(1, 4, Parse("kill 1 at 0s; equivocate 2 at 0s")).IsEmpty);
    }

    private static ImmutableArray<FaultEvent> Parse(string faults) => [.. faults.Split(';', StringSplitOptions.TrimEntries).Select(FaultText.Parse)];

    private static string[] Words(IEnumerable<FaultEvent> faults) => [.. faults.Select(fault => fault.ToString())];
}
