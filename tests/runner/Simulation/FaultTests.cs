using Mysticeti.Engine.Simulation;
using static Mysticeti.Runner.Tests.Simulation.Simulations;

namespace Mysticeti.Runner.Tests.Simulation;

public class FaultTests
{
    [Fact]
    public void With_f_validators_down_the_rest_go_on()
    {
        var outcome = Run(Small(committee: 7) with { Faults = new FaultPlan { Crashes = [new Crash(5, Seconds(1)), new Crash(6, Seconds(1))] } });
        Assert.True(outcome.Safe);
        Assert.True(outcome.Live);
        // Clients of the two that are down are refused; everybody else's transactions are committed.
        Assert.True(outcome.Result.Ledger.Rejected > 0);
        Assert.All(outcome.Facts.Validators.Take(5), validator => Assert.True(validator.LastCommitSeconds > 5));
        Assert.True(outcome.Facts.LeaderSlots["direct_skip"] > 0);
    }

    [Fact]
    public void With_more_than_f_crashed_there_is_no_progress_and_no_disagreement()
    {
        var outcome = Run(Small(committee: 7) with
        {
            Faults = new FaultPlan { Crashes = [new Crash(4, Seconds(2)), new Crash(5, Seconds(2)), new Crash(6, Seconds(2))] },
        });
        Assert.True(outcome.Safe);
        Assert.False(outcome.Live);
        Assert.True(outcome.Result.Ledger.Lost > 0);
        // What was on its way may still be decided; then nothing is, for the rest of the window and the drain.
        Assert.All(outcome.Facts.Validators, validator => Assert.InRange(validator.LastCommitSeconds!.Value, 1.5, 2.2));
    }

    [Fact]
    public void A_validator_that_crashes_comes_back_from_its_log_and_catches_up()
    {
        var settings = Small(committee: 4) with
        {
            Consensus = new() { CheckpointCommits = 20 },
            Faults = new FaultPlan { Crashes = [new Crash(3, Seconds(1), Seconds(2)), new Crash(3, Seconds(3), Seconds(3.2)), new Crash(2, Seconds(4), Seconds(4.5))] },
        };
        var outcome = Run(settings);
        Assert.True(outcome.Safe);
        Assert.True(outcome.Live);
        var reference = outcome.Facts.Validators[outcome.Facts.Reference];
        Assert.All(outcome.Facts.Validators, validator => Assert.InRange(validator.CommitIndex, reference.CommitIndex - 20, reference.CommitIndex + 20));
        // All four reported digests, the restarted ones also for what they went through again.
        Assert.All(outcome.Result.Safety.Nodes, node => Assert.Equal(0, node.Missed));
        Assert.Equal(4, outcome.Result.Safety.Digests.Last.Count(node => node.CommitIndex > 0));
    }

    [Fact]
    public void An_even_split_stops_commits_until_it_heals()
    {
        var outcome = Run(Small(committee: 4) with { Faults = new FaultPlan { Partitions = [new Partition([0, 1], Seconds(2), Seconds(4))] } });
        Assert.True(outcome.Safe);
        Assert.True(outcome.Live);
        Assert.Equal(0, outcome.Result.TimeSeries[3].Committed);
        Assert.True(outcome.Result.TimeSeries[5].Committed > 0);
        Assert.Equal(outcome.Result.Ledger.Scheduled, outcome.Result.Ledger.Committed);
    }

    [Fact]
    public void A_minority_that_was_cut_off_for_longer_than_connections_live_catches_up()
    {
        var outcome = Run(Small(committee: 4) with
        {
            Duration = Seconds(20),
            Loads = [50],
            Faults = new FaultPlan { Partitions = [new Partition([3], Seconds(1), Seconds(15))] },
        });
        Assert.True(outcome.Safe);
        Assert.True(outcome.Live);
        Assert.Equal(outcome.Result.Ledger.Scheduled, outcome.Result.Ledger.Committed);
        // The majority went on meanwhile.
        Assert.True(outcome.Result.TimeSeries[10].Committed > 25);
    }

    [Fact]
    public void A_validator_that_was_away_for_longer_than_blocks_are_kept_takes_over_a_checkpoint()
    {
        var outcome = Run(Small(committee: 4) with
        {
            Latency = Seconds(0.001),
            Consensus = new() { GcDepth = 50, CheckpointCommits = 20 },
            Faults = new FaultPlan { Crashes = [new Crash(3, Seconds(1), Seconds(4))] },
        });
        Assert.True(outcome.Safe, string.Join("; ", outcome.Result.Safety.Violations));
        Assert.True(outcome.Live);
        Assert.Equal(1, outcome.Facts.Snapshots);
        Assert.True(outcome.Result.Safety.Nodes[3].Missed > 0);
        Assert.True(outcome.Facts.Validators[3].LastCommitSeconds > 5);
        Assert.True(outcome.Facts.Validators[3].Round > outcome.Facts.Validators[0].Round - 10);
    }

    [Theory]
    [InlineData(4, 1, 0)]
    [InlineData(4, 0, 1)]
    [InlineData(7, 1, 1)]
    [InlineData(10, 3, 0)]
    [InlineData(10, 0, 3)]
    public void Equivocators_and_withholders_up_to_f_do_not_split_or_stop_the_others(int committee, int equivocators, int withholders)
    {
        var outcome = Run(Small(committee) with
        {
            DrainTimeout = SeedSweep.LongestDrain,
            Faults = new FaultPlan
            {
                Equivocating = [.. Enumerable.Range(committee - equivocators, equivocators)],
                Withholding = [.. Enumerable.Range(0, withholders)],
            },
        });
        Assert.True(outcome.Safe, string.Join("; ", outcome.Result.Safety.Violations));
        Assert.True(outcome.Live);
        Assert.Equal(outcome.Result.Ledger.Scheduled, outcome.Result.Ledger.Committed);
        if (equivocators > 0)
        {
            Assert.True(outcome.Facts.Notices["equivocation"] > 0);
            Assert.True(outcome.Result.Safety.FlaggedDuplicates > 0, "no replayed transaction was committed, and recognised");
        }

        if (withholders > 0) Assert.True(outcome.Facts.BlocksFetched > 0);
    }

    [Fact]
    public void Slow_links_make_commits_slower_while_they_last()
    {
        var settings = Small(committee: 4);
        var plain = Run(settings);
        var slow = Run(settings with { Faults = new FaultPlan { SlowLinks = [new SlowLinks([0, 1, 2, 3], Seconds(0.1), Seconds(2), Seconds(4))] } });
        Assert.True(slow.Live);
        Assert.True(slow.Result.TimeSeries[3].P50Ms > plain.Result.TimeSeries[3].P50Ms + 300);
        Assert.InRange(slow.Result.TimeSeries[5].P50Ms!.Value, 0, plain.Result.TimeSeries[5].P50Ms!.Value + 50);
    }
}
