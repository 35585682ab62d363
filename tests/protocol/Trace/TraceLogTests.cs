using Mysticeti.Protocol.Trace;

namespace Mysticeti.Protocol.Tests.Trace;

public sealed class TraceLogTests
{
    [Fact]
    public void An_empty_log_has_no_oldest_entry()
    {
        var (window, entries) = Read(new TraceLog(4, TimeProvider.System), 0, 10);
        Assert.Equal((1, 1, 0), (window.Oldest, window.Next, window.Dropped));
        Assert.Empty(entries);
    }

    [Fact]
    public void The_oldest_entries_give_way_and_are_counted()
    {
        var log = Filled(capacity: 4, entries: 10);
        var (window, entries) = Read(log, 0, 10);
        Assert.Equal(new TraceWindow(First: 7, Oldest: 7, Next: 11), window);
        Assert.Equal(6, window.Dropped);
        Assert.Equal([7, 8, 9, 10], entries);
    }

    [Theory]
    [InlineData(0, 3, 1, new long[] { 1, 2, 3 })]
    [InlineData(3, 3, 4, new long[] { 4, 5, 6 })]
    [InlineData(9, 3, 10, new long[] { 10 })]
    [InlineData(10, 3, 11, new long[0])]
    [InlineData(long.MaxValue, 3, 11, new long[0])]
    public void A_reader_goes_on_behind_what_it_has(long after, int limit, long first, long[] expected)
    {
        var (window, entries) = Read(Filled(capacity: 100, entries: 10), after, limit);
        Assert.Equal(first, window.First);
        Assert.Equal(expected, entries);
    }

    [Fact]
    public void A_window_that_is_copied_in_several_pieces_has_no_gap()
    {
        var (window, entries) = Read(Filled(capacity: 5_000, entries: 7_000), 2_500, 2_000);
        Assert.Equal(2_501, window.First);
        Assert.Equal(Enumerable.Range(2_501, 2_000).Select(i => (long)i), entries);
    }

    [Fact]
    public async Task Several_writers_lose_nothing_and_a_reader_never_sees_a_gap_or_time_going_back()
    {
        const int Writers = 4, Each = 20_000;
        var log = new TraceLog(1_000, TimeProvider.System);
        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++) log.Add(new TraceEntry { Kind = TraceKind.PeerUp, Peer = writer, Number = i });
        })));
        long after = 0, missed = 0, seen = 0;
        var last = new long[Writers];
        Array.Fill(last, -1);
        var entries = new List<TraceEntry>();
        while (after < Writers * Each)
        {
            var window = log.Read(after, 700, entries);
            missed += window.First - after - 1;
            for (var i = 0; i < entries.Count; i++)
            {
                Assert.True(entries[i].Number > last[entries[i].Peer]);
                last[entries[i].Peer] = entries[i].Number;
            }

            seen += entries.Count;
            after = window.First + entries.Count - 1;
        }

        await writing;
        Assert.Equal(Writers * Each, seen + missed);
    }

    private static TraceLog Filled(int capacity, int entries)
    {
        var log = new TraceLog(capacity, TimeProvider.System);
        for (var i = 1; i <= entries; i++) log.Add(new TraceEntry { Kind = TraceKind.RoundAdvanced, Number = i });
        return log;
    }

    private static (TraceWindow Window, IEnumerable<long> Numbers) Read(TraceLog log, long after, int limit)
    {
        var entries = new List<TraceEntry>();
        var window = log.Read(after, limit, entries);
        return (window, entries.Select(entry => entry.Number));
    }
}
