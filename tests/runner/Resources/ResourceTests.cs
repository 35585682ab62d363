using System.Diagnostics;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Resources;

namespace Mysticeti.Runner.Tests.Resources;

public sealed class ResourceTests
{
    [Fact]
    public async Task A_process_shows_its_processor_time_and_memory_and_a_missing_one_nothing()
    {
        var resources = new ProcessResources(() => [Environment.ProcessId, null, int.MaxValue]);
        var before = await resources.ReadAsync(TestContext.Current.CancellationToken);
        var busy = Stopwatch.StartNew();
        while (busy.ElapsedMilliseconds < 100) Thread.SpinWait(1_000);

        var after = await resources.ReadAsync(TestContext.Current.CancellationToken);
        Assert.True(after[0]!.CpuSeconds > before[0]!.CpuSeconds);
        Assert.InRange(after[0]!.MemoryBytes, 10_000_000, 4_000_000_000);
        Assert.True(!OperatingSystem.IsLinux() || after[0]!.DiskWrittenBytes >= 0);
        Assert.Equal([null, null], after.Skip(1));
    }

    [Fact]
    public async Task Samples_are_differences_and_a_restarted_node_leaves_a_gap()
    {
        var scripted = new Scripted(
            [new ResourceCounters(1, 100, 10, 20, null, null), new ResourceCounters(5, 7, 0, 0, 0, 0), null],
            [new ResourceCounters(2, 150, 15, 60, null, null), new ResourceCounters(1, 8, 0, 0, 0, 0), null]);
        var clock = new LoadClock(TimeProvider.System);
        clock.Start();
        await using var sampler = new ResourceSampler(scripted, ["a", "b", "c"], clock, windowStartNs: -1_000_000_000, TimeProvider.System);
        var sample = Assert.Single(await sampler.StopAsync());
        Assert.Equal(("a", 150, 5, 40, null), (sample.Node, sample.MemoryBytes, sample.DiskReadBytes, sample.DiskWrittenBytes, sample.SentBytes));
        Assert.True(sample.Cpu > 0 && sample.T >= 1);
    }

    [Fact]
    public async Task The_clock_that_read_the_counters_says_how_far_apart_two_readings_are()
    {
        var scripted = new Scripted(
            [new ResourceCounters(1, 100, null, null, null, null) { AtSeconds = 500 }], [new ResourceCounters(2, 150, null, null, null, null) { AtSeconds = 504 }]);
        var clock = new LoadClock(TimeProvider.System);
        clock.Start();
        await using var sampler = new ResourceSampler(scripted, ["a"], clock, windowStartNs: 0, TimeProvider.System);
        Assert.Equal(0.25, Assert.Single(await sampler.StopAsync()).Cpu);
    }

    [Fact]
    public async Task Where_nothing_can_be_seen_there_are_no_samples()
    {
        await using var sampler = new ResourceSampler(null, ["a"], new LoadClock(TimeProvider.System), 0, TimeProvider.System);
        Assert.Empty(await sampler.StopAsync());
    }

    /// <summary>The first answer once, then the second.</summary>
    private sealed class Scripted(IReadOnlyList<ResourceCounters?> first, IReadOnlyList<ResourceCounters?> then) : INodeResources
    {
        private int _asked;

        public Task<IReadOnlyList<ResourceCounters?>> ReadAsync(CancellationToken cancellationToken) =>
            Task.FromResult(Interlocked.Increment(ref _asked) == 1 ? first : then);
    }
}
