using Mysticeti.Engine.Faults;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Measurement;

namespace Mysticeti.Runner.Tests.Faults;

public sealed class FaultImpactTests
{
    private const long Second = 1_000_000_000;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(20);

    /// <summary>100 tx/s for 20 s; a fault from 5 s to 8 s holds up what is due in it until 10 s, and what is due in its first half second is lost.</summary>
    [Fact]
    public void A_stall_shows_as_delays_losses_and_an_area()
    {
        var record = Record(due => due < 5 * Second || due >= 10 * Second ? due + 20_000_000 : due < 5.5 * Second ? null : (10 * Second) + 1);
        var impact = Impact(record, FaultText.Parse("kill 1 at 5s for 3s"), 5 * Second, 8 * Second);
        Assert.Equal(50, impact.Lost);
        Assert.Equal(0, impact.Rejected);
        Assert.InRange(impact.Delayed!.Value, 440, 450);
        Assert.InRange(impact.ThroughputRestored!.Value, 1.9, 2.2);
        Assert.InRange(impact.LostThroughputArea, 490, 500);
    }

    [Fact]
    public void A_fault_that_nobody_notices_has_no_impact()
    {
        var impact = Impact(Record(due => due + 20_000_000), FaultText.Parse("kill 1 at 5s for 3s"), 5 * Second, 8 * Second);
        Assert.Equal((0, 0, 0, 0.0), (impact.Lost, impact.Rejected, impact.Delayed, impact.ThroughputRestored));
        Assert.InRange(impact.LostThroughputArea, 0, 3);
    }

    [Fact]
    public void Throughput_that_does_not_come_back_is_not_restored()
    {
        var impact = Impact(Record(due => due < 5 * Second ? due + 1 : null), FaultText.Parse("kill 1 at 5s for 3s"), 5 * Second, 8 * Second);
        Assert.Null(impact.ThroughputRestored);
        Assert.Equal(1_500, impact.Lost);
        Assert.Equal(1_500, impact.LostThroughputArea);
    }

    private static FaultImpact Impact(LoadRecord record, FaultEvent fault, long start, long end) =>
        new FaultImpacts(record, record.Schedule.Count, start).Of(new FaultObservation { Fault = fault, StartNs = start, EndNs = end }, long.MaxValue);

    private static LoadRecord Record(Func<long, long?> commitOf)
    {
        var record = new LoadRecord(Schedule.Create(Arrival.Constant, 100, TimeSpan.Zero, Window, seed: 1), nodes: 1);
        for (var i = 0; i < record.Schedule.Count; i++)
        {
            record.Sent(i, record.Schedule.TimeNs(i) + 1);
            if (commitOf(record.Schedule.TimeNs(i)) is { } commit) record.Committed(i, 0, commit);
        }

        return record;
    }
}
