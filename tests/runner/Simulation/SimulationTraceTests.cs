using Mysticeti.Protocol.Trace;
using Mysticeti.Engine.Simulation;

namespace Mysticeti.Runner.Tests.Simulation;

public sealed class SimulationTraceTests
{
    private static readonly SimulationSettings Small = new()
    {
        Committee = 4, Loads = [500], Duration = TimeSpan.FromSeconds(2), Regions = [], TraceEntries = 100_000,
    };

    [Fact]
    public void Validators_trace_the_same_commits_and_every_block_of_theirs()
    {
        var simulation = new LoadSimulation(Small.Validated(), 1, 500);
        var outcome = simulation.Run();
        var traces = simulation.Traces.Select(EntriesOf).ToArray();
        var commits = traces.Select(trace => trace.Where(entry => entry.Kind == TraceKind.SubdagCommitted).Select(entry => (entry.Number, entry.Digest)).ToArray()).ToArray();
        Assert.All(commits, mine => Assert.Equal(commits[0].Take(mine.Length), mine.Take(commits[0].Length)));
        Assert.Equal(outcome.Facts.Commits, commits[outcome.Facts.Reference].Length);
        Assert.Equal(outcome.Facts.Blocks, traces.Sum(trace => trace.Count(entry => entry.Kind == TraceKind.BlockProposed)));
    }

    [Fact]
    public void A_sampled_transaction_is_traced_on_its_whole_way()
    {
        var simulation = new LoadSimulation(Small.Validated(), 1, 500);
        simulation.Run();
        var traces = simulation.Traces.Select(EntriesOf).ToArray();
        var received = traces.SelectMany(trace => trace.Where(entry => entry.Kind == TraceKind.TxReceived)).Select(entry => entry.Digest).ToArray();
        Assert.NotEmpty(received);
        Assert.Equivalent(received, traces.SelectMany(trace => trace.Where(entry => entry.Kind == TraceKind.TxIncluded)).Select(entry => entry.Digest), strict: true);
        Assert.All(traces, trace => Assert.Equivalent(received, trace.Where(entry => entry.Kind == TraceKind.TxCommitted).Select(entry => entry.Digest), strict: true));
    }

    [Fact]
    public void Tracing_changes_nothing_else()
    {
        var traced = new LoadSimulation(Small.Validated(), 1, 500).Run();
        var untraced = new LoadSimulation((Small with { TraceEntries = 0 }).Validated(), 1, 500).Run();
        Assert.Equal(untraced.Facts.Events, traced.Facts.Events);
        Assert.Equal(untraced.Facts.Commits, traced.Facts.Commits);
    }

    private static List<TraceEntry> EntriesOf(TraceLog log)
    {
        var entries = new List<TraceEntry>();
        Assert.Equal(0, log.Read(0, int.MaxValue, entries).Dropped);
        return entries;
    }
}
